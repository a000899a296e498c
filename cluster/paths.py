"""Files that the running service keeps in the data folder, and where Ray may put its sockets."""

import hashlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ServicePaths:
    """Paths under one data folder."""

    data: Path

    @property
    def state(self) -> Path:
        """What runs: pid, port, sources (JSON)."""
        return self.data / "service.json"

    @property
    def lock(self) -> Path:
        """Held while the service is brought up or down."""
        return self.data / "service.lock"

    @property
    def log(self) -> Path:
        """Output of the service process."""
        return self.data / "service.log"

    @property
    def token(self) -> Path:
        """Ray's authentication token."""
        return self.data / "ray_token"

    @property
    def ray(self) -> Path:
        """Ray's session folder: short, because a socket's path may have 107 bytes only."""
        digest = hashlib.sha256(str(self.data.resolve()).encode()).hexdigest()[:8]
        return Path(tempfile.gettempdir()) / f"design-agent-{os.getuid()}-{digest}"

    def ensure_token(self) -> Path:
        """Make the folder and the token (mode 600) if they are not there."""
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.token.exists():
            descriptor = os.open(self.token, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(secrets.token_hex(32))
        return self.token
