"""MariaDB, from the distribution's packages (``scripts/test-servers`` brings them)."""

import os
import secrets
import shutil
import subprocess
from pathlib import Path

import pymysql
from typing_extensions import override

from tests.servers.process import ServerProcess, free_ports

UNPACKED = Path(__file__).parents[2] / ".venv" / "debian"


def _program(name: str) -> str:
    places = [*os.environ["PATH"].split(":"), "/usr/sbin", f"{UNPACKED}/usr/sbin", f"{UNPACKED}/usr/bin"]
    found = shutil.which(name, path=":".join(places))
    if found is None:
        raise RuntimeError(f"{name} is not here; run scripts/test-servers")
    return found


USER = "design_agent"


class MariaDb(ServerProcess):
    """The service's user has a random password; ``root`` has none, for the test's own hand; loopback only."""

    def __init__(self, folder: Path | None = None, *options: str) -> None:
        super().__init__(folder)
        (self.port,) = free_ports(1)
        self._data = self.folder / "data"
        self._options = options
        self._password = secrets.token_hex(16)
        self._first = self.folder / "first.sql"

    def url(self, database: str = "design_agent") -> str:
        """SQLAlchemy URL of one of its databases."""
        return f"mysql+pymysql://{USER}:{self._password}@127.0.0.1:{self.port}/{database}"

    @override
    def environment(self) -> dict[str, str]:
        if not _program("mariadbd").startswith(str(UNPACKED)):
            return super().environment()
        libraries = f"{UNPACKED}/usr/lib/x86_64-linux-gnu:{UNPACKED}/lib/x86_64-linux-gnu"
        return super().environment() | {"LD_LIBRARY_PATH": libraries}

    @override
    def prepare(self) -> None:
        if self._data.exists():
            return
        base = "/usr" if not _program("mariadbd").startswith(str(UNPACKED)) else f"{UNPACKED}/usr"
        done = subprocess.run(
            [_program("mariadb-install-db"), "--no-defaults", f"--basedir={base}", f"--datadir={self._data}",
             "--auth-root-authentication-method=normal", "--skip-test-db", *_as_root()],
            env=self.environment(), capture_output=True, text=True,
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        self._first.write_text(
            f"CREATE USER IF NOT EXISTS {USER}@'127.0.0.1' IDENTIFIED BY '{self._password}', "
            f"{USER}@localhost IDENTIFIED BY '{self._password}';\n"
            f"GRANT ALL ON *.* TO {USER}@'127.0.0.1', {USER}@localhost WITH GRANT OPTION;\n"
        )

    @override
    def command(self) -> list[str]:
        return [
            _program("mariadbd"), "--no-defaults", f"--datadir={self._data}", "--bind-address=127.0.0.1",
            f"--port={self.port}", f"--socket={self.folder}/s.sock", f"--pid-file={self.folder}/m.pid",
            "--skip-log-bin", "--innodb-buffer-pool-size=64M", "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_unicode_ci", f"--init-file={self._first}", *_as_root(), *self._options,
        ]  # fmt: skip

    @override
    def probe(self) -> None:
        pymysql.connect(host="127.0.0.1", port=self.port, user="root", connect_timeout=5).close()


def _as_root() -> list[str]:
    return ["--user=root"] if os.geteuid() == 0 else []
