"""The asyncio client behind blocking methods, so that one suite tests both clients."""

import asyncio
import inspect
from collections.abc import AsyncGenerator, Iterator
from typing import Any

from cluster.client import AsyncClient


class Driven:
    """Each method runs to its end on a loop of its own."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._runner = asyncio.Runner()
        self._client = AsyncClient(*arguments, **options)

    def __enter__(self) -> "Driven":
        return self

    def __exit__(self, *_: object) -> None:
        self._runner.run(self._client.close())
        self._runner.close()

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)

        def call(*arguments: Any, **options: Any) -> Any:
            result = method(*arguments, **options)
            return self._iterate(result) if inspect.isasyncgen(result) else self._runner.run(result)

        return call

    def _iterate(self, messages: AsyncGenerator[Any, None]) -> Iterator[Any]:
        async def following() -> Any:
            return await anext(messages)

        while True:
            try:
                message = self._runner.run(following())
            except StopAsyncIteration:
                return
            yield message
