"""A text generator that says what a test tells it to."""

import json
from collections.abc import Callable
from typing import Any

from pipelines.models.base import Understanding, Work
from pipelines.models.designer.engine import RuleBasedDesigner
from pipelines.models.generation import GeneratedText, TextRequest
from pipelines.models.language.designer import LlmDesigner
from storage.documents.task import TaskParams

NOBODY_ELSE = Work("task_000000000001", lambda: None)


class Scripted:
    """Says each of ``answers`` in turn: a text, an answer as a dict, or an error to raise."""

    name = "scripted/model"

    def __init__(self, *answers: str | dict[str, Any] | Exception, finished: bool = True) -> None:
        self._answers, self._finished = list(answers), finished
        self.asked: list[TextRequest] = []

    def generate(self, request: TextRequest, check: Callable[[], None] = lambda: None) -> GeneratedText:
        check()
        self.asked.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
        return GeneratedText(text, self.name, 100, 10, self._finished, 0.5, 1)


def understood(prompt: str | TaskParams, *answers: Any, fallback: bool = False) -> Understanding:
    params = TaskParams(prompt=prompt) if isinstance(prompt, str) else prompt
    return LlmDesigner(Scripted(*answers), RuleBasedDesigner(), fallback=fallback).understand(params, NOBODY_ELSE)


def says(*texts: dict[str, str], **more: Any) -> dict[str, Any]:
    """An answer with these texts; ``more`` are its other fields."""
    whole = [{"role": "fact", "kind": "other", "label": ""} | text for text in texts]
    return {"purpose": "other", "texts": whole or [{"role": "title", "text": "-"}]} | more
