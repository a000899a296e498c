"""A wire that breaks: passes connections on to the service and cuts them where a test says."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class Wire:
    """``cuts[i]`` is how many bytes of answers the i-th connection lets through; later connections are whole.

    A cut happens when the answer arrives, so the service has acted by then: 0 loses the answer.
    """

    def __init__(self, service_url: str, cuts: list[int]) -> None:
        parts = urlsplit(service_url)
        self._service = (parts.hostname, parts.port)
        self._cuts = list(cuts)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads: list[threading.Thread] = []
        self.connections = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def run(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            left = self._cuts.pop(0) if self._cuts else None
            service = socket.create_connection(self._service)
            for pump in ((client, service, None), (service, client, left)):
                thread = threading.Thread(target=_pump, args=pump, daemon=True)
                thread.start()
                self._threads.append(thread)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def _pump(source: socket.socket, sink: socket.socket, left: int | None) -> None:
    with suppress(OSError):
        while chunk := source.recv(65536):
            if left is not None and len(chunk) >= left:
                sink.sendall(chunk[:left])
                break
            sink.sendall(chunk)
            left = None if left is None else left - len(chunk)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def wire(service_url: str, *cuts: int) -> Iterator[Wire]:
    broken = Wire(service_url, list(cuts))
    thread = threading.Thread(target=broken.run, daemon=True)
    thread.start()
    try:
        yield broken
    finally:
        broken.close()
        thread.join()
