"""Any OpenAI-compatible endpoint, over a real socket."""

import json
import time
from collections import deque
from collections.abc import Iterator

import pytest

from pipelines.models.designer.engine import RuleBasedDesigner
from pipelines.models.language.designer import LlmDesigner
from serve_apps.openai_endpoint import OpenAiEndpoint
from storage.documents.task import TaskParams
from storage.errors import ModelUnavailable, PromptTooLong, TaskCancelled
from tests.language.completions import Completions
from tests.language.contract import SCHEMA, TextGeneratorContract, chat
from tests.language.scripted import NOBODY_ELSE
from tests.serving import free_port, served

KEY = "sk-of-the-test"


@pytest.fixture(scope="module")
def at() -> Iterator[tuple[Completions, str]]:
    completions = Completions(key=KEY)
    with served(completions.app()) as url:
        yield completions, f"{url}/v1"


@pytest.fixture
def completions(at: tuple[Completions, str]) -> Iterator[Completions]:
    known = at[0]
    known.asked.clear()
    yield known
    known.refusals, known.content = deque(), None


@pytest.fixture
def generator(at: tuple[Completions, str], completions: Completions) -> OpenAiEndpoint:
    return OpenAiEndpoint(at[1], KEY, "ten-words", 120, patient=False)


class TestContract(TextGeneratorContract):
    """Over a real socket."""


