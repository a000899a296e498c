"""What a reader of a prompt thinks beyond its words."""

from dataclasses import dataclass

from pipelines.brief import Purpose


@dataclass(frozen=True, slots=True)
class Opinion:
    """Weighs where the prompt does not say. ``style``: a pack's id; ``topics``: of the one vocabulary."""

    purpose: Purpose = "other"
    style: str = ""
    mood: str = ""
    topics: tuple[str, ...] = ()


NO_OPINION = Opinion()
