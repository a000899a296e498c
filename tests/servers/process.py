"""A server process: started, seen to answer, stopped, killed, frozen, started again on the same port and data."""

import contextlib
import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

START_SECONDS = 180.0
STOP_SECONDS = 20.0
PR_SET_PDEATHSIG = 1
# The kernel gives those above to whoever asks for any: a server that is stopped for a while would lose its own.
LOWEST_PORT, HIGHEST_PORT = 15_000, 32_767
GRPC = 10_000
"""So far above its other ports SeaweedFS has those for gRPC."""


_MARKS: list[socket.socket] = []
"""Of the ports that this process has given out."""


def free_ports(count: int) -> list[int]:
    """Loopback ports that nobody listens on, nor GRPC above them; given out once while this process lives."""
    found: list[int] = []
    while len(found) < count:
        port = LOWEST_PORT + int.from_bytes(os.urandom(2), "big") % (HIGHEST_PORT - GRPC - LOWEST_PORT)
        mark = socket.socket(socket.AF_UNIX)
        with socket.socket() as probe, socket.socket() as above:
            try:
                probe.bind(("127.0.0.1", port))
                above.bind(("127.0.0.1", port + GRPC))
                # An abstract name, which other processes of the run see: some servers take long until they listen.
                mark.bind(f"\0test-port-{port}")
            except OSError:
                mark.close()
                continue
        _MARKS.append(mark)
        found.append(port)
    return found


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class ServerProcess(ABC):
    """Subclasses say how it is started and what "it answers" means; ``folder`` holds its data and its log."""

    def __init__(self, folder: Path | None = None) -> None:
        self._own_folder = folder is None
        self.folder = folder or Path(tempfile.mkdtemp(prefix=f"{type(self).__name__.lower()}-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self._process: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def command(self) -> list[str]:
        """What to run."""

    @abstractmethod
    def probe(self) -> None:
        """Raise an exception unless the server answers."""

    def prepare(self) -> None:  # noqa: B027 - most need nothing
        """Make what the first start needs."""

    def environment(self) -> dict[str, str]:
        """Its environment."""
        return dict(os.environ)

    @property
    def pid(self) -> int:
        """Of the running server."""
        assert self._process is not None, f"{type(self).__name__} is not running"
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Run it until it answers. Raises RuntimeError with its log if it does not."""
        self.prepare()
        self.spawn()
        self.wait()

    def spawn(self) -> None:
        """Start the process and do not wait for its answer."""
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                self.command(), env=self.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                preexec_fn=_die_with_parent, start_new_session=True,
            )  # fmt: skip

    def wait(self) -> None:
        """Until it answers. Raises RuntimeError with its log if it does not."""
        deadline = time.monotonic() + START_SECONDS
        while self.running and time.monotonic() < deadline:
            try:
                self.probe()
            except Exception:
                time.sleep(0.02)
            else:
                return
        log = (self.folder / "server.log").read_text(errors="replace")[-3000:]
        raise RuntimeError(f"{type(self).__name__} does not answer:\n{log}")

    def stop(self) -> None:
        """SIGTERM, and see it gone; its data stays."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGCONT)
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
        self._process = None

    def kill(self) -> None:
        """SIGKILL, and see it gone; its data stays."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def freeze(self) -> None:
        """SIGSTOP, and see every thread stopped: connections stay open and nothing answers."""
        os.kill(self.pid, signal.SIGSTOP)
        while any(state != "T" for state in self._thread_states()):
            time.sleep(0.001)

    def _thread_states(self) -> Iterator[str]:
        for task in Path(f"/proc/{self.pid}/task").glob("*/stat"):
            # A thread may end before it is looked at.
            with contextlib.suppress(OSError):
                yield task.read_text().rpartition(")")[2].split()[0]

    def thaw(self) -> None:
        """SIGCONT."""
        os.kill(self.pid, signal.SIGCONT)

    def close(self) -> None:
        """Stop it and drop its data."""
        self.stop()
        if self._own_folder:
            shutil.rmtree(self.folder, ignore_errors=True)
