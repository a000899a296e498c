"""Errors of the pool's commands."""

from cluster.errors import ServiceError


class PoolError(ServiceError):
    """The cluster does not do what was asked."""

    code = "POOL_ERROR"


class NodeNotFound(PoolError):
    """No living node has that name; the message lists those that live."""

    code = "NODE_NOT_FOUND"


class NodeAmbiguous(PoolError):
    """Several nodes have that name; the message lists them."""

    code = "NODE_AMBIGUOUS"


class NodeNeeded(PoolError):
    """Taking the node would take something that no other node can hold."""

    code = "NODE_NEEDED"


class NodeDraining(PoolError):
    """Ray takes back no node that it drains."""

    code = "NODE_DRAINING"
