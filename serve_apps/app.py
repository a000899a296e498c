"""The Serve application: which deployments there are, their settings, and who holds a handle of whom."""

from typing import Any

from ray import serve
from ray.serve import Application

from configs.settings import get_settings
from serve_apps.api.deployment import APP_NAME, build_api
from serve_apps.ingress import LEAVE_SECONDS, Ingress
from serve_apps.model_deployments import bind_models
from serve_apps.orchestrator import Orchestrator
from serve_apps.relay import OutboxRelay
from serve_apps.scaling import ByTasks, replicas

__all__ = ["APP_NAME", "build_app"]

# A replica asks for a whole CPU unless told otherwise: five deployments would never start on two cores.
ON_ANY_NODE: dict[str, Any] = {"num_cpus": 0}
# Nothing is lost by a short goodbye: a task's lease and its checkpoints outlive the replica.
STOP: dict[str, Any] = {"graceful_shutdown_timeout_s": 5, "graceful_shutdown_wait_loop_s": 0.2}
# A dead replica is noticed by its next check; the default would leave its work lying for ten seconds.
WATCH: dict[str, Any] = {"health_check_period_s": 2, "health_check_timeout_s": 30}
# A model's check does real work, and loading may keep a replica from answering for a while.
MODEL_WATCH: dict[str, Any] = {"health_check_period_s": 5, "health_check_timeout_s": 60}
# Requests and open streams of one replica, most of which wait for others' work.
API_AT_ONCE = 200
GOODBYE: dict[str, Any] = {"graceful_shutdown_timeout_s": LEAVE_SECONDS + 2}
# After the drain there is time to give back what is left.
DRAIN_MARGIN_SECONDS = 4


def build_app(_args: dict[str, Any] | None = None) -> Application:
    """Api -> Orchestrator -> models, and the two loops that carry tasks to it."""
    common = {"ray_actor_options": ON_ANY_NODE, **WATCH, **STOP}
    settings = get_settings()
    drain = {"graceful_shutdown_timeout_s": settings.drain_seconds + DRAIN_MARGIN_SECONDS}
    models = bind_models(settings, {**MODEL_WATCH, **STOP})
    size = replicas(
        settings, settings.orchestrator_replicas, settings.orchestrator_max_replicas, settings.max_in_flight, ByTasks
    )
    orchestrator = serve.deployment(max_ongoing_requests=100, **size, **(common | drain))(Orchestrator)
    # Fixed replicas: these two get no requests to scale by.
    ingress = serve.deployment(num_replicas=settings.ingress_replicas, **(common | GOODBYE))(Ingress)
    relay = serve.deployment(num_replicas=1, **common)(OutboxRelay)
    # Five open streams would block /healthz with the default of five ongoing requests.
    doors = replicas(settings, settings.api_replicas, settings.api_max_replicas, API_AT_ONCE, None)
    api = serve.deployment(name="Api", max_ongoing_requests=2000, **doors, **common)(serve.ingress(build_api)())
    brain = orchestrator.bind(models.text_reader, models.image_model, models.language_model)
    return api.bind(brain, ingress.bind(brain), relay.bind())
