"""vLLM as a text generator: one engine, many chats at once, answers that obey a JSON schema.

Continuous batching, the paged key-value cache and grammar-bound sampling are vLLM's own (``AsyncLLM``); here is what
the product asks of it: a limit that is told before any work, counts, abort, health, warm-up.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from uuid import uuid4

from pipelines.models.generation import GeneratedText, TextRequest
from storage.errors import ModelUnavailable, PromptTooLong

_MEMORY_SHARE = 0.9
_PROBE = TextRequest(messages=({"role": "user", "content": "Say yes."},), max_tokens=1)
_WARM_UP_SCHEMA = {
    "type": "object",
    "properties": {"ready": {"type": "boolean"}},
    "required": ["ready"],
    "additionalProperties": False,
}


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of an answer and the counts so far. ``ended``: "stop" or "length" on the last piece, else empty.

    ``seconds``: the engine's so far, each divided by the chats that ran then.
    """

    text: str
    prompt_tokens: int
    completion_tokens: int
    ended: str = ""
    seconds: float = 0.0


class VllmEngine:
    """One vLLM engine, whose work runs in a process of its own; all methods belong to one event loop.

    ``model``: a folder (then nothing is looked up elsewhere) or a hub name. ``context``: tokens of prompt and answer
    together. ``gpus``: how many to work on; the model is spread over several, and less than one means that share of its
    memory. ``cache_bytes``: size of the key-value cache; None leaves it to vLLM's share of the GPU's memory.
    ``sequences``: chats in one batch, at most. ``eager``: no graph capture, which takes minutes on a CPU.
    ``stat_loggers``: factories as vLLM's own are, each told of every step.
    Loading blocks: half a minute for a small model on a CPU.
    """

    def __init__(
        self, model: str, *, gpus: float = 0, context: int = 8192, sequences: int = 64, cache_bytes: int | None = None,
        eager: bool = False, stalled_seconds: float = 60, stat_loggers: Sequence[Any] = (),
    ) -> None:  # fmt: skip
        os.environ.setdefault("VLLM_NO_USAGE_STATS", "1")  # vLLM reports its usage to its makers otherwise
        os.environ.setdefault("VLLM_LOGGING_LEVEL", "WARNING")
        from vllm import AsyncEngineArgs
        from vllm.config import StructuredOutputsConfig
        from vllm.v1.engine.async_llm import AsyncLLM

        self.context, self._gpus = context, gpus
        self._name = f"vllm/{PurePath(model).name}"
        self._stalled_seconds = stalled_seconds
        self._running: dict[str, float] = {}  # when each running chat last got a token
        self._engine = AsyncLLM.from_engine_args(
            AsyncEngineArgs(
                model=model, max_model_len=context, max_num_seqs=sequences, kv_cache_memory_bytes=cache_bytes,
                enforce_eager=eager, disable_log_stats=True, tensor_parallel_size=max(1, int(gpus)),
                distributed_executor_backend="mp" if gpus > 1 else None,
                gpu_memory_utilization=_MEMORY_SHARE * (gpus if 0 < gpus < 1 else 1),
                # White space may repeat without end in JSON, and small models do repeat it.
                structured_outputs_config=StructuredOutputsConfig(backend="xgrammar", disable_any_whitespace=True),
            ),
            stat_loggers=list(stat_loggers),
        )  # fmt: skip
        self._tokenizer = self._engine.get_tokenizer()

    @property
    def name(self) -> str:
        """Family and model: ``vllm/SmolLM2-135M-Instruct``."""
        return self._name

    async def generate(self, request: TextRequest) -> GeneratedText:
        """The whole answer. Raises as ``stream`` does."""
        last, pieces = TextDelta("", 0, 0), []
        async for last in self.stream(request):
            pieces.append(last.text)
        return GeneratedText(
            text="".join(pieces), model=self.name, prompt_tokens=last.prompt_tokens,
            completion_tokens=last.completion_tokens, finished=last.ended == "stop", seconds=last.seconds,
            gpus=self._gpus,
        )  # fmt: skip

    async def stream(self, request: TextRequest) -> AsyncIterator[TextDelta]:
        """The answer as it grows. Closing the iterator, or cancelling its task, frees its place in the batch.

        Raises PromptTooLong when chat and answer exceed the context, ModelUnavailable when the engine is dead.
        """
        from vllm.exceptions import VLLMServerError
        from vllm.inputs.engine import tokens_input

        tokens = await asyncio.to_thread(self._tokens, request)
        self._check_length(len(tokens), request.max_tokens)
        name = uuid4().hex
        self._running[name] = began = time.monotonic()
        outputs = self._engine.generate(tokens_input(tokens), _sampling(request), name)
        try:
            count, seconds = 0, 0.0
            async for output in outputs:
                self._running[name] = now = time.monotonic()
                seconds, began = seconds + (now - began) / len(self._running), now
                answer = output.outputs[0]
                count += len(answer.token_ids)
                yield TextDelta(answer.text, len(tokens), count, answer.finish_reason or "", seconds)
        except VLLMServerError as error:
            raise ModelUnavailable(
                "The language model's engine has stopped; its deployment starts it again.", model=self.name
            ) from error
        finally:
            del self._running[name]
            await outputs.aclose()  # aborts what has not ended

    def _tokens(self, request: TextRequest) -> list[int]:
        chat = self._tokenizer.apply_chat_template(list(request.messages), tokenize=False, add_generation_prompt=True)
        tokens: list[int] = self._tokenizer.encode(chat, add_special_tokens=False)
        return tokens

    def _check_length(self, tokens: int, answer: int) -> None:
        if tokens + answer > self.context:
            raise PromptTooLong(
                f"The prompt takes {tokens} tokens and its answer may take {answer}, but {self.name} holds "
                f"{self.context} together; shorten the prompt.",
                prompt_tokens=tokens, max_tokens=answer, context=self.context,
            )  # fmt: skip

    async def check_health(self) -> None:
        """Makes one token where the engine is idle; where it works, looks whether tokens still come.

        Raises ModelUnavailable when it is dead, or gave no token for ``stalled_seconds``.
        """
        if self._running:
            silent = time.monotonic() - max(self._running.values())
            if silent > self._stalled_seconds:
                raise self._stalled()
            return
        try:
            async with asyncio.timeout(self._stalled_seconds):
                await self.generate(_PROBE)
        except TimeoutError as error:
            raise self._stalled() from error

    def _stalled(self) -> ModelUnavailable:
        return ModelUnavailable(
            f"The language model's engine gave no token for {self._stalled_seconds:.0f} s.", model=self.name
        )

    async def warm_up(self) -> None:
        """Runs each path once (free text, grammar-bound text), so that no caller pays for first times."""
        await self.generate(_PROBE)
        schema = TextRequest(messages=_PROBE.messages, schema=_WARM_UP_SCHEMA, max_tokens=16)
        await self.generate(schema)

    def close(self) -> None:
        """Ends the engine's process; the object is of no use afterwards."""
        self._engine.shutdown()
        del self._engine


def _sampling(request: TextRequest) -> Any:
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

    bound = StructuredOutputsParams(json=request.schema) if request.schema else None
    return SamplingParams(
        temperature=request.temperature, seed=request.seed, max_tokens=request.max_tokens, structured_outputs=bound,
        output_kind=RequestOutputKind.DELTA,
    )  # fmt: skip
