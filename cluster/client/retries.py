"""Which failures are worth a repetition, and how long to wait before it."""

from collections.abc import Callable
from typing import Any, TypedDict

import httpx
from tenacity import RetryCallState, retry_if_exception, stop_after_attempt, wait_exponential_jitter
from tenacity.retry import retry_base
from tenacity.stop import stop_base

from cluster.client.calls import Call
from cluster.client.errors import AnswerError, ConnectionFailed, TooManyRequests, Unavailable

LONGEST_WAIT = 5.0
# An answer that asks for more patience than this goes to the caller.
LONGEST_RETRY_AFTER = 30.0
# A service that is being replaced is back within so many attempts.
_STREAM_ATTEMPTS = 20
_backoff = wait_exponential_jitter(multiplier=0.1, max=LONGEST_WAIT, jitter=0.1)


class NeverSent(ConnectionFailed):
    """No connection could be made, so nothing was done: any request may be sent again."""


class Policy(TypedDict):
    """Arguments of tenacity's ``Retrying`` and ``AsyncRetrying``."""

    stop: stop_base
    wait: Callable[[RetryCallState], float]
    retry: retry_base
    reraise: bool


def policy(attempts: int, *, repeatable: bool, also_again: frozenset[int] = frozenset()) -> Policy:
    """How often, how soon and after which errors a request is sent again."""

    def again(error: BaseException) -> bool:
        return may_repeat(error, repeatable, also_again)

    return Policy(stop=stop_after_attempt(attempts), wait=_wait, retry=retry_if_exception(again), reraise=True)


def policy_of(call: Call[Any], attempts: int) -> Policy:
    """The policy of a call."""
    return policy(attempts, repeatable=call.repeatable, also_again=call.also_again)


def may_repeat(error: BaseException, repeatable: bool, also_again: frozenset[int] = frozenset()) -> bool:
    """Whether sending it again is safe and may help."""
    if isinstance(error, AnswerError):
        if (error.retry_after or 0) > LONGEST_RETRY_AFTER:
            return False
        if isinstance(error, TooManyRequests):
            return True  # refused before anything was done
        return repeatable and (isinstance(error, Unavailable) or error.status in also_again)
    return isinstance(error, NeverSent) or (repeatable and isinstance(error, ConnectionFailed))


def connection_error(error: httpx.RequestError, url: httpx.URL) -> ConnectionFailed:
    """What went wrong on the way; never with the request's headers."""
    kind = NeverSent if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)) else ConnectionFailed
    reason = str(error) or type(error).__name__
    return kind(f"The service at {url.scheme}://{url.netloc.decode()} does not answer: {reason}.")


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, AnswerError) else None
    return max(_backoff(state), asked or 0)


STREAM_POLICY = policy(_STREAM_ATTEMPTS, repeatable=True)