def test_what_is_sent_is_the_plain_protocol(generator: OpenAiEndpoint, completions: Completions):
    generator.generate(chat("Name a tree.", schema=SCHEMA, max_tokens=9, seed=4))
    assert completions.asked == [{
        "model": "ten-words", "messages": [{"role": "user", "content": "Name a tree."}], "max_tokens": 9,
        "temperature": 0.0, "seed": 4,
        "response_format": {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": SCHEMA}},
    }]  # fmt: skip


def test_lengths_of_strings_are_not_sent(generator: OpenAiEndpoint, completions: Completions):
    bounded = {"type": "object", "properties": {"a": {"type": "string", "maxLength": 4, "minLength": 1}}}
    generator.generate(chat("a", schema=bounded, max_tokens=9))
    sent = completions.asked[0]["response_format"]["json_schema"]["schema"]
    assert sent == {"type": "object", "properties": {"a": {"type": "string"}}}


def test_an_endpoint_is_spoken_to_in_its_own_dialect_from_then_on(generator: OpenAiEndpoint, completions: Completions):
    completions.refusals = deque([
        (400, "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead."),
        (400, "Unsupported value: 'temperature' does not support 0."), (422, "json_schema is not supported"),
        (400, "response_format is unknown"), (400, "seed: Extra inputs are not permitted"),
    ])  # fmt: skip
    assert generator.generate(chat("Name a tree.", schema=SCHEMA, max_tokens=9)).completion_tokens == 9
    assert len(completions.asked) == 6
    assert completions.asked[3]["response_format"] == {"type": "json_object"}
    last = {"model": "ten-words", "messages": [{"role": "user", "content": "Name a tree."}], "max_completion_tokens": 9}
    assert completions.asked[-1] == last
    generator.generate(chat("Name a tree.", schema=SCHEMA, max_tokens=9))
    assert completions.asked[6:] == [last]


def test_a_refusal_that_names_nothing_is_told_to_operators_only(generator: OpenAiEndpoint, completions: Completions):
    completions.refusals = deque([(400, "messages: must alternate")])
    with pytest.raises(ModelUnavailable, match=r"http://.*400: .*must alternate") as away:
        generator.generate(chat("Name a tree."))
    assert away.value.told.endswith("gives no answer: it answers 400.")
    assert away.value.details["why"] == "it answers 400"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_endpoint_is_asked_again(generator: OpenAiEndpoint, completions: Completions, status: int):
    completions.refusals = deque([(status, "busy")])
    assert generator.generate(chat("Name a tree.", max_tokens=1)).text == "red"
    assert len(completions.asked) == 2


def test_a_wrong_key_is_told_and_not_tried_again(at: tuple[Completions, str], completions: Completions):
    stranger = OpenAiEndpoint(at[1], "another", "ten-words", 120, patient=False)
    with pytest.raises(ModelUnavailable, match="refuses the key; set DESIGN_AGENT_OPENAI_KEY"):
        stranger.generate(chat("Name a tree."))
    assert len(completions.asked) == 1


def test_a_wrong_path_is_told(at: tuple[Completions, str]):
    with pytest.raises(ModelUnavailable, match="DESIGN_AGENT_OPENAI_URL"):
        OpenAiEndpoint(at[1] + "/v2", KEY, "ten-words", 120, patient=False).generate(chat("Name a tree."))


def test_an_endpoint_that_is_away_is_asked_until_the_deadline_and_then_left_alone():
    away = OpenAiEndpoint(f"http://127.0.0.1:{free_port()}/v1", None, "ten-words", 2, patient=False)
    started = time.monotonic()
    with pytest.raises(ModelUnavailable) as first:
        away.generate(chat("Name a tree."))
    assert 0.4 < time.monotonic() - started < 60
    assert first.value.details["part"] == "language_model"

    def waited() -> float:
        started = time.monotonic()
        with pytest.raises(ModelUnavailable):
            away.generate(chat("Name a tree."))
        return time.monotonic() - started

    # A busy machine may hold up one of them.
    assert min(waited() for _ in range(3)) < 0.4


def test_who_has_nothing_else_tries_again_each_time(completions: Completions):
    port = free_port()
    patient = OpenAiEndpoint(f"http://127.0.0.1:{port}/v1", None, "ten-words", 1, patient=True)
    for _ in range(2):
        started = time.monotonic()
        with pytest.raises(ModelUnavailable):
            patient.generate(chat("Name a tree."))
        assert time.monotonic() - started > 0.4


def test_an_answer_that_comes_too_late_is_none(at: tuple[Completions, str], completions: Completions):
    hurried = OpenAiEndpoint(at[1], KEY, "ten-words", 0.5, patient=False)
    with pytest.raises(ModelUnavailable, match=r"no answer in 0\.5 s"):
        hurried.generate(chat("A long story.", max_tokens=2000))


def test_who_cancels_frees_the_endpoint(generator: OpenAiEndpoint, completions: Completions):
    def check() -> None:
        if completions.asked:
            raise TaskCancelled("The task was cancelled.")

    with pytest.raises(TaskCancelled):
        generator.generate(chat("Not wanted any more.", max_tokens=2000), check)
    deadline = time.monotonic() + 60
    while "Not wanted any more." not in completions.left and time.monotonic() < deadline:
        generator.generate(chat("Name a tree.", max_tokens=1))
    assert "Not wanted any more." in completions.left


@pytest.mark.parametrize("content", [["a list"], {"type": "text"}, 7])
def test_an_answer_that_is_no_text_is_told(generator: OpenAiEndpoint, completions: Completions, content: object):
    completions.content = content
    with pytest.raises(ModelUnavailable, match="not a chat completion"):
        generator.generate(chat("Name a tree.", max_tokens=1))


def test_a_long_prompt_says_nothing_of_the_endpoints_health(generator: OpenAiEndpoint):
    for _ in range(2):
        with pytest.raises(PromptTooLong):
            generator.generate(chat("word " * 20_000))
    assert generator.generate(chat("Name a tree.", max_tokens=1)).text == "red"


def test_the_designer_works_over_it(generator: OpenAiEndpoint, completions: Completions):
    answer = {
        "purpose": "event",
        "texts": [{"role": "title", "text": "山谷之声"}, {"role": "fact", "text": "13800138000"}],
    }
    completions.content = f"Here you are:\n{json.dumps(answer)}"
    params = TaskParams(prompt="山谷之声民谣夜的海报，周六20:00，山谷书店")
    understood = LlmDesigner(generator, RuleBasedDesigner(), fallback=False).understand(params, NOBODY_ELSE)
    assert understood.brief.title == "山谷之声"
    assert "13800138000" not in understood.brief.texts()
    assert understood.usage.model == "openai/ten-words"
    assert understood.usage.tokens > 0
