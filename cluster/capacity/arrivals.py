"""When tasks come: from a file, or drawn."""

import csv
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import cast, get_args

from cluster.capacity.errors import CapacityError
from storage.documents.task import TaskLane

DAY_SECONDS = 86400.0
DEFAULT_STEPS = 30
DEFAULT_SIZE = (1080, 1920)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A task: seconds after the first moment, denoising steps, size in pixels, whose, 0-9 (higher first), its lane."""

    at: float
    steps: int = DEFAULT_STEPS
    width: int = DEFAULT_SIZE[0]
    height: int = DEFAULT_SIZE[1]
    user: str = "local"
    priority: int = 5
    lane: TaskLane = "interactive"

    @property
    def pixels(self) -> int:
        """Of the poster."""
        return self.width * self.height


def read_arrivals(path: Path) -> list[Arrival]:
    """Rows of a CSV with a column ``seconds`` (or ISO 8601 times in it) and any of user, priority, size, steps, lane.

    Sorted, the first at 0. Raises CapacityError naming the line that is wrong.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            found = [_arrival(row, f"{path}, line {reader.line_num}") for row in reader]
    except OSError as error:
        raise CapacityError(f"{path} cannot be read: {error.strerror}.") from error
    if not found:
        raise CapacityError(f"{path} has no rows.")
    first = min(arrival.at for arrival in found)
    return sorted((replace(one, at=one.at - first) for one in found), key=lambda arrival: arrival.at)


def _arrival(row: dict[str, str | None], place: str) -> Arrival:
    given = {name: text.strip() for name, text in row.items() if isinstance(text, str) and text.strip()}
    if "seconds" not in given:
        raise CapacityError(f"{place}: the column 'seconds' is missing; it holds numbers or ISO 8601 times.")
    width, height = DEFAULT_SIZE
    if "size" in given:
        sides = given["size"].split("x")
        if len(sides) != 2:
            raise CapacityError(f"{place}: size is {given['size']!r}, and should be like 1080x1920.")
        width, height = (_whole("size", side, place) for side in sides)
    return Arrival(
        at=_moment(given["seconds"], place),
        steps=_whole("steps", given.get("steps", str(DEFAULT_STEPS)), place),
        width=width,
        height=height,
        user=given.get("user", "local"),
        priority=_whole("priority", given.get("priority", "5"), place, least=0),
        lane=_lane(given.get("lane", "interactive"), place),
    )


def _lane(text: str, place: str) -> TaskLane:
    if text not in get_args(TaskLane):
        raise CapacityError(f"{place}: lane is {text!r}, and should be {' or '.join(get_args(TaskLane))}.")
    return cast(TaskLane, text)


def _whole(name: str, text: str, place: str, least: int = 1) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) < least:
        raise CapacityError(f"{place}: {name} is {text!r}, and should be a whole number from {least} up.")
    return int(text)


def _moment(text: str, place: str) -> float:
    try:
        moment = float(text)
    except ValueError:
        try:
            return datetime.fromisoformat(text).timestamp()
        except ValueError as error:
            raise CapacityError(f"{place}: {text!r} is neither seconds nor an ISO 8601 time.") from error
    if not math.isfinite(moment):
        raise CapacityError(f"{place}: {text!r} is no moment.")
    return moment


def write_arrivals(path: Path, arrivals: list[Arrival]) -> None:
    """The file that ``read_arrivals`` reads."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["seconds", "user", "priority", "size", "steps", "lane"])
        writer.writerows([a.at, a.user, a.priority, f"{a.width}x{a.height}", a.steps, a.lane] for a in arrivals)


def poisson(rate: float, seconds: float, seed: int, like: Arrival | None = None) -> list[Arrival]:
    """Tasks at ``rate`` a second on average, independent of each other, for so many seconds."""
    draw = random.Random(seed)  # noqa: S311 - a simulation's dice
    return [replace(like or Arrival(0), at=at) for at in _moments(draw, rate, seconds)]


def first(count: int, rate: float, seed: int) -> list[Arrival]:
    """The first so many of such tasks, the first one at 0."""
    draw = random.Random(seed)  # noqa: S311 - a simulation's dice
    gaps = [0.0, *(draw.expovariate(rate) for _ in range(count - 1))]
    return [Arrival(at) for at in accumulate(gaps)]


def with_bulk(arrivals: Sequence[Arrival], share: float, seed: int) -> list[Arrival]:
    """The same of which this share, drawn at random, is somebody's in the bulk lane."""
    draw = random.Random(seed)  # noqa: S311 - a simulation's dice
    return [replace(one, lane="bulk", user=f"{one.user}-bulk") if draw.random() < share else one for one in arrivals]


def diurnal(rate: float, seconds: float, seed: int, peak: float = 3.0, like: Arrival | None = None) -> list[Arrival]:
    """The same with a day's wave: the busiest hour, at noon, has ``peak`` times the mean where that leaves the night 0.

    Thinning of a Poisson process (Lewis and Shedler 1979). The wave is a raised cosine to a power; its mean is 1.
    """
    power = _power(peak)
    mean = math.gamma(power + 0.5) / (math.sqrt(math.pi) * math.gamma(power + 1))
    draw = random.Random(seed)  # noqa: S311 - a simulation's dice

    def share(at: float) -> float:
        return float(((1 - math.cos(2 * math.pi * at / DAY_SECONDS)) / 2) ** power)

    return [
        replace(like or Arrival(0), at=at) for at in _moments(draw, rate / mean, seconds) if draw.random() < share(at)
    ]


def _power(peak: float) -> float:
    """Of the cosine whose highest point is ``peak`` times its mean."""
    if peak <= 1:
        return 0.0
    low, high = 0.0, 100.0
    for _ in range(60):
        middle = (low + high) / 2
        mean = math.gamma(middle + 0.5) / (math.sqrt(math.pi) * math.gamma(middle + 1))
        low, high = (middle, high) if 1 / mean < peak else (low, middle)
    return low


def _moments(draw: random.Random, rate: float, seconds: float) -> Iterator[float]:
    at = draw.expovariate(rate)
    while at < seconds:
        yield at
        at += draw.expovariate(rate)
