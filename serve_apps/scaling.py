"""How many replicas there should be: by what waits in the queue, not by the calls in flight alone.

Serve evaluates a policy in its controller, a few times a second. A task that waits for a worker will call each model,
so replicas are asked for while it still waits; Serve's own policy would learn of it when the call is made.
"""

import threading
import time
from typing import Any

import structlog
from ray.serve.config import AutoscalingConfig, AutoscalingContext, AutoscalingPolicy

from configs.models import warm_spans
from configs.settings import Settings

# Serve decides on means over half a minute by default, and waits as long again before it adds a replica.
METRICS_SECONDS, LOOK_BACK_SECONDS = 0.5, 2.0
READ_SECONDS = 0.5
HELD = "tasks_held"
log = structlog.get_logger()


class Waiting:
    """How many tasks wait for a worker, read by a thread of its own: a policy must not block the controller."""

    def __init__(self) -> None:
        self._count, self._stop = [0], threading.Event()
        # The thread knows nothing of this object, so it ends when a redeployed policy is let go.
        threading.Thread(target=_read, args=(self._count, self._stop), name="waiting-tasks", daemon=True).start()

    @property
    def tasks(self) -> int:
        """Their number, half a second old at most; 0 while the database is away, for then nothing begins either."""
        return self._count[0]

    def __del__(self) -> None:
        self._stop.set()


def _read(count: list[int], stop: threading.Event) -> None:
    from configs.settings import get_settings
    from storage.factory import open_database

    database = open_database(get_settings())
    while not stop.wait(READ_SECONDS):
        try:
            count[0] = database.backlog()
        except Exception as error:
            count[0] = 0
            log.warning("waiting tasks not counted", error=str(error)[:300])
    database.close()


class ByWaitingTasks:
    """Replicas of a model: ``at_once`` of the tasks that wait, and of the calls that are made, for each.

    ``warm``: those that the clock asks for, see ``configs.models.warm_spans``. Serve applies delays, the least and the
    most around it.
    """

    def __init__(self, at_once: float, warm: str = "") -> None:
        self._at_once, self._warm = at_once, warm_spans(warm)
        self._waiting = Waiting()

    def __call__(self, context: AutoscalingContext) -> tuple[float, dict[str, Any]]:
        """Wanted replicas, and no state of its own."""
        wanted = (context.total_num_requests + self._waiting.tasks) / self._at_once
        at = time.gmtime(context.current_time)
        return max([wanted, *(span.replicas for span in self._warm if span.holds(at.tm_hour * 60 + at.tm_min))]), {}


class ByTasks:
    """Replicas of the orchestrator: ``at_once`` for each, of the tasks that wait or that a replica says it holds."""

    def __init__(self, at_once: float) -> None:
        self._at_once = at_once
        self._waiting = Waiting()

    def __call__(self, context: AutoscalingContext) -> tuple[float, dict[str, Any]]:
        """Wanted replicas, and no state of its own."""
        held = sum((context.aggregated_metrics or {}).get(HELD, {}).values())
        return (held + self._waiting.tasks) / self._at_once, {}


def replicas(
    settings: Settings, least: int, most: int, at_once: float, policy: type | None, **more: Any
) -> dict[str, Any]:  # fmt: skip
    """Options of a deployment: a fixed number of replicas, or scaled by a policy of this module, told ``more``.

    None: by calls in flight, as Serve does it.
    """
    if most <= least:
        return {"num_replicas": least}
    chosen = {} if policy is None else {
        "policy": AutoscalingPolicy(  # type: ignore[no-untyped-call]
            policy_function=f"{__name__}:{policy.__name__}", policy_kwargs={"at_once": at_once, **more}
        )
    }  # fmt: skip
    scaling = AutoscalingConfig(
        min_replicas=least, max_replicas=most, target_ongoing_requests=at_once,
        metrics_interval_s=METRICS_SECONDS, look_back_period_s=LOOK_BACK_SECONDS,
        upscale_delay_s=settings.scale_up_seconds, downscale_delay_s=settings.scale_down_seconds, **chosen,
    )  # fmt: skip
    return {"autoscaling_config": scaling}
