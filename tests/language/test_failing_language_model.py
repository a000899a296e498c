"""The language model's deployment, whose calls fail: its health check says so. In this process, without vLLM."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from configs.settings import get_settings
from pipelines.models.generation import GeneratedText, TextRequest
from pipelines.models.language.vllm_engine import TextDelta
from serve_apps import language_model
from serve_apps.language_model import LanguageModel
from storage.errors import ModelUnavailable, PromptTooLong
from tests.language.contract import chat

FAILURES = 2
REQUEST = chat("Say yes.")
STOPPED = ModelUnavailable("The language model's engine has stopped.")
Ask = Callable[[LanguageModel], Awaitable[None]]


class Engine:
    """Stands in for vLLM's, which is in an environment of its own. Raises ``trouble`` in the middle of an answer."""

    name = "scripted/model"
    trouble: Exception | None = None

    def __init__(self, *_given: Any, **_options: Any) -> None: ...

    async def warm_up(self) -> None: ...

    async def check_health(self) -> None: ...

    def close(self) -> None: ...

    async def generate(self, request: TextRequest) -> GeneratedText:
        last = [delta async for delta in self.stream(request)][-1]
        return GeneratedText(last.text, self.name, last.prompt_tokens, last.completion_tokens)

    async def stream(self, _request: TextRequest) -> AsyncIterator[TextDelta]:
        yield TextDelta("y", 1, 1)
        if self.trouble is not None:
            raise self.trouble
        yield TextDelta("es", 1, 2, "stop")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[type[Engine]]:
    loggers: Any = ModuleType("vllm.v1.metrics.ray_wrappers")
    loggers.RayPrometheusStatLogger = object
    for package in ("vllm", "vllm.v1", "vllm.v1.metrics"):
        monkeypatch.setitem(sys.modules, package, ModuleType(package))
    monkeypatch.setitem(sys.modules, loggers.__name__, loggers)
    monkeypatch.setattr(language_model, "VllmEngine", Engine)
    monkeypatch.setattr(Engine, "trouble", None)
    monkeypatch.setenv("DESIGN_AGENT_DATA", str(tmp_path))
    monkeypatch.setenv("DESIGN_AGENT_REPLICA_FAILURES", str(FAILURES))
    get_settings.cache_clear()
    yield Engine
    get_settings.cache_clear()


async def generate(model: LanguageModel) -> None:
    assert (await model.generate(REQUEST)).text == "es"


async def stream(model: LanguageModel) -> None:
    assert [delta.text async for delta in model.stream(REQUEST)] == ["y", "es"]


@pytest.mark.parametrize("ask", [generate, stream])
def test_failures_in_a_row_make_it_unhealthy(engine: type[Engine], ask: Ask) -> None:
    async def fail(model: LanguageModel, trouble: Exception, times: int) -> None:
        engine.trouble = trouble
        for _ in range(times):
            with pytest.raises(type(trouble)):
                await ask(model)
        engine.trouble = None

    async def calls() -> None:
        model = LanguageModel.__new__(LanguageModel)
        await LanguageModel.__init__(model)
        for _ in range(FAILURES):
            await fail(model, STOPPED, FAILURES - 1)
            await ask(model)
        await fail(model, STOPPED, FAILURES - 1)
        await fail(model, PromptTooLong("It does not fit."), FAILURES)
        await model.check_health()
        await fail(model, STOPPED, 1)
        with pytest.raises(RuntimeError, match=f"{FAILURES} calls in a row failed"):
            await model.check_health()

    asyncio.run(calls())
