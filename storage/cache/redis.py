"""The Redis adapter: ``element:<id>`` holds an element's JSON for an hour, as other services read it.

The database says of every read whether the reader may see the element and which version it has now; a copy of another
version is no copy. So no outage, lost invalidation or late write can bring an old element back.
"""

import contextlib
import json
from typing import Any

import pydantic
from typing_extensions import override

from storage.announcer.base import Change, ElementDeleted, ElementEdited, ElementStored
from storage.cache.base import Cache
from storage.database.base import Database
from storage.documents.element import Element
from storage.errors import UnavailableError
from storage.redis_link import RedisLink

HOUR_SECONDS = 3600
ELEMENT = "element:"
# Ours: the newest version known of. It outlives the copy, so that a late write of an older one finds it.
VERSION = "design-agent:version:"
LAST_VERSION = 2**53 - 1
# Characters; the database gives a longer one as soon, and a thousand of them at once would hold up progress.
LONGEST_COPY = 64_000

_PUT = """
if tonumber(ARGV[1]) < tonumber(redis.call('GET', KEYS[2]) or '0') then return 0 end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[3])
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
return 1
"""
_DROP = """
if tonumber(ARGV[1]) < tonumber(redis.call('GET', KEYS[2]) or '0') then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
return 1
"""


def write_elements(pipeline: Any, change: Change) -> None:
    """Add what a change means here to a Redis pipeline: a new element is copied, one edited or deleted is dropped."""
    if isinstance(change, ElementStored):
        _put(pipeline, change.element)
    elif isinstance(change, ElementEdited):
        pipeline.eval(_DROP, 2, *_keys(change.element_id), change.version, HOUR_SECONDS)
    elif isinstance(change, ElementDeleted):
        pipeline.eval(_DROP, 2, *_keys(change.element_id), LAST_VERSION, HOUR_SECONDS)


def _keys(element_id: str) -> tuple[str, str]:
    return ELEMENT + element_id, VERSION + element_id


def _put(client: Any, element: Element) -> None:
    text = element.model_dump_json(exclude_none=True)
    if len(text) <= LONGEST_COPY:
        client.eval(_PUT, 2, *_keys(element.id), element.version, text, HOUR_SECONDS)


class RedisCache(Cache):
    """Read-through; without the server every read is the database's."""

    def __init__(self, link: RedisLink) -> None:
        self._link = link

    @override
    def read_element(self, database: Database, element_id: str, user_id: str | None = None) -> Element:
        version = database.element_version(element_id, user_id)
        try:
            stored = self._link.call(lambda client: client.get(ELEMENT + element_id))
        except UnavailableError:
            return database.get_element(element_id, user_id)
        copy = _element_of(stored, element_id, version)
        if copy is not None:
            return copy
        element = database.get_element(element_id, user_id)
        with contextlib.suppress(UnavailableError):
            self._link.call(lambda client: _put(client, element))
        return element

    @override
    def ping(self) -> None:
        self._link.ping()

    @override
    def close(self) -> None:
        self._link.close()


def _element_of(stored: Any, element_id: str, version: int) -> Element | None:
    """The copy, if it is this element at this version; anybody may have written what is there."""
    if stored is None:
        return None
    try:
        fields = json.loads(stored)
        if not isinstance(fields, dict) or (fields.get("id"), fields.get("version")) != (element_id, version):
            return None
        return Element.model_validate(fields)
    except (ValueError, pydantic.ValidationError):
        return None
