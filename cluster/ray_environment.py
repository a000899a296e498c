"""Environment that every Ray process of ours runs under. Must be set before ray is imported."""

import os
from pathlib import Path

from cluster.errors import ServiceError

# Documented by Ray: a proxy in C before the replicas, calls by value over gRPC, no thread of its own for their code.
# Handles are called from threads of ours, which needs a loop of its own for them.
FAST = {
    "RAY_SERVE_ENABLE_HA_PROXY": "1",
    "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
    "RAY_SERVE_RUN_ROUTER_IN_SEPARATE_LOOP": "1",
}
"""For a cluster of many requests: see docs/cluster.md."""


def ray_environment(token: Path) -> dict[str, str]:
    """Variables for Ray: token authentication, no usage reports, no idle workers kept ready."""
    return {
        "RAY_AUTH_MODE": "token",
        "RAY_AUTH_TOKEN_PATH": str(token),
        "RAY_USAGE_STATS_ENABLED": "0",
        "RAY_DISABLE_IMPORT_WARNING": "1",
        # One idle Python worker per core would cost 60 MB each and is never used: actors start their own.
        "RAY_enable_worker_prestart": "0",
        "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
        # Ten rounds a second of a controller that has nothing to do cost 8 % of a core.
        "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.25",
        # Pictures come and go in several threads: few arenas, and freed memory goes back (2.7 GB becomes 2.0).
        "MALLOC_ARENA_MAX": "2",
        "MALLOC_TRIM_THRESHOLD_": "131072",
        "RAY_SERVE_LOG_TO_STDERR": "0",
        "OTEL_SERVICE_NAME": "design-agent",
    }


def apply_ray_environment(token: Path) -> None:
    """Set the variables in this process; what the operator set himself stays."""
    for name, value in ray_environment(token).items():
        os.environ.setdefault(name, value)
    os.environ["RAY_AUTH_TOKEN_PATH"] = str(token)
    os.environ["RAY_AUTH_MODE"] = "token"
    # Ray would prefer it to the file.
    os.environ.pop("RAY_AUTH_TOKEN", None)
    os.environ.pop("RAY_ADDRESS", None)


def take_token(token_file: Path | None) -> None:
    """Have Ray show the file's token, else the one that the operator's variables name. Raises ServiceError."""
    if token_file is not None:
        apply_ray_environment(token_file.absolute())
    elif "RAY_AUTH_TOKEN" in os.environ or "RAY_AUTH_TOKEN_PATH" in os.environ:
        os.environ["RAY_AUTH_MODE"] = "token"
    shown_token()  # Ray's core ends the process over a file that is not there


def shown_token() -> str | None:
    """The token that Ray shows; None when it shows none. Raises ServiceError."""
    if token := os.environ.get("RAY_AUTH_TOKEN"):
        return token
    path = os.environ.get("RAY_AUTH_TOKEN_PATH")
    if not path:
        return None
    try:
        return Path(path).read_text().strip()
    except (OSError, ValueError) as error:
        raise ServiceError(f"Ray's token cannot be read from {path}: {error}.") from error
