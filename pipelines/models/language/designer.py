"""The language model's port over a text generator: ask, read the answer, hold it against the prompt."""

from collections.abc import Sequence

import structlog

from pipelines.brief import DesignBrief
from pipelines.models.base import Understanding, Usage, Work
from pipelines.models.designer.colours import to_hex
from pipelines.models.designer.engine import RuleBasedDesigner
from pipelines.models.designer.opinion import Opinion
from pipelines.models.generation import TextGenerator
from pipelines.models.language.answer import Answer, Unusable, parse_answer
from pipelines.models.language.grounding import ground
from pipelines.models.language.locating import Locator
from pipelines.models.language.picture_words import picture_words
from pipelines.models.language.prompting import Fault, request_for
from pipelines.topics import find_topics
from storage.documents.task import TaskParams
from storage.errors import ModelUnavailable, PromptTooLong

PHASE = "parsing_intent"
ROUNDS = 2
log = structlog.get_logger()


class LlmDesigner:
    """Implements the language model's port; ``fallback``: whether the rules take over where the model is of no use."""

    def __init__(self, generator: TextGenerator, rules: RuleBasedDesigner, *, fallback: bool) -> None:
        self._generator, self._rules, self._fallback = generator, rules, fallback

    @property
    def name(self) -> str:
        """Family and model, as a poster's metadata names it."""
        return self._generator.name

    def understand(self, params: TaskParams, work: Work, seen: Sequence[str] = ()) -> Understanding:
        """See ``pipelines.models.base.LanguageModel``.

        Without fallback raises ModelUnavailable (also for a model whose answers cannot be read) and PromptTooLong.
        """
        by_rules = self._rules.brief(params)  # raises where nothing can be printed: nobody need be asked then
        tokens, seconds, gpus = 0, 0.0, 0.0
        try:
            fault: Fault | None = None
            for _ in range(ROUNDS):
                written = self._generator.generate(request_for(params, seen, fault), work.check)
                tokens += written.prompt_tokens + written.completion_tokens
                seconds, gpus = seconds + written.seconds, written.gpus
                try:
                    answer = parse_answer(written.text, finished=written.finished)
                except Unusable as unusable:
                    fault = Fault(written.text, str(unusable))
                    log.warning("answer not usable", model=self.name, why=fault.why)
                else:
                    usage = Usage(model=self.name, tokens=tokens, seconds=seconds, gpus=gpus)
                    return Understanding(brief=self._brief(answer, params), usage=usage)
            raise ModelUnavailable(
                f"The answers of {self.name} cannot be used ({fault.why if fault else ''}); use another model.",
                why="the language model's answers were not usable",
            )  # fmt: skip
        except (ModelUnavailable, PromptTooLong) as error:
            if not self._fallback:
                raise
            log.warning("the rules take over", model=self.name, error=error.message)
            told = [f"{PHASE}: {_why(error)}"]
            usage = Usage(model=self._rules.name, tokens=tokens, seconds=seconds, gpus=gpus, fallbacks=told)
            return Understanding(brief=by_rules, usage=usage)

    def _brief(self, answer: Answer, params: TaskParams) -> DesignBrief:
        draft = ground(answer, self._rules.reading(params))
        opinion = Opinion(answer.purpose, answer.style, answer.mood, tuple(find_topics(", ".join(answer.topics))))
        brief = self._rules.brief_of(draft, params, opinion)
        locator, anywhere = Locator(draft.source), bytearray(len(draft.source.raw))
        named = [colour.hex for colour in answer.colours if locator.find(colour.word, anywhere)]
        return brief.model_copy(
            update={
                "colors": brief.colors or list(dict.fromkeys(map(to_hex, named))),
                "image_prompt": picture_words(answer.image_prompt, params.prompt),
            }
        )


def _why(error: ModelUnavailable | PromptTooLong) -> str:
    """One short clause."""
    if isinstance(error, PromptTooLong):
        return "the prompt does not fit the language model"
    return str(error.details.get("why") or "the language model gives no answer")
