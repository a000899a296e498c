"""Commands to Redis: who is let in, how long one waits, and what is told to nobody."""

import threading
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from configs.servers import ServerSettings
from storage import redis_link
from storage.announcer import redis as announcing
from storage.announcer.base import ElementEdited, EventStored
from storage.announcer.redis import RedisAnnouncer
from storage.cache.redis import write_elements
from storage.documents.base import utc_now
from storage.documents.progress import TaskEvent
from storage.errors import UnavailableError, ValidationError
from storage.progress.redis_keys import write_progress
from storage.redis_link import PAUSE_SECONDS, RedisLink, connect
from tests.servers.certificates import make_certificate
from tests.servers.tls import tls_before
from tests.servers.valkey import Valkey
from tests.storage.redis_sight import plain, until

# For a busy machine, and far below what waiting for a frozen server would take.
SOON = 60.0


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Valkey]:
    server = Valkey(tmp_path / "guarded", password="secret")
    server.start()
    yield server
    server.close()


def link(url: str, **more: Any) -> RedisLink:
    return RedisLink(connect(ServerSettings(redis_url=url, **more)))


def event(task_id: str, seq: int, *, end: bool = False) -> EventStored:
    message = TaskEvent(type="end" if end else "progress", seq=seq, status="completed" if end else "processing",
                        phase="p", percentage=1, message="m", at=utc_now())  # fmt: skip
    return EventStored(task_id, utc_now(), message)


def test_password_lets_in_and_a_wrong_one_does_not(guarded: Valkey) -> None:
    link(guarded.url).ping()
    for url in (guarded.url.replace(":secret@", ":wrong@"), guarded.url.replace(":secret@", "")):
        with pytest.raises(UnavailableError) as refused:
            link(url).ping()
        assert "secret" not in refused.value.message and "wrong" not in refused.value.message


def test_tls_by_an_authority_of_ones_own(guarded: Valkey, tmp_path: Path) -> None:
    made, stranger = make_certificate(tmp_path / "tls"), make_certificate(tmp_path / "stranger")
    with tls_before(guarded.port, made) as port:
        url = f"rediss://:secret@127.0.0.1:{port}/0"
        good = link(url, ca_file=made.authority)
        good.ping()
        good.close()
        for settings in ({"ca_file": stranger.authority}, {}):
            with pytest.raises(UnavailableError):
                link(url, **settings).ping()
        with pytest.raises(UnavailableError):
            link(url.replace("rediss", "redis")).ping()


@pytest.mark.parametrize("url", ["localhost:6379", "http://localhost", "redis://host:port/0"])
def test_address_that_is_none_is_named(url: str) -> None:
    with pytest.raises(ValidationError, match="DESIGN_AGENT_REDIS_URL"):
        link(url)


def test_frozen_server_costs_one_caller_a_wait_and_the_others_nothing(valkey: Valkey) -> None:
    asked = link(valkey.url)
    asked.ping()
    valkey.freeze()
    tries: list[float] = []

    def get(client: Any) -> Any:
        tries.append(time.monotonic())
        return client.get("a")

    calls = 0
    while len(tries) < 4:
        with pytest.raises(UnavailableError):
            asked.call(get)
        calls += 1
    assert calls > 10 * len(tries)
    assert all(later - earlier >= PAUSE_SECONDS for earlier, later in pairwise(tries))
    valkey.thaw()
    until(lambda: _answers(asked), "the link to close its breaker")


def _answers(asked: RedisLink) -> bool:
    try:
        asked.call(lambda client: client.get("a"))
    except UnavailableError:
        return False
    return True


def test_restarted_server_fails_no_call(valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_link, "ANSWER_SECONDS", SOON)
    asked = link(valkey.url)
    for _ in range(5):
        assert asked.call(lambda client: client.set("a", "b"))
        valkey.stop()
        valkey.start()
        assert asked.call(lambda client: client.get("a")) is None


class TestAnnouncer:
    """Bounded, and never in its caller's way."""

    @pytest.fixture
    def announcer(self, valkey: Valkey) -> Iterator[RedisAnnouncer]:
        announcer = RedisAnnouncer(link(valkey.url), [write_progress, write_elements])
        yield announcer
        announcer.close()

    def test_frozen_server_holds_up_nobody(self, valkey: Valkey, announcer: RedisAnnouncer) -> None:
        valkey.freeze()
        began = time.monotonic()
        for seq in range(1, 20_001):
            announcer.announce([event("task_frozen", seq)])
        assert time.monotonic() - began < SOON
        assert len(announcer._queue) <= announcing.LONGEST_QUEUE
        valkey.thaw()
        announcer.announce([event("task_frozen", 20_001)])
        with plain(valkey.url) as seen:
            until(lambda: seen.get("design-agent:seq:task_frozen") == "20001", "the newest event")

    def test_removals_outlive_an_outage_that_news_do_not(
        self, valkey: Valkey, announcer: RedisAnnouncer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with plain(valkey.url) as seen:
            monkeypatch.setattr(announcing, "NEWS_SECONDS", 0.2)
            monkeypatch.setattr(announcing, "LONGEST_QUEUE", 50)
            seen.set("element:elem_old", "old")
            seen.hset("task:progress:task_done", "phase", "saving_result")
            valkey.freeze()
            announcer.announce([ElementEdited("elem_old", 2), event("task_done", 9, end=True)])
            for seq in range(1, 201):
                announcer.announce([event("task_news", seq)])
            assert threading.Event().wait(0.5) is False  # the news grow old
            valkey.thaw()
            until(lambda: not seen.exists("element:elem_old", "task:progress:task_done"), "what was owed")
            monkeypatch.setattr(announcing, "NEWS_SECONDS", 600.0)
            announcer.announce([event("task_news", 201)])
            until(lambda: seen.get("design-agent:seq:task_news") == "201", "the news after it")

    def test_what_is_left_is_told_at_the_end(self, valkey: Valkey, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(redis_link, "ANSWER_SECONDS", SOON)
        monkeypatch.setattr(announcing, "CLOSE_SECONDS", SOON)
        announcer = RedisAnnouncer(link(valkey.url), [write_progress])
        announcer.announce([event("task_last", seq) for seq in range(1, 1001)])
        announcer.close()
        announcer.announce([event("task_last", 1001)])
        with plain(valkey.url) as seen:
            assert seen.get("design-agent:seq:task_last") == "1000"

    def test_end_comes_soon_though_nobody_answers(self, valkey: Valkey, announcer: RedisAnnouncer) -> None:
        valkey.freeze()
        announcer.announce([event("task_lost", seq) for seq in range(1, 1001)])
        began = time.monotonic()
        announcer.close()
        assert time.monotonic() - began < SOON
        valkey.thaw()

    def test_change_that_the_server_refuses_stops_no_other(self, valkey: Valkey, announcer: RedisAnnouncer) -> None:
        with plain(valkey.url) as seen:
            seen.set("task:status:task_odd", "no hash")
            announcer.announce([event("task_odd", 1), event("task_even", 1)])
            until(lambda: seen.exists("task:progress:task_even"), "the change after the refused one")
