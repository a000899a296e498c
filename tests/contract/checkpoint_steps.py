"""Checkpoints written and read the way the workflow engine does."""

from typing import Any

from langgraph.checkpoint.base import empty_checkpoint


def _config(thread: str) -> dict[str, Any]:
    return {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}


def put_step(checkpointer: Any, thread: str, step: int) -> None:
    """Store a checkpoint that says its step, and a pending write after it."""
    checkpoint = {**empty_checkpoint(), "channel_values": {"step": step, "text": "诚聘英才"}}
    stored = checkpointer.put(_config(thread), checkpoint, {"source": "loop", "step": step, "parents": {}}, {})
    checkpointer.put_writes(stored, [("text", f"after {step}")], task_id=f"node-{step}")


def steps_of(checkpointer: Any, thread: str) -> list[int]:
    """Steps stored for a thread, in order."""
    return sorted(found.checkpoint["channel_values"]["step"] for found in checkpointer.list(_config(thread)))


def newest_step(checkpointer: Any, thread: str) -> int | None:
    """The step a resumed run would start from."""
    found = checkpointer.get_tuple(_config(thread))
    return None if found is None else found.checkpoint["channel_values"]["step"]
