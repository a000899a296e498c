"""What the service listens on: loopback, or Ray behind its token."""

import os
import re
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import grpc
import httpx
import pytest

from cluster.jobs.own_service import OwnService
from cluster.paths import ServicePaths
from cluster.state import ServiceState

pytestmark = pytest.mark.stack
RAY = Path(sys.executable).parent / "ray"
LISTENING = "0A"
PATHS = ("/", "/metrics", "/healthz", "/api/healthz", "/api/v1/tasks", "/docs", "/-/routes", "/api/jobs/",
         "/api/job_agent/jobs/", "/api/version", "/nodes", "/logical/actors")  # fmt: skip
# One method of each service that Ray's processes offer.
METHODS = ("CoreWorkerService/GetCoreWorkerStats", "NodeManagerService/GetNodeStats",
           "NodeInfoGcsService/GetAllNodeInfo",
           "ObjectManagerService/Pull", "ReporterService/GetTraceback")  # fmt: skip


@dataclass(frozen=True)
class Listener:
    """A TCP socket that waits for connections."""

    address: str
    port: int
    command: str

    @property
    def on_loopback(self) -> bool:
        return self.address.removeprefix("::ffff:").startswith("127.") or self.address == "::1"


def processes(leader: int) -> list[int]:
    """Everything in the service's session, which it leads."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and os.getsid(int(entry.name)) == leader:
                found.append(int(entry.name))
        except ProcessLookupError:
            continue
    return found


def sockets(pid: int) -> set[str]:
    """Inodes of a process's sockets."""
    found = set()
    with suppress(FileNotFoundError):
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                if match := re.fullmatch(r"socket:\[(\d+)\]", str(descriptor.readlink())):
                    found.add(match[1])
    return found


def listeners(leader: int) -> list[Listener]:
    owners = {inode: pid for pid in processes(leader) for inode in sockets(pid)}
    found = []
    for name, family in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6)):
        for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] != LISTENING or columns[9] not in owners:
                continue
            text, port = columns[1].split(":")
            words = [bytes.fromhex(text[place : place + 8])[::-1] for place in range(0, len(text), 8)]
            command = Path(f"/proc/{owners[columns[9]]}/cmdline").read_bytes().replace(b"\0", b" ").decode()
            found.append(Listener(socket.inet_ntop(family, b"".join(words)), int(port, 16), command))
    return found


def shown_without_a_token(listener: Listener, host: str) -> set[str]:
    """Which pages anybody can read there."""
    found = set()
    for path in PATHS:
        try:
            answer = httpx.get(f"http://{host}:{listener.port}{path}", timeout=15)
        except httpx.HTTPError:
            continue
        if answer.status_code >= 400:
            continue
        metrics = "# HELP" in answer.text[:400] or (path == "/metrics" and not answer.text.strip())
        health = "healthz" in path and len(answer.text) < 200
        found.add("metrics" if metrics else "health" if health else path)
    return found


def answers_over_grpc(listener: Listener, host: str) -> set[str]:
    """Status codes of calls without a token and with a wrong one."""
    found = set()
    with grpc.insecure_channel(f"{host}:{listener.port}") as channel:
        for method in (*(f"ray.rpc.{name}" for name in METHODS), "ray.serve.ASGIService/HandleRequest"):
            for metadata in ((), (("authorization", "Bearer " + "0" * 64),)):
                try:
                    channel.unary_unary(f"/{method}")(b"", timeout=30, metadata=metadata)
                    found.add("OK")
                except grpc.RpcError as error:
                    found.add(error.code().name)
    return found


@pytest.fixture
def state(service: OwnService) -> ServiceState:
    state = ServiceState.read(ServicePaths(service.data).state)
    assert state is not None
    return state


def test_beyond_loopback_there_is_ray_alone_and_it_shows_no_more_than_metrics_and_health(state: ServiceState) -> None:
    found = listeners(state.pid)
    assert any(listener.port == state.port for listener in found)
    assert len(found) > 10
    wide = [listener for listener in found if not listener.on_loopback]
    assert state.port not in {listener.port for listener in wide}
    assert int(state.dashboard.rpartition(":")[2]) not in {listener.port for listener in wide}
    for listener in wide:
        ours = r"ray::|ray-dashboard-|\S*/ray/core/|\S*python\S* .*/site-packages/ray/"
        assert re.match(ours, listener.command), listener
        host = "127.0.0.1" if listener.address in {"0.0.0.0", "::"} else listener.address
        shown = shown_without_a_token(listener, host)
        assert shown <= {"metrics", "health"}, listener
        if not shown:
            # gRPC, which refuses, or HTTP, which shows nothing and does not know gRPC.
            said = answers_over_grpc(listener, host)
            assert "UNAUTHENTICATED" in said or said == {"UNAVAILABLE"}, (listener, said)
            assert said <= {"UNAUTHENTICATED", "UNIMPLEMENTED", "UNAVAILABLE"}, (listener, said)


def test_the_token_is_the_owners_alone(service: OwnService) -> None:
    assert ServicePaths(service.data).token.stat().st_mode & 0o077 == 0
    assert (service.data / "link_secret").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("token", ["none", "wrong", "right"])
def test_a_job_is_taken_with_the_token_alone(
    service: OwnService, state: ServiceState, tmp_path: Path, token: str
) -> None:
    path = str(ServicePaths(service.data).token)
    shown = {
        "none": {},
        "wrong": {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0" * 64},
        "right": {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": path},
    }[token]
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "LANG": "C.UTF-8", **shown}
    marker = tmp_path / "ran"

    def submit() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(RAY), "job", "submit", "--address", f"http://{state.dashboard}", "--", "touch", str(marker)],
            env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    done = submit()
    for _ in range(20):
        # Ray's agent of the node may come up after the service.
        if "No available agent" not in done.stdout + done.stderr:
            break
        done = submit()
    right = token == "right"
    assert (done.returncode == 0) == right, done.stdout + done.stderr
    assert marker.exists() == right


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer " + "0" * 64}])
def test_the_dashboard_takes_no_job_over_http_without_the_token(state: ServiceState, headers: dict[str, str]) -> None:
    jobs = f"http://{state.dashboard}/api/jobs/"
    assert httpx.get(jobs, headers=headers, timeout=60).status_code in {401, 403}
    assert httpx.post(jobs, json={"entrypoint": "true"}, headers=headers, timeout=60).status_code in {401, 403}
