"""What a model's answer took is counted, also where another took its place."""

import pytest

from pipelines.models.base import Understanding, Work
from pipelines.models.designer.engine import RuleBasedDesigner
from pipelines.models.generation import GeneratedText, TextRequest
from pipelines.models.language.designer import LlmDesigner
from serve_apps.watched_models import WatchedLanguageModel
from storage.documents.task import TaskParams
from storage.errors import ModelUnavailable
from tests.observability.conftest import Told

PARAMS = TaskParams(prompt="社区读书会 11月28日 14:00 城市书房")


class Away:
    """A model that answers nothing a brief could be made of, and then not at all."""

    name = "vllm/away"
    asked = 0

    def generate(self, _request: TextRequest, _check: object = None) -> GeneratedText:
        self.asked += 1
        if self.asked > 1:
            raise ModelUnavailable("The language model gives no answer.", part="language_model", why="it is away")
        return GeneratedText("no brief", self.name, 30, 12)


def understand(fallback: bool) -> Understanding:
    model = WatchedLanguageModel(LlmDesigner(Away(), RuleBasedDesigner(), fallback=fallback))
    assert model.name == "vllm/away"
    return model.understand(PARAMS, Work("task_1", lambda: None))


def test_a_fallback_is_counted_by_its_stage_and_tokens_by_their_model(told: Told) -> None:
    answer = understand(fallback=True)
    (fallback,) = answer.usage.fallbacks
    assert told.sums["fallbacks", fallback.partition(":")[0]] == 1
    assert told.sums["tokens", "vllm/away"] == answer.usage.tokens == 42


def test_a_model_without_a_stand_in_counts_no_fallback(told: Told) -> None:
    with pytest.raises(ModelUnavailable):
        understand(fallback=False)
    assert not [name for name, _ in told.sums if name == "fallbacks"]
