"""``bulk``: a table in, a folder with a poster for each row out."""

import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cluster.cli.console import out, say
from cluster.cli.generate import task_options
from cluster.cli.options import Data, Port, TokenFile, settings_of
from cluster.errors import ServiceError
from cluster.jobs.bulk.rows import BulkRow, Recipe
from cluster.jobs.bulk.tables import Table, open_table
from cluster.jobs.bulk.template import Template
from cluster.jobs.submitting import follow, submit
from cluster.paths import ServicePaths
from cluster.ray_environment import apply_ray_environment, take_token
from cluster.state import ServiceState
from configs.settings import Settings
from storage.errors import ValidationError

if TYPE_CHECKING:
    from cluster.jobs.bulk.outcome import Outcome

INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class BulkOptions:
    """What the command line says of a run, wherever it runs."""

    file: Path
    out_dir: Path
    template: str | None
    size: str
    style: str
    encoding: str
    actors: int | None
    retry_failed: bool
    zipped: bool
    strict: bool

    def arguments(self) -> list[str]:
        """The same for the command that a job runs."""
        said = [str(self.file), "--out", str(self.out_dir), "--size", self.size, "--style", self.style,
                "--encoding", self.encoding, "--zip" if self.zipped else "--no-zip"]  # fmt: skip
        said += [] if self.template is None else ["--template", self.template]
        said += [] if self.actors is None else ["--actors", str(self.actors)]
        return said + ["--retry-failed"] * self.retry_failed + ["--strict"] * self.strict


def bulk_command(
    file: Annotated[Path, typer.Argument(help="Table of rows: .csv, .tsv, .jsonl or .parquet.")],
    out_dir: Annotated[Path, typer.Option("--out", help="Folder for the posters; run again to go on there.")],
    template: Annotated[
        str | None, typer.Option(help='Prompt with columns: "{city} 招聘 {job}"; the column prompt if not given.')
    ] = None,
    size: Annotated[str, typer.Option(help="WIDTHxHEIGHT of rows that do not say.")] = "1080x1920",
    style: Annotated[str, typer.Option(help="Style of rows that do not say.")] = "",
    encoding: Annotated[str, typer.Option(help="Of a text table; files of Chinese Windows are gbk.")] = "utf-8",
    actors: Annotated[
        int | None, typer.Option(min=1, max=4096, help="Posters made at once; one a processor if not given.")
    ] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Try rows again that failed before.")] = False,
    zipped: Annotated[bool, typer.Option("--zip/--no-zip", help="Write posters.zip at the end.")] = True,
    strict: Annotated[bool, typer.Option("--strict", help="Exit status 1 when any row failed.")] = False,
    submitted: Annotated[bool, typer.Option("--submit", help="Run as a Ray job of the service, or fail.")] = False,
    address: Annotated[
        str | None, typer.Option(help="Dashboard of another Ray cluster; FILE and --out are paths there.")
    ] = None,
    token_file: TokenFile = None,
    in_job: Annotated[bool, typer.Option("--in-job", hidden=True)] = False,
    port: Port = None,
    data: Data = None,
) -> None:
    """Make a poster of every row of a table; rows that are done are not made again."""
    options = BulkOptions(
        file if address else file.absolute(), out_dir if address else out_dir.absolute(), template, size, style,
        encoding, actors, retry_failed, zipped, strict,
    )  # fmt: skip
    settings = settings_of(port, data)
    if in_job or address is None:
        _check(options)
    if not in_job and (target := _cluster(settings, address, token_file, submitted)):
        raise typer.Exit(_as_job(options, target, remote=address is not None))
    raise typer.Exit(_here(options, settings, in_job=in_job))


def _check(options: BulkOptions) -> None:
    """Whatever is wrong with the table or the template is said before anything is started."""
    table, recipe = _table_and_recipe(options)
    task_options("-", recipe.size, recipe.style, [], [], 0, None)
    recipe.check(table)
    if options.out_dir.exists() and not options.out_dir.is_dir():
        raise ValidationError(f"--out {options.out_dir} is a file; give a folder.")


def _table_and_recipe(options: BulkOptions) -> tuple[Table, Recipe]:
    template = None if options.template is None else Template.parse(options.template)
    return open_table(options.file, options.encoding), Recipe(template, options.size, options.style)


def _cluster(settings: Settings, address: str | None, token_file: Path | None, needed: bool) -> str | None:
    """Dashboard of the cluster that is to run it, with its token in the environment; None: this process does."""
    if address is not None:
        take_token(token_file)
        return address
    paths = ServicePaths(settings.data)
    state = ServiceState.read(paths.state)
    if state is None or not state.alive():
        if needed:
            raise ServiceError(
                f"No service runs with the data folder {settings.data}; start it with 'design-agent up', or name "
                "another cluster with --address."
            )
        return None
    apply_ray_environment(paths.ensure_token())
    return f"http://{state.dashboard}"


def _as_job(options: BulkOptions, address: str, *, remote: bool) -> int:
    python = "python" if remote else sys.executable
    command = [python, "-m", "cluster.cli.main", "bulk", *options.arguments(), "--in-job"]
    client, job = submit(address, command, {"job": "bulk", "table": options.file.name})
    say(f"job {job} on {address}")
    try:
        return follow(client, job)
    except KeyboardInterrupt:
        say(f"stopped {job}; the same command goes on where it was")
        return INTERRUPTED


def _here(options: BulkOptions, settings: Settings, *, in_job: bool) -> int:
    from cluster.jobs.bulk.on_ray import job_ray, make_on_ray, own_ray
    from cluster.jobs.bulk.run import Wishes, run_bulk

    table, recipe = _table_and_recipe(options)
    with ExitStack() as running:

        def make(rows: Sequence[BulkRow], pictures: dict[str, bytes], run: str) -> "Iterable[Outcome]":
            # Not before there is a row to make.
            running.enter_context(job_ray() if in_job else own_ray(settings))
            return make_on_ray(settings, options.actors, rows, pictures, run)

        wishes = Wishes(recipe, options.retry_failed, options.zipped)
        result = run_bulk(table, options.out_dir, wishes, make, say)
    out.print(f"{options.out_dir}/  {result.done} posters, {result.failed} rows failed (see manifest.jsonl)")
    return int(result.done == 0 or (options.strict and result.failed > 0))
