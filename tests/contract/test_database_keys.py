"""API keys, on every database adapter."""

import pytest

from storage.database.base import Database
from storage.documents.key import key_digest, new_secret
from storage.errors import ConflictError, KeyNotFound, TooManyError
from tests.contract.conftest import FakeClock
from tests.contract.helpers import PARAMS, together


def test_a_key_is_found_by_its_digest_alone(database: Database) -> None:
    assert not database.has_keys()
    secret = new_secret()
    made = database.create_key("u1", "user", "laptop", key_digest(secret))
    assert database.has_keys()
    assert database.find_key(key_digest(secret)) == made
    assert (made.user_id, made.role, made.name) == ("u1", "user", "laptop")
    assert made.last_used_at is None
    assert database.find_key(key_digest(secret + "x")) is None
    assert secret not in made.model_dump_json()


def test_two_keys_of_a_user_are_valid_at_once_and_one_can_be_revoked(database: Database) -> None:
    digests = [key_digest(new_secret()) for _ in range(2)]
    old, new = (database.create_key("u1", "user", "", digest) for digest in digests)
    assert [database.find_key(digest) for digest in digests] == [old, new]
    revoked = database.revoke_key(old.id)
    assert revoked.revoked_at is not None
    assert [database.find_key(digest) for digest in digests] == [None, new]
    assert [key.id for key in database.list_keys()] == sorted([old.id, new.id])


def test_a_revoked_key_still_counts_as_made(database: Database) -> None:
    database.revoke_key(database.create_key("u1", "service", "", key_digest("s")).id)
    assert database.has_keys()


def test_revoking_twice_keeps_the_first_time(database: Database, clock: FakeClock) -> None:
    key = database.create_key("u1", "user", "", key_digest("s"))
    first = database.revoke_key(key.id)
    clock.now += 100
    assert database.revoke_key(key.id) == first
    with pytest.raises(KeyNotFound, match="keys list"):
        database.revoke_key("key_none")


def test_the_last_use_is_kept(database: Database, clock: FakeClock) -> None:
    key = database.create_key("u1", "user", "", key_digest("s"))
    clock.now += 100
    database.note_key_use(key.id)
    database.note_key_use("key_none")
    (listed,) = database.list_keys()
    assert listed.last_used_at is not None
    assert (listed.last_used_at - listed.created_at).total_seconds() == 100


def test_the_same_key_cannot_be_stored_twice(database: Database) -> None:
    database.create_key("u1", "user", "", key_digest("s"))
    with pytest.raises(ConflictError):
        database.create_key("u2", "user", "", key_digest("s"))
    assert [key.user_id for key in database.list_keys()] == ["u1"]


def test_a_quota_counts_the_users_unfinished_tasks_alone(database: Database) -> None:
    first, _ = (database.create_task("u1", PARAMS, most_unfinished=2) for _ in range(2))
    for create in (
        lambda: database.create_task("u1", PARAMS, most_unfinished=2),
        lambda: database.create_task("u1", PARAMS, executor="external", most_unfinished=2),
    ):
        with pytest.raises(TooManyError) as refusal:
            create()
        assert refusal.value.retry_after > 0
    assert len(database.list_tasks("u1").items) == 2
    database.create_task("u2", PARAMS, most_unfinished=2)
    database.create_task("u1", PARAMS)
    database.cancel_task(first.id)
    with pytest.raises(TooManyError):
        database.retry_task(first.id, "u1", most_unfinished=2)
    assert len(database.list_tasks("u1").items) == 3
    assert database.retry_task(first.id, "u1", most_unfinished=3).retry_of == first.id


def test_the_quota_holds_for_requests_at_once(database: Database) -> None:
    actions = [lambda: database.create_task("u1", PARAMS, most_unfinished=3)] * 8
    made = [result for result in together(actions) if not isinstance(result, TooManyError)]
    assert len(made) == 3 == len(database.list_tasks("u1").items)
