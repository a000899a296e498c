"""Who pays for a call to a model when the code that makes it keeps no accounts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from serve_apps.metrics import ENGINE_SECONDS, GPU_SECONDS

if TYPE_CHECKING:
    from pipelines.models.base import Usage

Charge = Callable[["Usage"], None]
_charge: ContextVar[Charge | None] = ContextVar("charge", default=None)


@contextmanager
def charging(charge: Charge) -> Iterator[None]:
    """Have calls made within charged here, in whatever threads they are that share the context."""
    token = _charge.set(charge)
    try:
        yield
    finally:
        _charge.reset(token)


def charge(usage: "Usage") -> None:
    """Tell what a call took, if a GPU worked for it. What whoever pays raises goes through, and ends the call."""
    if usage.gpus > 0 and (pays := _charge.get()) is not None:
        pays(usage)
        ENGINE_SECONDS.inc(usage.seconds, {"engine": usage.model})
        GPU_SECONDS.inc(usage.seconds * usage.gpus, {"engine": usage.model})
