"""Run the application over itself in a running service, as an upgrade does: replicas are replaced one by one.

Usage: python -m cluster.jobs.redeploy HOST:PORT (of Ray's GCS), under the service's environment.
"""

import logging
import sys


def main() -> None:
    """Returns once every deployment is healthy again."""
    import ray
    from ray import serve

    from serve_apps.app import APP_NAME, build_app

    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    ray.init(address=sys.argv[1], namespace="design-agent", log_to_driver=False, logging_level=logging.WARNING)
    serve.run(build_app(), name=APP_NAME, route_prefix="/", blocking=False)


if __name__ == "__main__":
    main()
