"""The client library: one class that blocks and one for asyncio, with the same methods.

``Client`` and ``AsyncClient`` speak to a running service; answers are the types of ``storage.documents``.
"""

from cluster.client.asynchronous import AsyncClient
from cluster.client.errors import (
    AnswerError,
    ClientError,
    Conflict,
    ConnectionFailed,
    Forbidden,
    IdempotencyKeyReused,
    InvalidRequest,
    NotFound,
    ServerError,
    TaskFailed,
    TaskWasCancelled,
    TooManyRequests,
    Unauthorized,
    Unavailable,
    WaitTimeout,
)
from cluster.client.options import ExportFormat, Page, TaskOptions
from cluster.client.synchronous import Client

__all__ = [
    "AnswerError", "AsyncClient", "Client", "ClientError", "Conflict", "ConnectionFailed", "ExportFormat", "Forbidden",
    "IdempotencyKeyReused", "InvalidRequest", "NotFound", "Page", "ServerError", "TaskFailed", "TaskOptions",
    "TaskWasCancelled", "TooManyRequests", "Unauthorized", "Unavailable", "WaitTimeout",
]  # fmt: skip
