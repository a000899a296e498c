"""Run a command with the profile ``test`` on servers of its own: python -m tests.servers.run COMMAND ARGUMENTS."""

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import pymysql

from tests.servers.mariadb import MariaDb
from tests.servers.seaweed import ACCESS_KEY, SECRET_KEY, SeaweedFs
from tests.servers.tansu import Tansu
from tests.servers.valkey import Valkey


def main() -> int:
    """The command's exit status."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as closing:
        mariadb, valkey, seaweed = (kind(Path(folder) / kind.__name__) for kind in (MariaDb, Valkey, SeaweedFs))
        # Its records elsewhere than the product's objects, or both would stop together.
        store = SeaweedFs(Path(folder) / "records")
        tansu = Tansu(Path(folder) / "tansu", store)
        for server in (mariadb, valkey, seaweed, store, tansu):
            server.start()
            closing.callback(server.close)
        with pymysql.connect(host="127.0.0.1", port=mariadb.port, user="root") as connection:
            connection.cursor().execute("CREATE DATABASE design_agent CHARACTER SET utf8mb4")
        addresses = {
            "PROFILE": "test",
            "DATABASE_URL": mariadb.url(),
            "REDIS_URL": valkey.url,
            "KAFKA_BOOTSTRAP": tansu.bootstrap,
            "S3_ENDPOINT": seaweed.url,
            "S3_ACCESS_KEY": ACCESS_KEY,
            "S3_SECRET_KEY": SECRET_KEY,
        }
        environment = os.environ | {f"DESIGN_AGENT_{name}": value for name, value in addresses.items()}
        return subprocess.run(sys.argv[1:], env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
