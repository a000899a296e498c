"""scripts/simulate_capacity on the command line."""

import re
from pathlib import Path

import pytest

from cluster.capacity.__main__ import PROFILES, main
from cluster.capacity.against import Figures, Span, left_over, render, simulated
from cluster.capacity.arrivals import Arrival, first
from cluster.capacity.profile import read_profile, write_profile
from configs.settings import get_settings
from storage.documents.progress import PHASES
from tests.capacity.profiles import single

ROW = re.compile(r"^│ +(\d+) │ +([\d,]+) │ +([\d,]+) │", re.MULTILINE)


def said(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str) -> tuple[int, str, str]:
    monkeypatch.setattr("sys.argv", ["simulate_capacity", *arguments])
    code = main()
    out, err = capsys.readouterr()
    return code, out, err


def test_fleets_are_rows_and_larger_ones_carry_more(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = said(capsys, monkeypatch, "--gpus", "20,2,5", "--tasks", "500", "--price", "2")
    assert code == 0
    rows = [(int(gpus), int(day.replace(",", ""))) for gpus, day, _ in ROW.findall(out)]
    assert [gpus for gpus, _ in rows] == [2, 5, 20]
    assert [day for _, day in rows] == sorted(day for _, day in rows)


def test_a_fleet_that_is_too_small_is_said_and_the_others_shown(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, err = said(capsys, monkeypatch, "--gpus", "1,2", "--tasks", "300")
    assert (code, len(ROW.findall(out))) == (0, 1)
    assert "needs 2 GPUs, and this fleet has 1" in err
    code, out, err = said(capsys, monkeypatch, "--gpus", "1")
    assert (code, out) == (1, "")
    assert "needs 2 GPUs" in err


def test_arrivals_of_a_file_and_at_a_rate(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "day.csv"
    path.write_text("seconds,user,priority,size\n0,ana,5,1080x1920\n4,bo,9,600x800\n900,ana,5,1080x1920\n")
    code, out, _ = said(capsys, monkeypatch, "--arrivals", str(path), "--gpus", "2")
    assert code == 0 and "arrivals of day.csv" in out
    code, out, _ = said(capsys, monkeypatch, "--rate", "3000", "--days", "0.1", "--peak", "2", "--gpus", "2")
    assert code == 0 and "3,000 posters a day for 0.1 days" in out
    code, out, _ = said(capsys, monkeypatch, "--rate", "3000", "--days", "0.1", "--bulk", "0.5", "--gpus", "2")
    assert code == 0 and "50% of them in bulk" in out and "bulk p99 s" in out
    code, _, err = said(capsys, monkeypatch, "--bulk", "0.5", "--arrivals", str(path))
    assert code == 1 and "the column 'lane' says it" in err
    code, _, err = said(capsys, monkeypatch, "--rate", "3000", "--arrivals", str(path))
    assert code == 1 and "not both" in err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--gpus", "many"], 1, "whole numbers with commas"),
        (["--gpus", "1,,2"], 1, "whole numbers with commas"),
        (["--profile", "nowhere.toml"], 1, "nowhere.toml cannot be read"),
        (["--load", "-1"], 2, "load"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    arguments: list[str], code: int, words: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found, _, err = said(capsys, monkeypatch, *arguments)
    assert found == code and words in err and "Traceback" not in err


def test_without_a_service_it_says_how_to_start_one(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    profile = tmp_path / "p.json"
    write_profile(profile, single((1.0,)))
    monkeypatch.setenv("DESIGN_AGENT_DATA", str(tmp_path / "data"))
    get_settings.cache_clear()
    code, _, err = said(capsys, monkeypatch, "against-service", "--profile", str(profile))
    get_settings.cache_clear()
    assert code == 1 and "design-agent up" in err


def test_a_profile_that_is_written_is_read_again(tmp_path: Path) -> None:
    known = read_profile(PROFILES / "gpu.toml")
    write_profile(tmp_path / "p.json", known)
    assert read_profile(tmp_path / "p.json") == known


def test_a_run_beside_its_simulation() -> None:
    """Two servers at once, two seconds each: the third task waits one."""
    arrivals = [Arrival(0), Arrival(0), Arrival(1)]
    spans = [Span(0, 2), Span(0, 2), Span(1, 4)]
    real = Figures.of(spans)
    assert real == Figures(mean=pytest.approx(7 / 3), p50=2, worst=3, whole=4)
    runs = simulated(single((2.0,), slots=2), arrivals, spans)
    assert runs == [real] * len(runs)
    assert render(real, runs, "both").row_count == 4


def test_other_programs_leave_fewer_cores() -> None:
    assert left_over(single((2.0,), of=4), 1.5).host.cores == 2.5
    assert left_over(single((2.0,), of=4), 9).host.cores == 0.1


def test_the_first_arrivals_come_at_their_rate() -> None:
    arrivals = first(4000, 2.0, seed=5)
    assert arrivals[-1].at / 4000 == pytest.approx(0.5, rel=0.05)


def test_the_measured_profile_is_that_of_the_pipeline_and_is_simulated(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = PROFILES / "cpu.json"
    phases = {stage.name for stage in read_profile(profile).stages}
    assert PHASES.keys() - phases == {"init", "completed"}
    code, out, _ = said(capsys, monkeypatch, "--profile", str(profile), "--load", "0.5", "--tasks", "300")
    assert code == 0 and [gpus for gpus, _, _ in ROW.findall(out)] == ["0"]


def test_the_examples_cpu_stages_are_the_measured_means() -> None:
    measured = {stage.name: stage.mean for stage in read_profile(PROFILES / "cpu.json").stages}
    example = {stage.name: stage.mean for stage in read_profile(PROFILES / "gpu.toml").stages}
    reading = measured.pop("text_reader")
    assert example["reading"] == pytest.approx(reading, rel=0.02)
    # The picture is the GPU's.
    assert example["drawing"] == pytest.approx(sum(measured.values()) - measured["generating_background"], rel=0.02)
