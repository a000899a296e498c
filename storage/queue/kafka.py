"""The Kafka adapter: brokers say which task is next, the database says who has it."""

import threading
import time

import structlog
from kafka import KafkaAdminClient
from kafka.errors import KafkaError
from typing_extensions import override

from configs.servers import ServerSettings
from storage.database.base import Claim, Database
from storage.database.fairness import EQUAL
from storage.errors import UnavailableError
from storage.queue.base import TaskQueue
from storage.queue.kafka_clients import named_errors, open_admin
from storage.queue.kafka_consumer import GroupConsumer
from storage.queue.kafka_dead import DeadLetters, LetterRefused
from storage.queue.kafka_lag import LagMeter

log = structlog.get_logger()
CANDIDATES = 100
# What is held is confirmed this often before it would count as lost.
CONFIRMATIONS = 3
BURY_AGAIN_SECONDS = 10.0


class KafkaQueue(TaskQueue):
    """A member of the consumer group from its first ``ready`` or ``take`` on. Threads of one process take turns."""

    def __init__(self, database: Database, settings: ServerSettings, bulk_every: int = EQUAL.bulk_every) -> None:
        self._database = database
        self._settings = settings
        self._consumer = GroupConsumer(settings, bulk_every)
        self._dead = DeadLetters(settings)
        self._meter = LagMeter(settings)
        self._admin: KafkaAdminClient | None = None
        self._turn = threading.Lock()
        self._asking = threading.Lock()
        self._confirm_at = self._bury_at = 0.0

    @override
    def ready(self, wait_seconds: float = 0) -> bool:
        return self.held() > 0 or (wait_seconds > 0 and self.held(wait_seconds) > 0)

    @override
    def take(self, owner: str, limit: int, lease_seconds: float) -> list[Claim]:
        with self._turn:
            self._receive()
            claims: list[Claim] = []
            try:
                while len(claims) < limit and (candidates := self._consumer.inbox.next_tasks(CANDIDATES)):
                    claims += self._claim(candidates, owner, limit - len(claims), lease_seconds)
            except UnavailableError:
                # What is claimed already must reach the caller.
                if not claims:
                    raise
                log.exception("took fewer tasks than wait")
            # Not committed here: whoever took them need not wait for that, and the next call does it.
            return claims

    @property
    def joined(self) -> bool:
        """Whether this member of the group has its share of the partitions; false while they are dealt out."""
        return self._consumer.joined

    def held(self, wait_seconds: float = 0) -> int:
        """How many tasks have arrived here and wait to be claimed; ends a wait when something arrives."""
        with self._turn:
            self._receive(wait_seconds)
            return len(self._consumer.inbox.task_ids())

    @override
    def ping(self) -> None:
        with self._asking, named_errors(self._settings):
            try:
                self._admin = self._admin or open_admin(self._settings)
                self._admin.list_topics()
            except KafkaError:
                self._close_admin()
                raise

    @override
    def lag(self) -> dict[str, int]:
        with self._asking:
            return self._meter.measure()

    @override
    def close(self) -> None:
        with self._turn, self._asking:
            self._consumer.close()
            self._dead.close()
            self._meter.close()
            self._close_admin()

    def _receive(self, wait_seconds: float = 0) -> None:
        self._consumer.commit()
        self._consumer.receive(wait_seconds)
        self._bury()
        self._confirm()

    def _claim(self, candidates: list[str], owner: str, limit: int, lease_seconds: float) -> list[Claim]:
        inbox = self._consumer.inbox
        found = self._database.claim_tasks(candidates, owner, limit, lease_seconds)
        inbox.note_claimed(len(found.claims))
        inbox.settle(inbox.of_tasks(set(candidates) - found.waiting - found.unknown))
        if found.unknown:
            inbox.condemn(found.unknown, "there is no task with this id")
            self._bury()
        return found.claims

    def _bury(self) -> None:
        if time.monotonic() < self._bury_at:
            return
        for letter in self._consumer.inbox.malformed():
            try:
                self._dead.bury(letter.raw, letter.problem)
            except UnavailableError as error:
                # It stays here, uncommitted, and holds up nothing else.
                log.exception("record not moved to the dead letters; tried again")
                self._bury_at = time.monotonic() + BURY_AGAIN_SECONDS
                if isinstance(error, LetterRefused):
                    continue
                return
            self._consumer.inbox.settle([letter])
            log.warning("record moved to the dead letters", topic=letter.partition.topic, offset=letter.raw.offset,
                        reason=letter.problem)  # fmt: skip

    def _confirm(self) -> None:
        now = time.monotonic()
        held = self._consumer.inbox.task_ids()
        if held and now >= self._confirm_at:
            self._confirm_at = now + self._settings.kafka_lost_seconds / CONFIRMATIONS
            self._database.confirm_publications(held)

    def _close_admin(self) -> None:
        admin, self._admin = self._admin, None
        if admin is not None:
            admin.close()
