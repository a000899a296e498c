"""Submits a command to a Ray cluster as a job, follows its output, and ends as it ends."""

import asyncio
import contextlib
import shlex
import sys
import time
from collections.abc import Sequence
from typing import Any

from cluster.errors import ServiceError

_AGENT_SECONDS = 60.0  # the agent of a node that takes jobs comes up after the node
_AWAY_SECONDS = 30.0  # how long a cluster may give no answer
_POLL_SECONDS = 0.5


def submit(address: str, command: Sequence[str], metadata: dict[str, str]) -> tuple[Any, str]:
    """A client of the cluster's dashboard, and the job's id.

    Ray's token must be in the environment, set before Ray was imported. Raises ServiceError.
    """
    from ray.exceptions import RayError
    from ray.job_submission import JobSubmissionClient

    deadline = time.monotonic() + _AGENT_SECONDS
    while True:
        try:
            client = JobSubmissionClient(address)
            return client, client.submit_job(entrypoint=shlex.join(command), metadata=metadata)
        except (ConnectionError, RuntimeError, RayError) as error:
            if "No available agent" not in str(error) or time.monotonic() > deadline:
                raise ServiceError(_refusal(address, str(error))) from error
        time.sleep(_POLL_SECONDS)


def follow(client: Any, job: str) -> int:
    """Print what the job prints, until it ends; its exit status. An interrupt stops it, and goes through."""
    try:
        asyncio.run(_print_log(client, job))
        return _end(client, job)
    except KeyboardInterrupt:
        client.stop_job(job)
        # Its process is told to end first, and killed after some seconds; what comes next may need what it holds.
        while not _ended(client, job):
            time.sleep(_POLL_SECONDS)
        raise


async def _print_log(client: Any, job: str) -> None:
    """All of the log; a connection that breaks is taken up again where it was."""
    from aiohttp import ClientError

    shown = 0
    while True:
        skipped = shown
        with contextlib.suppress(RuntimeError, OSError, ClientError):
            async for text in client.tail_job_logs(job):
                fresh = text[skipped:]
                skipped -= len(text) - len(fresh)
                sys.stdout.write(fresh)
                sys.stdout.flush()
                shown += len(fresh)
        if _ended(client, job):
            return
        await asyncio.sleep(_POLL_SECONDS)


def _ended(client: Any, job: str) -> bool:
    """Whether it has; asked for a while where the cluster gives no answer. Raises ServiceError."""
    deadline = time.monotonic() + _AWAY_SECONDS
    while True:
        try:
            return bool(client.get_job_status(job).is_terminal())
        except (RuntimeError, OSError) as error:
            if time.monotonic() > deadline:
                raise ServiceError(
                    f"The cluster no longer answers about job {job}; look whether it runs. The same command goes on "
                    "where the job was."
                ) from error
        time.sleep(_POLL_SECONDS)


def _end(client: Any, job: str) -> int:
    info = client.get_job_info(job)
    if info.status == "SUCCEEDED":
        return 0
    if info.driver_exit_code:
        # Of a signal it is negative; a shell says 128 and its number.
        return int(info.driver_exit_code) if info.driver_exit_code > 0 else 128 - int(info.driver_exit_code)
    raise ServiceError(f"Job {job} ended as {info.status}: {info.message or 'Ray gives no reason'}")


def _refusal(address: str, reason: str) -> str:
    if "401" in reason or "403" in reason or "token" in reason.lower():
        return f"The cluster at {address} does not take the token; give that cluster's with --token-file."
    return f"No job can be submitted at {address}: {reason.splitlines()[0][:300] if reason else 'no answer'}"
