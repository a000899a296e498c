"""Records that were received and not yet settled. Knows no broker and no database."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from kafka import TopicPartition
from kafka.consumer.fetcher import ConsumerRecord

from storage.queue.kafka_records import Malformed, TaskRecord, decode

# Of the topics beside the bulk lane's the least urgent that has something gets one in so many, so that none starves.
LOWEST_EVERY = 10
# So many letters that name no task count as one of a task: they must neither keep tasks out nor fill the memory.
MALFORMED_PER_TASK = 10


@dataclass(frozen=True, slots=True)
class Letter:
    """A received record: what it names, or what is wrong with it."""

    partition: TopicPartition
    raw: ConsumerRecord
    record: TaskRecord | None
    problem: str = ""

    @classmethod
    def opened(cls, raw: ConsumerRecord) -> "Letter":
        """Of a record as it came."""
        partition = TopicPartition(raw.topic, raw.partition)
        try:
            return cls(partition, raw, decode(raw.value))
        except Malformed as error:
            return cls(partition, raw, None, str(error))


@dataclass(slots=True)
class Inbox:
    """Letters by partition and offset. ``ranks``: topics, the most urgent 0, the last one the bulk lane's.

    That one gets one claim in ``bulk_every`` while others have something, too.
    """

    ranks: dict[str, int]
    bulk_every: int
    _letters: dict[TopicPartition, dict[int, Letter]] = field(default_factory=dict)
    _next: dict[TopicPartition, int] = field(default_factory=dict)
    _picked: int = 0

    def add(self, raws: Iterable[ConsumerRecord]) -> None:
        """Records in the order of their offsets."""
        for raw in raws:
            letter = Letter.opened(raw)
            self._letters.setdefault(letter.partition, {})[raw.offset] = letter
            self._next[letter.partition] = raw.offset + 1

    def keep_only(self, partitions: set[TopicPartition]) -> None:
        """Drop what came from other partitions: somebody else has it now."""
        for partition in self._next.keys() - partitions:
            self.drop(partition)

    def drop(self, partition: TopicPartition) -> None:
        """Forget a partition."""
        self._letters.pop(partition, None)
        self._next.pop(partition, None)

    def malformed(self) -> list[Letter]:
        """Letters that name no task that there is."""
        return [letter for letter in self._all() if letter.record is None]

    def condemn(self, task_ids: set[str], problem: str) -> None:
        """Letters that name one of these tasks name none that there is."""
        for letter in self.of_tasks(task_ids):
            self._letters[letter.partition][letter.raw.offset] = replace(letter, record=None, problem=problem)

    def of_tasks(self, task_ids: set[str]) -> list[Letter]:
        """Letters that name one of these tasks."""
        return [letter for letter in self._all() if letter.record is not None and letter.record.task_id in task_ids]

    def task_ids(self) -> list[str]:
        """Tasks that wait here, each once."""
        return list(dict.fromkeys(letter.record.task_id for letter in self._all() if letter.record is not None))

    def next_tasks(self, most: int) -> list[str]:
        """Up to ``most`` tasks in the order of claiming: urgent topics first, but for the shares of the others."""
        queues: dict[int, list[TaskRecord]] = {}
        for letter in self._all():
            if letter.record is not None:
                queues.setdefault(self.ranks[letter.partition.topic], []).append(letter.record)
        ordered = {
            rank: iter(dict.fromkeys(record.task_id for record in sorted(queue, key=lambda record: record.order)))
            for rank, queue in sorted(queues.items())
        }
        return list(dict.fromkeys(islice(self._turns(ordered), most)))

    def note_claimed(self, count: int) -> None:
        """So many of the tasks named first were claimed."""
        self._picked += count

    def settle(self, letters: Iterable[Letter]) -> None:
        """They need nothing more."""
        for letter in letters:
            self._letters.get(letter.partition, {}).pop(letter.raw.offset, None)

    def settled_to(self) -> dict[TopicPartition, int]:
        """Of each partition: the offset before which everything is settled."""
        return {
            partition: min(self._letters.get(partition, {}), default=following)
            for partition, following in self._next.items()
        }

    def held(self, partition: TopicPartition) -> int:
        """How much of a partition waits here, in letters of tasks."""
        letters = self._letters.get(partition, {}).values()
        tasks = sum(letter.record is not None for letter in letters)
        return tasks + (len(letters) - tasks) // MALFORMED_PER_TASK

    def _all(self) -> Iterator[Letter]:
        for letters in self._letters.values():
            yield from letters.values()

    def _turns(self, queues: dict[int, Iterator[str]]) -> Iterator[str]:
        picked = self._picked
        while queues:
            rank = self._rank(picked + 1, list(queues))
            task_id = next(queues[rank], None)
            if task_id is None:
                del queues[rank]
            else:
                picked += 1
                yield task_id

    def _rank(self, pick: int, ranks: list[int]) -> int:
        """Of these topics, most urgent first, the one whose pick this is."""
        bulk = len(self.ranks) - 1
        *others, last = ranks
        if last != bulk:
            return last if pick % LOWEST_EVERY == 0 else ranks[0]
        if not others or pick % self.bulk_every == 0:
            return bulk
        # Counted without the bulk lane's picks, which must not always fall on those of the least urgent.
        return others[-1] if (pick - pick // self.bulk_every) % LOWEST_EVERY == 0 else others[0]
