"""What another service sees in Redis: a plain client that knows nothing of ours."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import redis

SOON = 90.0


def plain(url: str) -> Any:
    """A client as anybody makes it."""
    return redis.Redis.from_url(url, decode_responses=True)


def until(condition: Callable[[], object], what: str, seconds: float = SOON) -> None:
    """Return once the condition holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {what}"
        time.sleep(0.005)


class Heard:
    """The messages of some channels, in order."""

    def __init__(self, channels: Any) -> None:
        self._channels = channels

    def next(self) -> tuple[str, str]:
        """The next channel and message."""
        deadline = time.monotonic() + SOON
        while time.monotonic() < deadline:
            message = self._channels.get_message(ignore_subscribe_messages=True, timeout=1)
            if message is not None:
                return message["channel"], message["data"]
        raise AssertionError("nothing was published")


@contextmanager
def listening(client: Any, *channels: str) -> Iterator[Heard]:
    """Subscribed when this is entered."""
    with client.pubsub() as subscribed:
        subscribed.subscribe(*channels)
        for _ in channels:
            assert subscribed.get_message(timeout=SOON)["type"] == "subscribe"
        yield Heard(subscribed)
