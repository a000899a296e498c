"""A line at the end of a run: which servers its tests had."""

from typing import Any

import pytest

from tests.servers.shared import VERSIONS


class ServersAreTold:
    """A plugin; with several processes, those of all of them."""

    def __init__(self) -> None:
        self.told: set[str] = set()

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """A process of several hands its own on."""
        self.told.update(VERSIONS.values())
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["servers"] = sorted(VERSIONS.values())

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """One of several processes ended; a crashed one hands on nothing."""
        self.told.update(getattr(node, "workeroutput", {}).get("servers", ()))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Which."""
        if self.told:
            terminalreporter.write_line(f"servers: {', '.join(sorted(self.told))}")
