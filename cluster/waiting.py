"""Waiting until the servers that the service cannot start without let it in."""

import time
from collections.abc import Callable

from cluster.diagnosis.finding import Examination, Finding, side_by_side
from cluster.errors import ServiceError
from configs.settings import Settings

PAUSE_SECONDS = 1.0


def wait_for_servers(settings: Settings, say: Callable[[str], None]) -> None:
    """Return once they answer; says what it waits for, and why, whenever that changes.

    Raises ServiceError after ``server_wait_seconds``, with the next step for each that does not answer.
    """
    needed = _connections(settings)
    deadline = time.monotonic() + settings.server_wait_seconds
    told: set[str] = set()
    while problems := [found for found in side_by_side(needed, settings) if not found.ok]:
        if time.monotonic() >= deadline:
            steps = "; ".join(f"{found.what}: {found.detail} ({found.advice})" for found in problems)
            raise ServiceError(
                f"After {settings.server_wait_seconds:.0f} s there is still no answer from {_names(problems)}. {steps}"
            )
        for found in problems:
            line = f"waiting for {found.what}: {found.detail}"
            if line not in told:
                told.add(line)
                say(line)
        time.sleep(PAUSE_SECONDS)


def _names(problems: list[Finding]) -> str:
    return ", ".join(dict.fromkeys(found.what for found in problems))


def _connections(settings: Settings) -> dict[str, Examination]:
    """Not Redis: without it the service is slower, not wrong."""
    from cluster.diagnosis import kafka, mysql, s3

    adapters = settings.adapters
    needed: dict[str, Examination] = {}
    if adapters.database == "mysql":
        needed["mysql"] = lambda given: [mysql.connection(given)]
    if adapters.queue == "kafka":
        needed["kafka"] = lambda given: [kafka.connection(given)]
    if adapters.objects == "s3":
        needed["s3"] = lambda given: [s3.connection(given)]
    return needed
