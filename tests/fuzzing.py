"""Schemathesis against the real application: its OpenAPI document is read, and requests are made from it.

``python -m tests.fuzzing [EXAMPLES]`` (``scripts/fuzz``) prints what was asked and answered, operation by operation.
"""

import logging
import multiprocessing
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import schemathesis
import structlog
from hypothesis import strategies as st
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from serve_apps.api.main import create_app
from serve_apps.api.services import ApiServices
from tests.api.conftest import claimed, document_of, new_task, opened_services, store_files
from tests.api.keyed import KEYS, authorization, keyed
from tests.pictures import encoded, psd
from tests.serving import served

# Finished before the first request, so that what is read, edited and deleted is there.
POSTERS = 12
CONFIG = Path(__file__).parent / "schemathesis.toml"
SEED = 20_261_124
_PICTURES = {f"image/{kind.lower()}": encoded(30, 20, kind) for kind in ("PNG", "JPEG", "WEBP", "GIF")}
_FILES = {**_PICTURES, "image/vnd.adobe.photoshop": psd(30, 20), "application/pdf": b"%PDF-1.7\n%%EOF\n"}


@dataclass
class Report:
    """Answers by operation and status, and each failure with the request that shows it."""

    answers: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    checks: Counter[str] = field(default_factory=Counter)
    failures: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    phases: list[str] = field(default_factory=list)

    def failed(self) -> str:
        """Each kind of failure once, with one request."""
        return "\n\n".join(f"{len(found)} x {kind}\n{found[0]}" for kind, found in sorted(self.failures.items()))

    def table(self) -> str:
        """Markdown: operation, requests, answers by status, failures."""
        failed = Counter(kind.split(": ")[0] for kind, found in self.failures.items() for _ in found)
        rows = [
            f"| {name} | {counts.total()} | "
            f"{', '.join(f'{status}: {count}' for status, count in sorted(counts.items()))} | {failed[name]} |"
            for name, counts in sorted(self.answers.items(), key=lambda entry: entry[0].split()[::-1])
        ]
        total = sum(counts.total() for counts in self.answers.values())
        return "\n".join([
            "| operation | requests | answers | failures |", "|---|---:|---|---:|", *rows,
            f"| all | {total} | | {sum(failed.values())} |",
        ])  # fmt: skip

    def note(self, event: object) -> None:
        """Count what the engine tells."""
        if isinstance(event, events.FatalError):
            raise event.exception
        if isinstance(event, events.NonFatalError):
            self.failures[f"{event.label}: {type(event.value).__name__}"].append(str(event.value))
        elif isinstance(event, events.PhaseFinished):
            self.phases.append(f"{event.phase.name.value} {event.status.value}")
        elif isinstance(event, events.ScenarioFinished):
            self._note_scenario(event)

    def _note_scenario(self, event: events.ScenarioFinished) -> None:
        for case_id, node in event.recorder.cases.items():
            name = node.value.operation.label
            interaction = event.recorder.interactions.get(case_id)
            response = None if interaction is None else interaction.response
            if response is not None:
                self.answers[name][response.status_code] += 1
            for check in event.recorder.checks.get(case_id, []):
                self.checks[check.name] += 1
                if check.failure_info is not None:
                    failure = check.failure_info.failure
                    answer = "" if response is None else f"\n{response.status_code} {response.content[:500]!r}"
                    self.failures[f"{name}: {check.name}: {failure.title}"].append(
                        f"({event.phase.value}) {failure.message}\n{check.failure_info.code_sample}{answer}"
                    )


def _finished(services: ApiServices, user: str) -> None:
    """A task that the cluster has completed, of this user."""
    task_id = new_task(services, user=user)
    attempt = claimed(services, task_id)
    document = document_of(task_id)
    owned = document.model_copy(update={"poster": document.poster.model_copy(update={"user_id": user})})
    files = store_files(services.objects, document.poster.id, 1)
    services.database.complete_task(task_id, attempt, owned, files, {"verdict": "pass"})


@contextmanager
def application(folder: Path, *, with_keys: bool) -> Iterator[str]:
    """Where the application answers, over a database and an object store in the folder."""
    with opened_services(folder) as services:
        user = "user_a" if with_keys else "local"
        for _ in range(POSTERS):
            _finished(services, user)
        if with_keys:
            services = keyed(services, requests_per_minute=10**9, unfinished_tasks=10**9)
        with served(create_app(services)) as url:
            yield url


def fuzz(url: str, examples: int, *, with_keys: bool, seed: int = SEED) -> Report:
    """All phases and all checks, ``examples`` random requests an operation beside those that the document implies."""
    for media_type, content in _FILES.items():
        schemathesis.openapi.media_type(media_type, st.just(content))
    config = SchemathesisConfig.from_path(CONFIG)
    config.update(seed=seed, max_failures=None)
    project = config.projects.default
    project.generation.max_examples = examples
    if with_keys:
        project.update(headers=authorization(KEYS["user_a"]))
    report = Report()
    for event in from_schema(schemathesis.openapi.from_url(f"{url}/openapi.json", config=config)).execute():
        report.note(event)
    return report


def fuzz_apart(folder: Path, examples: int, *, with_keys: bool) -> Report:
    """The same on an application of its own, in a process of its own: the strategies hold gigabytes until it ends."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_fuzz_application, folder, examples, with_keys).result()


def _fuzz_application(folder: Path, examples: int, with_keys: bool) -> Report:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with application(folder, with_keys=with_keys) as url:
        return fuzz(url, examples, with_keys=with_keys)


def main(examples: int) -> int:
    """Both without and with keys. Exit status: 1 when something failed."""
    failed = False
    for with_keys in (False, True):
        with tempfile.TemporaryDirectory() as folder:
            report = fuzz_apart(Path(folder), examples, with_keys=with_keys)
        sys.stdout.write(f"\n## {'With' if with_keys else 'Without'} keys\n\n{report.table()}\n\n")
        sys.stdout.write(f"Phases: {', '.join(report.phases)}.\n")
        sys.stdout.write(f"Checks: {', '.join(f'{name} {count}' for name, count in sorted(report.checks.items()))}.\n")
        sys.stdout.write(f"\n{report.failed()}\n" if report.failures else "")
        failed = failed or bool(report.failures)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
