"""``pool``: the nodes of the cluster, and taking one out of use and back."""

import getpass
import json
import socket
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer

from cluster.cli.console import out, say
from cluster.cli.nodes import print_nodes
from cluster.cli.options import Data, TokenFile, settings_of
from cluster.pool import connection, notes
from cluster.pool.errors import NodeDraining, NodeNeeded
from cluster.pool.looking import Look, RayNode, look
from cluster.pool.nodes import find_node, named, pool_nodes, state_of
from storage.documents.base import format_time, utc_now

pool_app = typer.Typer(
    help="The nodes of the cluster; cordon, drain, resume one of them.", invoke_without_command=True,
    rich_markup_mode=None,
)  # fmt: skip
Node = Annotated[str, typer.Argument(help="Address, id, or the beginning of an id that no other node has.")]
Address = Annotated[
    str | None, typer.Option(help="HOST:PORT of the cluster's GCS; found where this runs on one of its machines.")
]
Reason = Annotated[str, typer.Option(help="Why; others see it.")]
By = Annotated[str | None, typer.Option(help="Who does it; user@host if not given.")]
Force = Annotated[bool, typer.Option("--force", help="Though a deployment may then have no place.")]


@pool_app.callback()
def list_command(
    context: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    address: Address = None,
    token_file: TokenFile = None,
    data: Data = None,
) -> None:
    """The nodes, what is on them, and which are out of use."""
    if context.invoked_subcommand is not None:
        return
    gcs, _ = _connect(address, token_file, data)
    nodes = pool_nodes(gcs, _application())
    if as_json:
        out.print(json.dumps([node.model_dump(exclude_none=True) for node in nodes], ensure_ascii=False, indent=2))
        return
    print_nodes(nodes)


@pool_app.command("cordon")
def cordon_command(
    name: Node, reason: Reason = "", by: By = None, address: Address = None, token_file: TokenFile = None,
    data: Data = None,
) -> None:  # fmt: skip
    """Place nothing new on a node; what runs there stays."""
    from cluster.pool.cordon import cordon
    from cluster.pool.drain import stranded

    gcs, found, seen, node = _find(name, address, token_file, data)
    if node.head and not any(node.total.get(kind) for kind in ("CPU", "GPU")):
        raise NodeNeeded(f"{node.node_id} is the head and has no CPU to give: nothing is placed there anyhow.")
    note = _note(by, reason)
    with connection.driver(found):
        fresh = cordon(gcs, node.node_id, note)
    if not fresh:
        out.print(f"{node.node_id} is cordoned already")
        return
    _audit("node cordoned", node.node_id, note)
    out.print(f"{node.node_id} is cordoned; end it with: design-agent pool resume {name}")
    if lost := stranded(seen, node.node_id):
        say(f"no other node can hold {', '.join(lost)}: a replica that ends there is not replaced")


@pool_app.command("drain")
def drain_command(
    name: Node,
    deadline: Annotated[float | None, typer.Option(min=1, help="Seconds after which the machine will be gone.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Return when no replica is left there.")] = False,
    force: Force = False,
    reason: Reason = "",
    by: By = None,
    address: Address = None,
    token_file: TokenFile = None,
    data: Data = None,
) -> None:
    """Have replacements started elsewhere, then stop a node's replicas. Ray takes it back as a new node only."""
    from cluster.pool.cordon import end_supervisor
    from cluster.pool.drain import check_drain, drain, wait_until_left

    gcs, found, seen, node = _find(name, address, token_file, data)
    before = state_of(seen, node.node_id)
    until = time.time() + deadline if deadline else None
    if before == "draining" and until is None:
        out.print(f"{node.node_id} is being drained already")
    else:
        check_drain(seen, node, force=force)
        note = _note(by, reason, until)
        drain(gcs, node.node_id, note, until)
        _audit("node drained", node.node_id, note)
        if before == "cordoned":
            with connection.driver(found):
                end_supervisor(node.node_id)
        out.print(f"{node.node_id} is being drained; it is gone once nothing runs there")
    if wait:
        wait_until_left(gcs, node.node_id, until, lambda left: say(f"still there: {_words(left)}"))
        out.print(f"no replica is left on {node.node_id}")


@pool_app.command("resume")
def resume_command(
    name: Node,
    force: Force = False,
    by: By = None,
    address: Address = None,
    token_file: TokenFile = None,
    data: Data = None,
) -> None:
    """End a cordon. A drained node's Ray is ended instead, so that it is started anew."""
    from cluster.pool.cordon import uncordon
    from cluster.pool.drain import end_node

    gcs, found, seen, node = _find(name, address, token_file, data)
    state = state_of(seen, node.node_id)
    if state == "ready":
        out.print(f"{node.node_id} is in use")
    elif state == "cordoned":
        with connection.driver(found):
            uncordon(gcs, node.node_id)
        _audit("node resumed", node.node_id, _note(by, ""))
        out.print(f"{node.node_id} is in use again")
    else:
        left = seen.replicas(node.node_id)
        if left and not force:
            raise NodeDraining(
                f"Ray drains {node.node_id} and takes no such node back. {_words(left)} on it go elsewhere; follow "
                f"with 'design-agent pool drain {name} --wait', then 'resume' ends its Ray, and whoever keeps it "
                "running (KubeRay, the autoscaler, you) starts it anew. --force does so now: tasks go on from their "
                "last step."
            )
        end_node(gcs, node.node_id)
        _audit("drained node ended", node.node_id, _note(by, ""))
        out.print(f"{node.node_id} ends; its machine comes back as a new node when its Ray is started again")


def _connect(address: str | None, token_file: Path | None, data: Path | None) -> tuple[Any, str]:
    found = connection.gcs_address(settings_of(None, data), address, token_file)
    return connection.gcs_client(found), found


def _find(name: str, address: str | None, token_file: Path | None, data: Path | None) -> tuple[Any, str, Look, RayNode]:
    """The GCS, its address, what it says now, and the node of that name."""
    gcs, found = _connect(address, token_file, data)
    seen = look(gcs)
    return gcs, found, seen, find_node(seen, name)


def _application() -> str:
    from serve_apps.api.deployment import APP_NAME  # it brings all of Serve

    return APP_NAME


def _words(replicas: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in named(replicas, _application()).items())


def _note(by: str | None, reason: str, until: float | None = None) -> notes.Note:
    deadline = None if until is None else format_time(datetime.fromtimestamp(until, UTC))
    return notes.Note(by or _operator(), format_time(utc_now()), reason, deadline)


def _operator() -> str:
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = "unknown"  # a container's user may have no name
    return f"{user}@{socket.gethostname()}"


def _audit(event: str, node_id: str, note: notes.Note) -> None:
    """One line of JSON on stderr."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level, structlog.processors.JSONRenderer(ensure_ascii=False)
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )  # fmt: skip
    structlog.get_logger().info(
        event, node=node_id, by=note.by, at=note.at, reason=note.reason or None, deadline=note.deadline
    )
