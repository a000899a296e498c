"""The checkpoint port: the workflow's state after each step (thread = task), as LangGraph keeps it."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver, ChannelVersions, Checkpoint, CheckpointMetadata
from typing_extensions import override


class Checkpointer(BaseCheckpointSaver[Any]):
    """For many threads and processes. Raises UnavailableError in bounded time.

    Without ``history`` a thread keeps its newest checkpoint only: a resumed task looks at no other. (Graphs with a
    DeltaChannel would need older ones; ours have none.) ``delete_thread(task_id)`` forgets a task that is final.
    """

    history: bool = True

    @override
    def put(
        self, config: RunnableConfig, checkpoint: Checkpoint, metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:  # fmt: skip
        """Store the checkpoint, then drop those before it; what a death between the two leaves goes with the next."""
        stored = super().put(config, checkpoint, metadata, new_versions)
        if not self.history:
            place = stored["configurable"]
            self.forget_older(str(place["thread_id"]), place["checkpoint_ns"], checkpoint)
        return stored

    @abstractmethod
    def forget_older(self, thread_id: str, checkpoint_ns: str, newest: Checkpoint) -> None:
        """Drop what came before this checkpoint."""

    @abstractmethod
    def threads(self) -> Sequence[str]:
        """Ids of all tasks that have a checkpoint."""

    @abstractmethod
    def close(self) -> None:
        """Release connections."""
