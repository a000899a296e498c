"""What travels between the nodes: ids, settings and keys of stored objects, never pixels."""

from typing import Any, TypedDict


class DesignState(TypedDict, total=False):
    """State of one task's graph; each ``*_key`` names a stored object that a step made."""

    task_id: str
    user_id: str
    params: dict[str, Any]
    seed: int
    brief_key: str
    references_key: str
    plan_key: str
    background_key: str
    elements_key: str
    document_key: str
    picture_key: str
    quality: dict[str, Any]
    repair: dict[str, Any] | None
    repair_round: int
    poster_id: str


def initial_state(task_id: str, user_id: str, params: dict[str, Any], seed: int) -> DesignState:
    """The state a new task starts with."""
    return DesignState(task_id=task_id, user_id=user_id, params=params, seed=seed, repair=None, repair_round=0)
