"""Ports that are free, and those that Ray takes at fixed numbers: two services live on one host with others there."""

import os
import socket
from functools import partial
from random import SystemRandom

# The kernel gives those above to whoever asks for any, and would give ours before we listen.
CHOICE = range(15_000, 32_768)
_TRIES = 1000
# Pages of metrics, where Prometheus looks for them by default; each is a variable that Ray's processes read.
METRICS = {"AUTOSCALER_METRIC_PORT": 44217, "DASHBOARD_METRIC_PORT": 44227}


def free_port() -> int:
    """A TCP port that nothing on this host listens on now. Raises OSError when none is found."""
    for port in SystemRandom().sample(CHOICE, _TRIES):
        with socket.socket() as probe:
            try:
                probe.bind(("", port))
            except OSError:
                continue
            return port
    raise OSError(f"no free port from {CHOICE.start} to {CHOICE.stop - 1}")


def leave_fixed_ports() -> None:
    """Let the Ray that this process starts share the host with another. To be called before ``ray.init``."""
    from ray._private import parameter

    # Its agent, which runs jobs, listens on one number whatever the host already runs, and no argument of ``ray.init``
    # says another; where that is taken it goes on without. 0 is any that is free.
    parameter.RayParams = partial(parameter.RayParams, dashboard_agent_listen_port=0)  # type: ignore[misc,assignment]
    for name, usual in METRICS.items():
        os.environ.setdefault(name, str(_usual_or_free(usual)))


def _usual_or_free(usual: int) -> int:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("", usual))
        except OSError:
            return free_port()
    return usual
