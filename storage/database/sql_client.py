"""ClientDatabase over SQL sessions, whichever the server."""

from collections.abc import Sequence
from typing import Any

from sqlmodel import Session
from typing_extensions import override

from storage.database import deletion, elements, external, extras, orphans, quota, requests, uploads, waiting
from storage.database.client_base import Belongings, ClientDatabase, QueueView
from storage.database.sessions import Transactions
from storage.documents.element import Element
from storage.documents.external import NewElements, NewPoster, TaskCompletion
from storage.documents.poster import Poster
from storage.documents.progress import TaskEvent, TaskProgress
from storage.documents.task import Task
from storage.documents.upload import Upload


class SqlClientMethods(Transactions, ClientDatabase):
    """What is the same for every SQL adapter."""

    @override
    def retry_task(self, task_id: str, user_id: str | None = None, most_unfinished: int | None = None) -> Task:
        def retry(session: Session) -> Task:
            task = extras.retry(session, task_id, user_id, self._now(), self._fairness)
            quota.check(session, task.user_id, most_unfinished)
            return task

        return self._write(retry)

    @override
    def queue_view(self, task_ids: Sequence[str]) -> QueueView:
        return self._read(lambda session: waiting.view(session, task_ids, self._now(), self._fairness.bulk_every))

    @override
    def sweep(self) -> list[str]:
        def due(session: Session) -> bool:
            return extras.any_expired(session, self._now()) or requests.any_old(session, self._now())

        def sweep(session: Session) -> list[str]:
            requests.purge(session, self._now())
            return extras.expire(session, self._now())

        return self._write(sweep) if self._read(due) else []

    @override
    def reserve_request(self, user_id: str, key: str, body_hash: str) -> Task | None:
        return self._write(
            lambda session: requests.reserve(session, requests.request_id(user_id, key), body_hash, self._now())
        )

    @override
    def store_answer(self, user_id: str, key: str, answer: Task) -> None:
        self._write(lambda session: requests.store_answer(session, requests.request_id(user_id, key), answer))

    @override
    def abandon_request(self, user_id: str, key: str) -> None:
        self._write(lambda session: requests.abandon(session, requests.request_id(user_id, key)))

    @override
    def report_external(self, task_id: str, progress: TaskProgress, user_id: str | None = None) -> TaskEvent:
        return self._write(lambda session: external.report(session, task_id, progress, user_id, self._now()))

    @override
    def create_poster(self, new: NewPoster, caller: str, user_id: str | None = None) -> Poster:
        return self._write(lambda session: external.create_poster(session, new, caller, user_id, self._now()))

    @override
    def create_elements(self, new: NewElements, caller: str, user_id: str | None = None) -> list[Element]:
        return self._write(lambda session: external.create_elements(session, new, caller, user_id, self._now()))

    @override
    def complete_external(
        self, task_id: str, completion: TaskCompletion, caller: str, user_id: str | None = None
    ) -> Task:
        return self._write(
            lambda session: external.complete(session, task_id, completion, caller, user_id, self._now())
        )

    @override
    def patch_element(
        self, element_id: str, version: int, change: dict[str, Any], user_id: str | None = None
    ) -> Element:
        return self._write(lambda session: elements.patch(session, element_id, version, change, user_id, self._now()))

    @override
    def add_upload(self, upload: Upload) -> None:
        self._write(lambda session: uploads.add(session, upload, self._now()))

    @override
    def check_readable(self, key: str, user_id: str | None = None) -> None:
        self._read(lambda session: uploads.check_readable(session, key, user_id))

    @override
    def unowned(self, keys: Sequence[str], edited_before: float) -> list[str]:
        return self._read(lambda session: orphans.unowned(session, keys, edited_before))

    @override
    def belongings_of_task(self, task_id: str, user_id: str | None = None) -> Belongings:
        return self._read(lambda session: deletion.of_task(session, task_id, user_id))

    @override
    def belongings_of_poster(self, poster_id: str, user_id: str | None = None) -> Belongings:
        return self._read(lambda session: deletion.of_poster(session, poster_id, user_id))

    @override
    def delete_task(self, task_id: str, user_id: str | None = None) -> None:
        self._write(lambda session: deletion.delete_task(session, task_id, user_id))

    @override
    def delete_poster(self, poster_id: str, user_id: str | None = None) -> None:
        self._write(lambda session: deletion.delete_poster(session, poster_id, user_id))
