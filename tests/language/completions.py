"""A server of chat completions with a vocabulary of ten words; it keeps what it was asked and can misbehave."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

CONTEXT = 8192
WORDS = ["red", "oak", "elm", "ash", "fir", "yew", "bay", "fig", "box", "may"]
TOKEN_SECONDS = 0.005


@dataclass
class Completions:
    """``refusals``: answered first, one a request: a status with a message, or None for a proper answer."""

    key: str = ""
    refusals: deque[tuple[int, str] | None] = field(default_factory=deque)
    content: Any = None  # said instead of words
    asked: list[dict[str, Any]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)  # requests whose client went away

    def app(self) -> FastAPI:
        app = FastAPI()
        app.post("/v1/chat/completions")(self.complete)
        return app

    async def complete(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body)
        if self.key and request.headers.get("authorization") != f"Bearer {self.key}":
            return _error(401, "Incorrect API key provided")
        if self.refusals and (refusal := self.refusals.popleft()):
            return _error(*refusal)
        prompt = sum(len(message["content"].split()) for message in body["messages"])
        if prompt + body.get("max_tokens", 0) > CONTEXT:
            return _error(400, f"This model's maximum context length is {CONTEXT} tokens, you asked for more.")
        words = self._words(body)
        limit = body.get("max_tokens") or body.get("max_completion_tokens")
        for _ in words[:limit]:
            await asyncio.sleep(TOKEN_SECONDS)
            if await request.is_disconnected():
                self.left.append(body["messages"][-1]["content"])
                return Response()
        return JSONResponse({
            "id": "cmpl-1", "object": "chat.completion", "model": body["model"],
            "choices": [{
                "index": 0, "finish_reason": "length" if len(words) > limit else "stop",
                "message": {"role": "assistant", "content": self.content or " ".join(words[:limit])},
            }],
            "usage": {"prompt_tokens": prompt, "completion_tokens": min(len(words), limit)},
        })  # fmt: skip

    def _words(self, body: dict[str, Any]) -> list[str]:
        wanted = body.get("response_format", {})
        if wanted.get("type") == "json_schema":
            return [json.dumps(_least(wanted["json_schema"]["schema"]))]
        return (WORDS * 300)[:2500]


def _least(schema: dict[str, Any]) -> Any:
    """The least value that obeys a schema of the few kinds the tests use."""
    if "enum" in schema:
        return schema["enum"][0]
    if schema["type"] == "object":
        return {name: _least(part) for name, part in schema["properties"].items()}
    return {"integer": 1, "string": "", "array": []}[schema["type"]]


def _error(status: int, message: str) -> Response:
    return JSONResponse({"error": {"message": message, "type": "invalid_request_error"}}, status)
