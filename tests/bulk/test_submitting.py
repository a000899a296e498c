"""Following a job whose connection breaks, and its exit status; the cluster itself is in test_job."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest

from cluster.errors import ServiceError
from cluster.jobs.submitting import follow


class Status(str):
    def is_terminal(self) -> bool:
        return self != "RUNNING"


@dataclass
class Dashboard:
    """A job of whose log each connection gives a part from the start, and then breaks; the last gives it whole."""

    log: str
    cuts: list[int]
    status: str = "SUCCEEDED"
    code: int | None = 0
    message: str = ""
    interrupted: bool = False
    away: int = 0
    stops: list[str] = field(default_factory=list)
    chunk: int = 7

    async def tail_job_logs(self, job: str) -> AsyncIterator[str]:
        cut = self.cuts.pop(0) if self.cuts else None
        sent = self.log if cut is None else self.log[:cut]
        for place in range(0, len(sent), self.chunk):
            yield sent[place : place + self.chunk]
        if self.interrupted:
            raise KeyboardInterrupt
        if cut is not None:
            # Another connection cuts its pieces elsewhere.
            self.chunk += 4
            raise RuntimeError("closed")

    def get_job_status(self, job: str) -> Status:
        if self.away:
            self.away -= 1
            raise ConnectionError("refused")
        return Status("RUNNING" if self.cuts and not self.stops else self.status)

    def get_job_info(self, job: str) -> SimpleNamespace:
        return SimpleNamespace(status=self.status, driver_exit_code=self.code, message=self.message)

    def stop_job(self, job: str) -> None:
        self.stops.append(job)


@pytest.mark.parametrize("cuts", [[], [0], [1, 5], [20, 3, 33], [40, 40]])
def test_log_is_printed_once_however_often_the_connection_breaks(
    cuts: list[int], capsys: pytest.CaptureFixture[str]
) -> None:
    log = "".join(f"row {number}: pass\n" for number in range(9))
    # The job runs on while connections break, and one more gives the rest.
    assert follow(Dashboard(log, [*cuts, len(log)]), "job") == 0
    assert capsys.readouterr().out == log


@pytest.mark.parametrize(("code", "status"), [(1, 1), (3, 3), (-9, 137), (137, 137)])
def test_exit_status_is_the_jobs(code: int, status: int) -> None:
    assert follow(Dashboard("", [], "FAILED", code), "job") == status


def test_job_that_never_ran_says_why() -> None:
    with pytest.raises(ServiceError, match="Job job ended as FAILED: no node"):
        follow(Dashboard("", [], "FAILED", None, "no node"), "job")


def test_interrupt_stops_the_job_and_goes_through() -> None:
    dashboard = Dashboard("row 1\n", [5], "STOPPED", interrupted=True)
    with pytest.raises(KeyboardInterrupt):
        follow(dashboard, "job")
    assert dashboard.stops == ["job"]


def test_cluster_that_is_away_for_a_moment_is_asked_again(capsys: pytest.CaptureFixture[str]) -> None:
    assert follow(Dashboard("row 1\nrow 2\n", [3, 12], away=1), "job") == 0
    assert capsys.readouterr().out == "row 1\nrow 2\n"


def test_cluster_that_stays_away_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cluster.jobs.submitting._AWAY_SECONDS", 0.0)
    with pytest.raises(ServiceError, match="no longer answers about job job"):
        follow(Dashboard("row 1\n", [3, 6], away=1000), "job")
