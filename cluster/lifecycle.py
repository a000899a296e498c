"""Bringing the service up and down: idempotent, one at a time per data folder."""

import contextlib
import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

from cluster import plain_http
from cluster.access import check_reach, fingerprint
from cluster.errors import ServiceError
from cluster.paths import ServicePaths
from cluster.service import START_AGAIN
from cluster.state import ServiceState, process_start
from cluster.waiting import wait_for_servers
from configs.build import source_hash
from configs.models import MODEL_CHOICE
from configs.settings import Settings
from storage.factory import open_database

STOP_SECONDS = 30.0  # and what the tasks at work may take
KILL_SECONDS = 10.0
READY_AGAIN_SECONDS = 30.0
POLL_SECONDS = 0.1
Say = Callable[[str], None]


def up(settings: Settings, say: Say, *, any_settings: bool = False, own_models: bool = False) -> ServiceState:
    """Return once ``/readyz`` is 200: reuse a service of the same sources, port and settings, replace any other.

    One that is not ready gets a while to be so again: a busy one answers late, and dead parts come back by themselves.

    A client takes one of ``any_settings`` and never replaces it: what its own environment lacks, keys above all, must
    not be taken from a running service. With ``own_models`` it replaces one that differs in its models only.
    Raises ServiceError naming what is wrong and the log to read.
    """
    paths = ServicePaths(settings.data)
    secret = paths.ensure_token().read_bytes()
    if not ready(settings):
        wait_for_servers(settings, say)
    if not settings.on_loopback:
        bring_schema_up(settings)
    with _locked(paths):
        state = ServiceState.read(paths.state)
        if state and state.alive():
            same_build = (state.sources, state.port) == (source_hash(), settings.port)
            same_settings = state.settings == fingerprint(settings, secret)
            same_guards = state.guards == fingerprint(settings, secret, but=MODEL_CHOICE)
            usable = same_build and (same_settings or (any_settings and not own_models))
            if usable and _ready_again(state, settings, say):
                return state
            if any_settings and not same_settings and not (own_models and same_guards):
                raise ServiceError(
                    "The service that runs here was started with other settings, and is of another port or build, has "
                    "other models or is not ready. Run 'design-agent up' with the settings it should have."
                )
            say("replacing the running service")
            _stop(state, paths, settings)
        elif state:
            _end_orphans(state)
        # A killed process may hold its sockets for a moment after it is gone from sight.
        _require_free_port(settings, patience=KILL_SECONDS if state else 0.0)
        return _start(settings, paths, say)


def bring_schema_up(settings: Settings) -> None:
    """Migrate under the lock. Raises ServiceError when the API would then let everybody in."""
    database = open_database(settings)
    try:
        database.migrate()
        check_reach(settings, database)
    finally:
        database.close()


def down(settings: Settings) -> bool:
    """Stop the service of this data folder; False when none runs."""
    paths = ServicePaths(settings.data)
    if not paths.data.exists():
        return False
    with _locked(paths):
        state = ServiceState.read(paths.state)
        if state is None or not state.alive():
            if state:
                _end_orphans(state)
            paths.state.unlink(missing_ok=True)
            return False
        _stop(state, paths, settings)
        return True


def health(settings: Settings) -> dict[str, Any] | None:
    """What ``/healthz`` says, None when nothing answers there."""
    try:
        answer = plain_http.get(f"{settings.url}/healthz", timeout=5)
        return dict(answer.json()) if answer.status_code == 200 else None
    except (httpx.HTTPError, ValueError):
        return None


def ready(settings: Settings) -> bool:
    """Whether ``/readyz`` is 200."""
    try:
        return plain_http.get(f"{settings.url}/readyz", timeout=10).status_code == 200
    except httpx.HTTPError:
        return False


def _ready_again(state: ServiceState, settings: Settings, say: Say) -> bool:
    if ready(settings):
        return True
    say("the service that runs is not ready; waiting for it")
    deadline = time.monotonic() + READY_AGAIN_SECONDS
    while state.alive() and time.monotonic() < deadline:
        if ready(settings):
            return True
        time.sleep(POLL_SECONDS)
    return False


def _start(settings: Settings, paths: ServicePaths, say: Say) -> ServiceState:
    say("starting Ray and the service")
    process = _spawn(settings, paths)
    deadline = time.monotonic() + settings.start_seconds
    while time.monotonic() < deadline:
        if process.poll() == START_AGAIN:
            say("Ray takes long on this machine; starting it again")
            end_session(process.pid)
            process = _spawn(settings, paths)
        elif process.poll() is not None:
            raise ServiceError(f"The service ended while starting. {_last_line(paths)} See {paths.log}.")
        state = ServiceState.read(paths.state)
        if state and state.pid == process.pid and ready(settings):
            return state
        time.sleep(POLL_SECONDS)
    end_session(process.pid)
    raise ServiceError(
        f"The service was not ready after {settings.start_seconds:.0f} s. {_last_line(paths)} See {paths.log}."
    )


def _spawn(settings: Settings, paths: ServicePaths) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "DESIGN_AGENT_PORT": str(settings.port),
        "DESIGN_AGENT_DATA": str(settings.data.resolve()),
    }
    with paths.log.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "cluster.service"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=environment,
        )  # fmt: skip


def _stop(state: ServiceState, paths: ServicePaths, settings: Settings) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(state.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS + settings.drain_seconds
    while state.alive() and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    end_session(state.pid)
    paths.state.unlink(missing_ok=True)


def _end_orphans(state: ServiceState) -> None:
    """Kill what a service that was itself killed left behind: its port, and workers without a cluster."""
    # A new process with that pid means that the session is gone: its id is not given again while it has members.
    if process_start(state.pid) is None:
        end_session(state.pid)


def end_session(leader: int) -> None:
    """Kill what is left of the service's session, and see it gone: nobody else's process is in it, it leads its own."""
    deadline = time.monotonic() + KILL_SECONDS
    while (left := members(leader)) and time.monotonic() < deadline:
        for pid in left:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(POLL_SECONDS)


def members(leader: int) -> list[int]:
    """Living processes of the session that this one leads or led."""
    pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in pids if _session_of(pid) == leader]


def _session_of(pid: int) -> int | None:
    if process_start(pid) is None:
        return None
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return None


def _require_free_port(settings: Settings, patience: float) -> None:
    deadline = time.monotonic() + patience
    while not _port_is_free(settings):
        if time.monotonic() >= deadline:
            raise ServiceError(
                f"Port {settings.port} is taken by another program. Choose another with --port or DESIGN_AGENT_PORT."
            )
        time.sleep(POLL_SECONDS)


def _port_is_free(settings: Settings) -> bool:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise ServiceError(f"Nothing can listen on {settings.host}:{settings.port}: {error.strerror}.") from error
    return True


@contextlib.contextmanager
def _locked(paths: ServicePaths) -> Iterator[None]:
    with paths.lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _last_line(paths: ServicePaths) -> str:
    lines = [line for line in paths.log.read_text(errors="replace").splitlines() if line.strip()]
    return f"Its last words: {lines[-1][:300]}" if lines else "It said nothing."
