"""A text generator over any OpenAI-compatible ``/chat/completions``: a company's own, or a provider's."""

import asyncio
import json
import time
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import httpx
import structlog

from pipelines.models.generation import GeneratedText, TextRequest
from serve_apps.endpoint_dialect import Dialect
from storage.breaker import Breaker
from storage.errors import ModelUnavailable, PromptTooLong

POLL_SECONDS = 0.25
PAUSE_SECONDS = 10.0
"""How long an endpoint that gave no answer is not asked again, but by one caller."""
_CONNECT_SECONDS = 5.0
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 8.0
_BUSY = frozenset({408, 409, 429, 500, 502, 503, 504, 529})
_REFUSED = frozenset({400, 413, 422})
_TOO_LONG = (
    "context length",
    "context_length",
    "maximum context",
    "too many tokens",
    "max_model_len",
    "too long",
    "too large",
)
_HINTS = {
    401: "it refuses the key; set DESIGN_AGENT_OPENAI_KEY",
    403: "it refuses the key; set DESIGN_AGENT_OPENAI_KEY",
    404: "it knows no such model or path; set DESIGN_AGENT_OPENAI_MODEL and DESIGN_AGENT_OPENAI_URL",
}
ResultT = TypeVar("ResultT")
log = structlog.get_logger()


class _Busy(Exception):
    """No answer now; another try may get one, after ``wait`` seconds if the endpoint said so."""

    def __init__(self, why: str, wait: float | None = None) -> None:
        super().__init__(why)
        self.wait = wait


class OpenAiEndpoint:
    """Calls block and may come from many threads. ``seconds``: how long an answer may take, all tries together.

    ``patient``: there is nothing to fall back on, so a call waits for an endpoint that is known to be away.
    """

    def __init__(self, url: str, key: str | None, model: str, seconds: float, *, patient: bool) -> None:
        self._url, self._model, self._seconds, self._patient = f"{url}/chat/completions", model, seconds, patient
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._timeout = httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS))
        self._dialect = Dialect()
        self._breaker = Breaker(PAUSE_SECONDS)

    @property
    def name(self) -> str:
        """Family and model: ``openai/gpt-4o-mini``."""
        return f"openai/{self._model}"

    def generate(self, request: TextRequest, check: Callable[[], None] = lambda: None) -> GeneratedText:
        """See ``pipelines.models.generation.TextGenerator``."""
        return asyncio.run(_checked(self._answer(request), check))

    async def _answer(self, request: TextRequest) -> GeneratedText:
        deadline = time.monotonic() + self._seconds
        await self._admit(deadline)
        wait, trouble = _FIRST_WAIT, "no answer"
        async with httpx.AsyncClient(headers=self._headers, timeout=self._timeout) as client:
            while (left := deadline - time.monotonic()) > 0:
                try:
                    async with asyncio.timeout(left):
                        answer = await self._ask(client, request)
                except TimeoutError:
                    trouble = f"no answer in {self._seconds:g} s"
                    break
                except (_Busy, httpx.TransportError) as error:
                    trouble = str(error) or type(error).__name__
                    pause = getattr(error, "wait", None) or wait
                    wait = min(2 * wait, _LONGEST_WAIT)
                    if time.monotonic() + pause >= deadline:
                        break
                    await asyncio.sleep(pause)
                else:
                    self._breaker.answered()
                    return answer
        raise self._away(trouble)

    async def _admit(self, deadline: float) -> None:
        """Return once this call may try."""
        while True:
            try:
                self._breaker.check()
            except ModelUnavailable:
                if not self._patient or time.monotonic() >= deadline:
                    raise
                await asyncio.sleep(POLL_SECONDS)
            else:
                return

    async def _ask(self, client: httpx.AsyncClient, request: TextRequest) -> GeneratedText:
        while True:
            spoken = self._dialect.version
            answer = await client.post(self._url, json=self._dialect.body(self._model, request))
            if answer.is_success:
                return self._read(answer)
            said = answer.text[:2000]
            if answer.status_code in _BUSY:
                raise _Busy(f"it answers {answer.status_code}", _retry_after(answer))
            if answer.status_code in _REFUSED and _is_too_long(said):
                self._breaker.answered()
                raise PromptTooLong(
                    f"The prompt and its answer do not fit {self.name}; shorten the prompt.",
                    max_tokens=request.max_tokens,
                )
            if answer.status_code in _REFUSED and self._dialect.learn(said, spoken):
                continue
            log.error("endpoint refused", model=self.name, status=answer.status_code, said=said[:300])
            raise self._away(_HINTS.get(answer.status_code, f"it answers {answer.status_code}"), said[:200])

    def _read(self, answer: httpx.Response) -> GeneratedText:
        try:
            found = answer.json()
            choice, usage = found["choices"][0], found.get("usage") or {}
            text = choice["message"].get("content") or ""
            if not isinstance(text, str):
                raise TypeError("its content is no text")
            return GeneratedText(
                text=text, model=self.name, prompt_tokens=int(usage.get("prompt_tokens") or 0),
                completion_tokens=int(usage.get("completion_tokens") or 0),
                finished=choice.get("finish_reason") != "length",
            )  # fmt: skip
        except (json.JSONDecodeError, KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
            raise self._away(f"its answer is not a chat completion: {error!r}") from None

    def _away(self, trouble: str, said: str = "") -> ModelUnavailable:
        # Where it is and what it said are for the log.
        failure = ModelUnavailable(
            f"{self.name} at {self._url} gives no answer: {trouble}{said and f': {said}'}.",
            told=f"{self.name} gives no answer: {trouble}.", part="language_model", why=trouble,
        )  # fmt: skip
        self._breaker.failed(failure)
        return failure


async def _checked(work: Coroutine[Any, Any, ResultT], check: Callable[[], None]) -> ResultT:
    """The work's result; ``check`` is asked while waiting, and what it raises cancels the work."""
    task = asyncio.ensure_future(work)
    try:
        while True:
            done, _ = await asyncio.wait([task], timeout=POLL_SECONDS)
            if done:
                return task.result()
            check()
    finally:
        task.cancel()
        await asyncio.wait([task])


def _is_too_long(said: str) -> bool:
    return any(words in said.lower() for words in _TOO_LONG)


def _retry_after(answer: httpx.Response) -> float | None:
    try:
        return max(0.0, float(answer.headers["retry-after"]))
    except (KeyError, ValueError):
        return None
