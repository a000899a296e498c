"""Reading a timeline: levels, the order in which they are reached, the printed rows."""

from cluster.multinode.dashboard import Dashboard, Replicas
from cluster.multinode.timeline import Sample, Timeline, passes


def sample(at: float, nodes: int, running: int, wanted: int) -> Sample:
    return Sample(at, nodes, {"Model": Replicas(wanted, {"RUNNING": running, "STARTING": wanted - running}, "")})


def timeline() -> Timeline:
    counts = [(0, 0, 0), (0, 0, 1), (1, 0, 3), (1, 1, 3), (1, 1, 3), (3, 3, 3), (3, 2, 2), (0, 0, 0)]
    return Timeline(
        Dashboard("http://127.0.0.1:1", None), "app", [sample(float(at), *count) for at, count in enumerate(counts)]
    )


def test_levels_in_order() -> None:
    levels = timeline().levels(lambda seen: seen.running("Model"))
    assert levels == [0, 1, 3, 2, 0]
    assert passes(levels, [0, 1, 3, 0])
    assert not passes(levels, [0, 2, 1])
    assert not passes([0, 3, 0], [0, 1, 3])


def test_first_time_since() -> None:
    assert timeline().first(lambda seen: seen.wanted("Model") > 0, since=0) == 1.0
    assert timeline().first(lambda seen: seen.running("Model") == 0, since=3) == 7.0
    assert timeline().first(lambda seen: seen.running("Model") == 9, since=0) is None
    assert timeline().first(lambda seen: seen.running("Other") == 0, since=2) == 2.0


def test_a_row_for_each_change() -> None:
    rows = list(timeline().rows(["Model"], began=1.0))
    assert rows[:3] == [["-1.0", "0", "0/0"], ["0.0", "0", "0/1"], ["1.0", "1", "0/3"]]
    assert len(rows) == 7
