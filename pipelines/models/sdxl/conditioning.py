"""Prompts as the UNet takes them: both text encoders' hidden states, the pooled one, and the size ids."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any, Protocol

import torch


@dataclass(frozen=True, slots=True)
class Embedding:
    """``tokens``: 77 x 2048 (the encoders' widths together); ``pooled``: 1280 (the second one's)."""

    tokens: torch.Tensor
    pooled: torch.Tensor

    def zeros(self) -> "Embedding":
        """What SDXL was trained with for "no prompt"."""
        return Embedding(torch.zeros_like(self.tokens), torch.zeros_like(self.pooled))


class Encoder(Protocol):
    """Turns a prompt into an embedding."""

    def __call__(self, prompt: str) -> Embedding:
        """Longer prompts than the encoders take are cut."""


class ClipEncoder:
    """SDXL's two CLIP text models."""

    def __init__(self, tokenizers: list[Any], models: list[Any]) -> None:
        self._pairs = list(zip(tokenizers, models, strict=True))

    @torch.inference_mode()
    def __call__(self, prompt: str) -> Embedding:
        """Penultimate hidden states side by side; pooled is the projection of the second model."""
        hidden, pooled = [], None
        for tokenizer, model in self._pairs:
            ids = tokenizer(
                prompt, padding="max_length", max_length=tokenizer.model_max_length, truncation=True,
                return_tensors="pt",
            ).input_ids  # fmt: skip
            out = model(ids.to(model.device), output_hidden_states=True)
            hidden.append(out.hidden_states[-2][0])
            pooled = out[0][0]
        assert pooled is not None
        return Embedding(torch.cat(hidden, dim=-1), pooled)


class CachedEncoder:
    """Remembers the newest ``size`` prompts; a poster's background and hero share theirs, and so do retries."""

    def __init__(self, encoder: Encoder, size: int = 256) -> None:
        self._encoder, self._size = encoder, size
        self._kept: OrderedDict[str, Embedding] = OrderedDict()

    def __call__(self, prompt: str) -> Embedding:
        """From memory, or encoded now."""
        found = self._kept.get(prompt)
        if found is None:
            found = self._kept[prompt] = self._encoder(prompt)
        self._kept.move_to_end(prompt)
        if len(self._kept) > self._size:
            self._kept.popitem(last=False)
        return found

    def negative(self, prompt: str, positive: Embedding, zeros_for_empty: bool) -> Embedding:
        """The unguided side: SDXL takes zeros where there is no negative prompt, if its configuration says so."""
        return positive.zeros() if not prompt and zeros_for_empty else self(prompt)


def time_ids(width: int, height: int) -> tuple[float, ...]:
    """Original size, crop corner, target size, each (height, width): a picture made at its own size, uncropped."""
    return (float(height), float(width), 0.0, 0.0, float(height), float(width))
