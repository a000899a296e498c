"""What every text generator must do; a module with an adapter's ``generator`` fixture derives its tests from this."""

import json
from concurrent.futures import ThreadPoolExecutor
from time import monotonic

import pytest

from pipelines.models.generation import TextGenerator, TextRequest
from storage.errors import PromptTooLong, TaskCancelled

AT_ONCE = 16
SCHEMA = {
    "type": "object",
    "properties": {"colour": {"type": "string", "enum": ["red", "blue"]}, "size": {"type": "integer"}},
    "required": ["colour", "size"],
    "additionalProperties": False,
}


def chat(words: str, **options: object) -> TextRequest:
    return TextRequest(({"role": "user", "content": words},), **options)  # type: ignore[arg-type]


class TextGeneratorContract:
    def test_an_answer_is_signed_and_counted(self, generator: TextGenerator):
        answer = generator.generate(chat("Name a colour.", max_tokens=8))
        assert answer.text
        assert answer.model == generator.name
        assert answer.prompt_tokens > 0
        assert 0 < answer.completion_tokens <= 8

    def test_an_answer_obeys_the_schema(self, generator: TextGenerator):
        answer = generator.generate(chat("A colour and a size, as JSON.", schema=SCHEMA, max_tokens=40))
        assert answer.finished
        found = json.loads(answer.text)
        assert found["colour"] in ("red", "blue")
        assert type(found["size"]) is int

    def test_an_answer_that_was_cut_says_so(self, generator: TextGenerator):
        answer = generator.generate(chat("Write a long story about a lighthouse.", max_tokens=3))
        assert not answer.finished
        assert answer.completion_tokens == 3

    def test_the_same_request_has_the_same_answer(self, generator: TextGenerator):
        request = chat("Name three trees.", max_tokens=12)
        assert generator.generate(request).text == generator.generate(request).text

    def test_a_prompt_that_does_not_fit_is_refused_with_the_numbers(self, generator: TextGenerator):
        with pytest.raises(PromptTooLong, match="shorten the prompt"):
            generator.generate(chat("word " * 20_000))
        assert generator.generate(chat("Name a colour.", max_tokens=1)).text

    def test_a_call_that_is_not_wanted_any_more_ends_at_once(self, generator: TextGenerator):
        asked: list[int] = []

        def check() -> None:
            asked.append(1)
            raise TaskCancelled("The task was cancelled.")

        def waited() -> float:
            started = monotonic()
            with pytest.raises(TaskCancelled):
                generator.generate(chat("Write a long story about a lighthouse.", max_tokens=2000), check)
            return monotonic() - started

        # A busy machine may hold up one of them.
        assert min(waited() for _ in range(3)) < 10
        assert asked == [1, 1, 1]

    def test_many_at_once_are_all_answered(self, generator: TextGenerator):
        requests = [chat(f"Pick colour and size number {n}.", schema=SCHEMA, max_tokens=40) for n in range(AT_ONCE)]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(generator.generate, requests))
        assert all(json.loads(answer.text).keys() == {"colour", "size"} for answer in answers)
