"""Arrivals from files and dice."""

import statistics
from collections import Counter
from pathlib import Path

import pytest

from cluster.capacity.arrivals import DAY_SECONDS, Arrival, diurnal, first, poisson, read_arrivals, write_arrivals
from cluster.capacity.errors import CapacityError


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_needs_seconds_only_and_is_sorted_from_zero(tmp_path: Path) -> None:
    arrivals = read_arrivals(written(tmp_path / "a.csv", "seconds\n12.5\n10\n"))
    assert arrivals == [Arrival(0.0), Arrival(2.5)]


def test_all_columns_are_read_in_any_order(tmp_path: Path) -> None:
    text = "user,size,seconds,steps,priority\nana,600x800,2026-11-27T12:00:01Z,4,9\n,,2026-11-27T12:00:00+00:00,,\n"
    earlier, later = read_arrivals(written(tmp_path / "a.csv", text))
    assert earlier == Arrival(0.0)
    assert later == Arrival(1.0, steps=4, width=600, height=800, user="ana", priority=9)
    assert later.pixels == 480_000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no rows"),
        ("seconds\n", "no rows"),
        ("at\n1\n", "'seconds' is missing"),
        ("seconds\nsoon\n", "line 2: 'soon' is neither"),
        ("seconds\n1\nnan\n", "line 3: 'nan' is no moment"),
        ("seconds,size\n1,big\n", "size is 'big'"),
        ("seconds,size\n1,0x10\n", "size is '0'"),
        ("seconds,steps\n1,-3\n", "steps is '-3'"),
        ("seconds,priority\n1,high\n", "priority is 'high'"),
        ("seconds,lane\n1,fast\n", "lane is 'fast', and should be interactive or bulk"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(CapacityError, match=said):
        read_arrivals(written(tmp_path / "a.csv", text))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CapacityError, match=r"nowhere\.csv cannot be read"):
        read_arrivals(tmp_path / "nowhere.csv")


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    arrivals = [Arrival(0.0), Arrival(1.25, steps=4, width=64, height=128, user="bo", priority=0, lane="bulk")]
    write_arrivals(tmp_path / "a.csv", arrivals)
    assert read_arrivals(tmp_path / "a.csv") == arrivals


def test_poisson_arrivals_have_their_rate_and_as_much_variance() -> None:
    arrivals = poisson(0.5, 100_000, seed=3)
    counts = Counter(int(arrival.at // 100) for arrival in arrivals)
    per_window = [counts[window] for window in range(1000)]
    assert statistics.fmean(per_window) == pytest.approx(50, rel=0.02)
    assert statistics.variance(per_window) == pytest.approx(50, rel=0.12)


@pytest.mark.parametrize("peak", [1.5, 3.0, 6.0])
def test_a_day_has_its_wave_and_keeps_its_mean(peak: float) -> None:
    days = 10
    arrivals = diurnal(0.3, days * DAY_SECONDS, seed=1, peak=peak)
    assert len(arrivals) / days == pytest.approx(0.3 * DAY_SECONDS, rel=0.02)
    quarters = Counter(int(arrival.at % DAY_SECONDS // 900) for arrival in arrivals)
    noon = (quarters[47] + quarters[48]) / 2
    assert noon / (len(arrivals) / 96) == pytest.approx(peak, rel=0.07)
    assert quarters[0] < noon / 10


def test_one_seed_one_file_and_another_another() -> None:
    assert poisson(1, 100, 5) == poisson(1, 100, 5)
    assert poisson(1, 100, 5) != poisson(1, 100, 6)
    assert len(first(7, 0.3, 1)) == 7 and first(7, 0.3, 1)[0].at == 0
