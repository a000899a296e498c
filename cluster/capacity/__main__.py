"""The command line of the capacity simulation.

Usage: python -m cluster.capacity --help
"""

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from cluster.capacity import loads
from cluster.capacity.arrivals import Arrival, first, read_arrivals
from cluster.capacity.errors import CapacityError, TooSmall
from cluster.capacity.profile import CapacityProfile, read_profile, write_profile
from cluster.capacity.sizing import ceiling, sized
from cluster.capacity.table import Load, Row, render, row
from cluster.cli.connection import connect
from cluster.cli.console import complain, out, say
from cluster.cli.options import settings_of
from cluster.paths import ServicePaths
from cluster.state import ServiceState
from configs.build import ROOT
from configs.settings import Settings
from storage.errors import DesignAgentError

PROFILES = ROOT / "configs" / "capacity"
LADDER = "1,2,5,10,20,50,100,200,500,1000"
WIDE = 160

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
Profile = Annotated[Path, typer.Option(help="Measured stages, pools, nodes (TOML or JSON).")]
Seed = Annotated[int, typer.Option(help="The same seed, the same figures.")]


@app.callback(invoke_without_command=True)
def table(
    context: typer.Context,
    profile: Profile = PROFILES / "gpu.toml",
    gpus: Annotated[str, typer.Option(help="Sizes of the fleet, with commas; 0 for a profile without GPUs.")] = LADDER,
    arrivals: Annotated[Path | None, typer.Option(help="CSV: seconds[,user,priority,size,steps,lane].")] = None,
    rate: Annotated[float | None, typer.Option(help="Posters a day, drawn at random.", min=0.001)] = None,
    days: Annotated[float, typer.Option(help="With --rate: how many days.", min=0.001)] = 1,
    peak: Annotated[float, typer.Option(help="With --rate: the noon's rate over the mean; 1: no wave.")] = 1,
    load: Annotated[float, typer.Option(help="With neither: this share of what each fleet carries.", min=0.01)] = 0.8,
    bulk: Annotated[float, typer.Option(help="Without --arrivals: this share is in the bulk lane.", min=0, max=1)] = 0,
    tasks: Annotated[int, typer.Option(help="With --load: at least so many tasks.", min=100)] = 5000,
    standing: Annotated[bool, typer.Option(help="All replicas are there from the start, as with --load.")] = False,
    price: Annotated[float | None, typer.Option(help="Of a GPU hour; else the profile's.", min=0)] = None,
    seed: Seed = 1,
) -> None:
    """Posters a day, waiting, replicas and cost of fleets of several sizes."""
    if context.invoked_subcommand:
        return
    known = _priced(read_profile(profile), price)
    if arrivals and rate:
        raise CapacityError("Give --arrivals or --rate, not both.")
    if arrivals and bulk:
        raise CapacityError("Give --arrivals or --bulk, not both; in the file the column 'lane' says it.")
    of: Load
    if arrivals:
        of, said = loads.from_file(arrivals), f"arrivals of {arrivals.name}"
    elif rate:
        of, said = loads.at_rate(rate, days, seed, peak), f"{rate:,.0f} posters a day for {days:g} days"
    else:
        of, said, standing = loads.at_share(known, load, seed, tasks), f"{load:.0%} of what each fleet carries", True
    if bulk:
        of, said = loads.with_bulk(of, bulk, seed), f"{said}, {bulk:.0%} of them in bulk"
    rows = _rows(known, of, _sizes(gpus, known), seed, standing=standing)
    console().print(render(rows, f"{said}\n{known.source}"))


def _sizes(text: str, profile: CapacityProfile) -> list[int]:
    if not profile.gpu_pools:
        return [0]
    sizes = [int(part) for part in text.split(",") if part.strip().isdigit()]
    if not sizes or len(sizes) != len(text.split(",")):
        raise CapacityError(f"--gpus is {text!r}, and should be whole numbers with commas, such as 1,10,100.")
    return sorted(set(sizes))


def _rows(profile: CapacityProfile, of: Load, sizes: list[int], seed: int, *, standing: bool) -> list[Row]:
    """Those that are possible; raises CapacityError when none is."""
    rows, problem = [], CapacityError("There is no fleet to simulate.")
    for size in sizes:
        try:
            rows.append(row(profile, of(size), size, seed, standing=standing))
        except TooSmall as error:
            say(error.message)
            problem = error
    if not rows:
        raise problem
    return rows


def _priced(profile: CapacityProfile, price: float | None) -> CapacityProfile:
    if price is None:
        return profile
    nodes = profile.nodes.model_copy(update={"price_per_gpu_hour": price})
    return profile.model_copy(update={"nodes": nodes})


@app.command("measure")
def measure_command(
    out_file: Annotated[Path, typer.Option("--out", help="Where the profile goes (JSON).")],
    posters: Annotated[int, typer.Option(help="How many, one after the other.", min=1)] = 20,
) -> None:
    """Measure the stages of posters on the service that runs here, and write its profile."""
    from cluster.capacity.measuring import measure

    settings, state = _running()
    with connect(settings) as client:
        found = measure(client, state.pid, settings, posters)
    write_profile(out_file, found)
    out.print(found.source)


@app.command("against-service")
def against_command(
    profile: Profile = PROFILES / "cpu.json",
    tasks: Annotated[int, typer.Option(help="How many posters.", min=2, max=200)] = 12,
    load: Annotated[float, typer.Option(help="Their rate, as a share of what the profile carries.", min=0.01)] = 1,
    arrivals: Annotated[Path | None, typer.Option(help="CSV of arrivals instead.")] = None,
    seed: Seed = 1,
) -> None:
    """Send posters to the service that runs here, simulate the same, and show both."""
    from cluster.capacity import against
    from cluster.capacity.observing import ServiceProcesses, others_cores

    known = read_profile(profile)
    if arrivals:
        sent = read_arrivals(arrivals)
    else:
        rate = load * ceiling(sized(known, [Arrival(0)], 0, standing=True), [Arrival(0)])
        sent = first(tasks, rate, seed)
    settings, state = _running()
    processes = ServiceProcesses(state.pid)
    before = processes.now()
    with connect(settings) as client:
        spans = against.send(client, sent)
    others = others_cores(before, processes.now())
    runs = against.simulated(against.left_over(known, others), sent, spans)
    title = (
        f"{len(sent)} posters within {sent[-1].at:.0f} s; other programs kept {others:.1f} cores busy\n{known.source}"
    )
    console().print(against.render(against.Figures.of(spans), runs, title))


def _running() -> tuple[Settings, ServiceState]:
    settings = settings_of(None, None)
    state = ServiceState.read(ServicePaths(settings.data).state)
    if state is None or not state.alive():
        raise CapacityError(f"No service runs with the data folder {settings.data}; start it with: design-agent up")
    return settings.model_copy(update={"port": state.port}), state


def console() -> Console:
    """A terminal, or a page that is wide enough."""
    return Console(width=None if sys.stdout.isatty() else WIDE)


def main() -> int:
    """Run the command line; every failure is one sentence and a code on stderr."""
    try:
        app(standalone_mode=False)
    except typer.TyperException as error:
        complain(getattr(error, "format_message", error.__str__)(), "USAGE")
        return 2
    except DesignAgentError as error:
        complain(error.message, error.code)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
