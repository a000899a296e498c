"""Makes servers ready for a cluster whose nodes others start (KubeRay, ``ray up``); harmless when they are.

Usage: python -m cluster.jobs.prepare
"""

import sys

from cluster.cli.console import complain, say
from cluster.cli.options import settings_of
from cluster.lifecycle import bring_schema_up
from cluster.waiting import wait_for_servers
from configs.settings import Settings
from storage.errors import DesignAgentError
from storage.factory import open_objects


def prepare(settings: Settings) -> None:
    """Wait for the servers, bring the schema up under its lock, make the bucket; topics are made by who connects.

    Raises ServiceError when one does not answer in time, or the API would let everybody in.
    """
    wait_for_servers(settings, say)
    bring_schema_up(settings)
    open_objects(settings).ping()


def main() -> int:
    """Exit status 0 once all is ready."""
    try:
        prepare(settings_of(None, None))
    except DesignAgentError as error:
        complain(error.message, error.code)
        return 1
    say("the servers are ready")
    return 0


if __name__ == "__main__":
    sys.exit(main())
