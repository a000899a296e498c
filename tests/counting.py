"""A run in which a test was skipped, or expected to fail, is a failed run: nobody reads what was not tried."""

import pytest


class NothingIsSkipped:
    """A plugin: the run's exit status is 1 unless every collected test was tried in earnest."""

    def __init__(self) -> None:
        self.untried: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that skips itself."""
        if report.skipped:
            self.untried.append(report.nodeid)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """A test that was skipped, or whose failure or success was explained away beforehand."""
        if report.skipped or hasattr(report, "wasxfail"):
            self.untried.append(report.nodeid)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Only a run that would pass is changed."""
        if self.untried and session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Which."""
        if self.untried:
            terminalreporter.section("skipped or expected to fail: the run fails", red=True)
            for nodeid in self.untried:
                terminalreporter.write_line(nodeid)
