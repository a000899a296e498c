"""Requests that the tests ask for."""

from typing import Any

from pipelines.models.generation import ImageRequest


def request(work: str = "one", **changes: Any) -> ImageRequest:
    given: dict[str, Any] = {
        "job": f"task_a/{work}", "key": f"posters/poster_a/pictures/{work}.png", "prompt": "a tea festival",
        "negative": "text", "width": 128, "height": 192, "seed": 7, "steps": 6, "guidance": 5.0,
    } | changes  # fmt: skip
    return ImageRequest(**given)
