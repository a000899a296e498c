"""The service process: owns Ray and the Serve application until it is told to end.

Run as ``python -m cluster.service``. Ray's processes are its children and die with it.
"""

import hashlib
import logging
import os
import signal
import sys
import threading

from cluster.access import check_reach, fingerprint
from cluster.errors import ServiceError
from cluster.paths import ServicePaths
from cluster.ports import free_port, leave_fixed_ports
from cluster.ray_environment import apply_ray_environment
from cluster.ray_start import NodeTooSlow, init_ray
from cluster.state import ServiceState, own_start
from configs.build import source_hash
from configs.models import MODEL_CHOICE
from configs.settings import Settings, get_settings
from storage.factory import open_database, open_objects

TITLE = "ray::driver design-agent"
DRAIN_MARGIN_SECONDS = 4.0
START_AGAIN = 75
"""Exit status when only time was missing (EX_TEMPFAIL of sysexits.h)."""


def service_name(paths: ServicePaths) -> str:
    """The same in every run from one data folder, another from any other."""
    return f"service-{hashlib.sha256(paths.token.read_bytes()).hexdigest()[:12]}"


def start_cluster(paths: ServicePaths, settings: Settings) -> str:
    """Start Ray and Serve; returns the dashboard's address. Raises ServiceError."""
    import ray
    from ray import serve

    leave_fixed_ports()
    # Once: a process of its own tries again.
    context = init_ray(
        tries=1,
        address="local",
        num_cpus=max(2, os.cpu_count() or 2),
        # None: as many as there are; nobody is kept from them where no model asks for one.
        num_gpus=None if settings.wants_gpus else 0,
        include_dashboard=True,
        dashboard_host="127.0.0.1",
        dashboard_port=free_port(),
        object_store_memory=256 * 1024 * 1024,
        namespace="design-agent",
        log_to_driver=False,
        logging_level=logging.WARNING,
        _temp_dir=str(paths.ray),
        _node_ip_address="127.0.0.1",
    )
    # What "ray start" would write: without it a submitted job joins any Ray that it finds on this host.
    (paths.ray / "ray_current_cluster").write_text(ray.get_runtime_context().gcs_address)
    # This process listens too, as Ray's driver behind Ray's token; its name says whose listener that is.
    ray._raylet.setproctitle(TITLE)  # type: ignore[attr-defined]
    from serve_apps.app import APP_NAME, build_app
    from serve_apps.tracing import tracing_config

    serve.start(
        http_options={"host": settings.host, "port": settings.port}, proxy_location="HeadOnly",
        tracing_config=tracing_config(settings),
    )  # fmt: skip

    try:
        serve.run(build_app(), name=APP_NAME, route_prefix="/", blocking=False)
    except RuntimeError as error:
        deployments = serve.status().applications[APP_NAME].deployments
        broken = {name: state.message for name, state in deployments.items() if state.status != "HEALTHY"}
        raise ServiceError(f"These deployments do not start: {broken}") from error
    return str(context.dashboard_url or "")


def stop_cluster(drain_seconds: float) -> None:
    """End Serve and this process's Ray, the tasks at work first: while they finish, they need the other parts."""
    import ray
    from ray import serve

    from serve_apps.app import APP_NAME

    try:
        orchestrator = serve.get_deployment_handle("Orchestrator", APP_NAME)
        drained = orchestrator.broadcast("drain").results(
            timeout_s=drain_seconds + DRAIN_MARGIN_SECONDS, return_exceptions=True
        )
        failed = [answer for answer in drained if isinstance(answer, Exception)]
    except Exception as error:
        failed = [error]
    for failure in failed:
        # A part that is down must not keep the rest up; its leases are given back at the next start.
        logging.getLogger(__name__).warning("not drained: %s", failure)
    serve.shutdown()  # type: ignore[no-untyped-call]
    ray.shutdown()


def main() -> int:
    """Bring everything up, wait for SIGTERM, take everything down."""
    settings = get_settings()
    paths = ServicePaths(settings.data)
    apply_ray_environment(paths.ensure_token())
    os.environ["DESIGN_AGENT_DATA"] = str(settings.data.resolve())
    name = os.environ["DESIGN_AGENT_SERVICE_NAME"] = service_name(paths)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    database = open_database(settings)
    database.migrate()
    try:
        check_reach(settings, database)
        # Whoever held tasks under this name ended with the service's last run.
        database.release_owned(f"{name}/")
    finally:
        database.close()
    open_objects(settings).ping()
    try:
        dashboard = start_cluster(paths, settings)
    except NodeTooSlow:
        logging.getLogger(__name__).warning("not started", exc_info=True)
        return START_AGAIN
    # Ray installs handlers of its own.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    secret = paths.token.read_bytes()
    state = ServiceState(
        pid=os.getpid(), started=own_start(), port=settings.port, sources=source_hash(), dashboard=dashboard,
        settings=fingerprint(settings, secret), guards=fingerprint(settings, secret, but=MODEL_CHOICE),
    )  # fmt: skip
    state.write(paths.state)
    ended.wait()
    stop_cluster(settings.drain_seconds)
    paths.state.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
