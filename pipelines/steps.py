"""Steps that run once: a step's result is stored under a key made of its inputs, and looked up before it runs.

A step killed between computing and storing may run once more; a stored one never does.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any, TypeVar

from langgraph.checkpoint.base import BaseCheckpointSaver
from pydantic import TypeAdapter

from storage.objects.base import ObjectStore

ResultT = TypeVar("ResultT")


class StepStore:
    """Results of one task's steps, as objects ``tasks/<task>/<step>/<hash of inputs>``."""

    def __init__(self, objects: ObjectStore, task_id: str) -> None:
        self._objects = objects
        self._task_id = task_id

    def once(self, step: str, inputs: Any, compute: Callable[[], bytes], content_type: str = "application/json") -> str:
        """Key of the step's result, computed only if it is not stored yet. ``inputs`` must be JSON."""
        digest = hashlib.sha256(json.dumps(inputs, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:24]
        key = f"tasks/{self._task_id}/{step}/{digest}"
        if not self._objects.exists(key):
            self._objects.put(key, compute(), content_type)
        return key

    def once_value(self, step: str, inputs: Any, adapter: TypeAdapter[ResultT], compute: Callable[[], ResultT]) -> str:
        """Like ``once`` for a value that is stored as JSON."""
        return self.once(step, inputs, lambda: adapter.dump_json(compute()))

    def load(self, key: str) -> bytes:
        """Bytes of an earlier step. Raises ObjectNotFound."""
        return self._objects.get(key).data

    def load_value(self, key: str, adapter: TypeAdapter[ResultT]) -> ResultT:
        """Value of an earlier step. Raises ObjectNotFound."""
        return adapter.validate_json(self.load(key))


def forget_task(task_id: str, objects: ObjectStore, checkpointer: BaseCheckpointSaver[Any]) -> None:
    """Delete the step results and checkpoints of a task that has ended."""
    # The checkpoints last: while there are some, a forgetting that was cut is seen and done again.
    objects.delete_under(f"tasks/{task_id}")
    checkpointer.delete_thread(task_id)
