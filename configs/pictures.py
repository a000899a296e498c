"""How lists of LoRAs and of picture sizes are written in a setting."""

import re
from math import isfinite
from typing import Annotated

from pydantic import AfterValidator

_SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})")


def loras(text: str) -> tuple[tuple[str, float], ...]:
    """Files and strengths of "style.safetensors=0.8,light.safetensors=1". Raises ValueError for anything else."""
    found = []
    for entry in _entries(text):
        file, _, strength = entry.rpartition("=")
        try:
            given = float(strength)
        except ValueError:
            given = float("nan")
        if not (file.endswith(".safetensors") and isfinite(given) and given):
            raise ValueError(f"must be like style.safetensors=0.8, several with commas; {entry!r} is not")
        found.append((file, given))
    return tuple(found)


def sizes(text: str) -> tuple[tuple[int, int], ...]:
    """Widths and heights of "1080x1920,1080x1350". Raises ValueError for anything else."""
    found = []
    for entry in _entries(text):
        match = _SIZE.fullmatch(entry)
        if match is None:
            raise ValueError(f"must be like 1080x1920 (width, height), several with commas; {entry!r} is not")
        found.append((int(match[1]), int(match[2])))
    return tuple(found)


def _entries(text: str) -> list[str]:
    return [part for part in (part.strip() for part in text.split(",")) if part]


def _are_loras(text: str) -> str:
    loras(text)
    return text


def _are_sizes(text: str) -> str:
    sizes(text)
    return text


Loras = Annotated[str, AfterValidator(_are_loras)]
Sizes = Annotated[str, AfterValidator(_are_sizes)]
