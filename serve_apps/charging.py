"""What calls to models took: as the ledger has it, and who pays when the code that calls keeps no accounts."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from serve_apps.metrics import ENGINE_SECONDS, GPU_SECONDS
from storage.documents.usage import UsageEntry

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


def usage_entry(stage: str, step: str, usage: "Usage") -> UsageEntry:
    """What a stored step took, as the ledger has it."""
    return UsageEntry(stage=stage, step=step, model=usage.model[:200], seconds=usage.seconds, gpus=usage.gpus,
                      tokens=usage.tokens, steps=usage.steps)  # fmt: skip
