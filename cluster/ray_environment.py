"""Environment that every Ray process of ours runs under. Must be set before ray is imported."""

import os
from pathlib import Path


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
    os.environ.pop("RAY_ADDRESS", None)
