"""Calls to model deployments: a deadline, a breaker, patience with full queues and lost replicas, and a way out.

What is asked must be safe to ask twice: a call whose replica dies is made again.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from functools import cache
from typing import Any

import structlog
from ray.exceptions import RayActorError, RayTaskError, TaskCancelledError
from ray.serve.exceptions import BackPressureError, RayServeException
from ray.serve.handle import DeploymentResponse, DeploymentResponseGenerator

from serve_apps.cold_starts import CallStart
from serve_apps.metrics import BREAKER_OPEN, MODEL_RETRIES
from serve_apps.model_calls import CallWatch
from serve_apps.model_starts import ModelStarts
from storage.breaker import Breaker
from storage.errors import DesignAgentError, ModelUnavailable

POLL_SECONDS = 0.5
PAUSE_SECONDS = 10.0
"""How long a model that gave no answer is not asked again, but by one caller."""
_FIRST_WAIT, _LONGEST_WAIT = 0.25, 4.0
Response = DeploymentResponse[Any] | DeploymentResponseGenerator[Any]
log = structlog.get_logger()


class ModelCalls:
    """Calls of one process to one deployment.

    ``patient``: there is nothing to fall back on, so a call waits for a model that is known to be away.
    ``starts``: where a task that waits hears how far the model's start is.
    """

    def __init__(self, model: str, seconds: float, *, patient: bool, starts: ModelStarts | None = None) -> None:
        self._model, self._seconds, self._patient, self._starts = model, seconds, patient, starts
        self._breaker = Breaker(PAUSE_SECONDS)
        self._tag = model.replace(" ", "_")

    def call(
        self, ask: Callable[[], Response], check: Callable[[], None] = lambda: None,
        tell: Callable[[Any], None] = lambda _item: None,
    ) -> Any:  # fmt: skip
        """The answer; of a stream the last item, each item being told. Not to be called in an event loop.

        ``check`` is asked while waiting; what it or ``tell`` raises cancels the call and goes through.
        Raises ModelUnavailable when there is none in time, and what the model itself raises of our own errors.
        """
        deadline = time.monotonic() + self._seconds
        start = CallStart(self._starts, self._tag)

        def waits() -> None:
            check()
            start.waits()

        def hears(item: Any) -> None:
            start.answered()
            tell(item)

        with CallWatch(self._tag) as watch:
            self._admit(deadline, waits)
            answer = self._asked(ask, deadline, waits, hears, watch)
            start.answered()
            return answer

    def _asked(
        self, ask: Callable[[], Response], deadline: float, check: Callable[[], None], tell: Callable[[Any], None],
        watch: CallWatch,
    ) -> Any:  # fmt: skip
        wait = _FIRST_WAIT
        while True:
            try:
                with watch.attempt():
                    answer = self._answer(ask(), deadline, check, tell)
                    watch.answered(answer)
            except BackPressureError:
                trouble, reason = "its queue is full", "queue_full"
            except (RayActorError, RayServeException, TaskCancelledError) as error:
                trouble, reason = "its replica was lost", "replica_lost"
                log.warning("model call lost", model=self._model, error=str(error)[:300])
            except RayTaskError as error:
                raise self._failure_of(error) from None
            else:
                self._there()
                return answer
            if time.monotonic() + wait >= deadline:
                raise self._away(trouble)
            self._sleep(wait, check)
            MODEL_RETRIES.inc(1, {"model": self._tag, "reason": reason})
            wait = min(2 * wait, _LONGEST_WAIT)

    def _admit(self, deadline: float, check: Callable[[], None]) -> None:
        """Return once this call may try."""
        while True:
            try:
                self._breaker.check()
            except ModelUnavailable:
                if not self._patient or time.monotonic() >= deadline:
                    raise
                self._sleep(POLL_SECONDS, check)
            else:
                return

    def _answer(
        self, response: Response, deadline: float, check: Callable[[], None], tell: Callable[[Any], None]
    ) -> Any:
        try:
            if isinstance(response, DeploymentResponse):
                return self._poll(lambda seconds: response.result(timeout_s=seconds), deadline, check)
            answer = None
            while (item := self._poll(_in_loop(_next(response)).result, deadline, check)) is not _END:
                answer = item
                tell(item)
        except BaseException:
            response.cancel()  # type: ignore[no-untyped-call]
            raise
        return answer

    def _poll(self, result: Callable[[float], Any], deadline: float, check: Callable[[], None]) -> Any:
        while True:
            try:
                return result(min(POLL_SECONDS, max(deadline - time.monotonic(), 0.01)))
            except TimeoutError:
                check()
            if time.monotonic() >= deadline:
                raise self._away(f"no answer in {self._seconds:g} s")

    def _sleep(self, seconds: float, check: Callable[[], None]) -> None:
        time.sleep(seconds)
        check()

    def _failure_of(self, error: RayTaskError) -> DesignAgentError:
        """What a replica raised: our own errors as they are, anything else as a model that is broken."""
        if isinstance(error.cause, DesignAgentError):
            self._there()
            return error.cause
        log.error("model failed", model=self._model, error=str(error)[-2000:])
        return self._away(f"it failed with {type(error.cause).__name__}")

    def _away(self, trouble: str) -> ModelUnavailable:
        failure = ModelUnavailable(
            f"The {self._model} gives no answer ({trouble}). Look at /readyz and at the Ray dashboard.",
            part=self._tag, why=trouble,
        )  # fmt: skip
        self._breaker.failed(failure)
        BREAKER_OPEN.set(1, {"model": self._tag})
        return failure

    def _there(self) -> None:
        self._breaker.answered()
        BREAKER_OPEN.set(0, {"model": self._tag})


_END = object()


async def _next(stream: DeploymentResponseGenerator[Any]) -> Any:
    try:
        return await stream.__anext__()
    except StopAsyncIteration:
        return _END


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """One loop of this process for streams: their blocking iterators know no timeout."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="model-streams", daemon=True).start()
    return loop


def _in_loop(work: Coroutine[Any, Any, Any]) -> Future[Any]:
    return asyncio.run_coroutine_threadsafe(work, _loop())
