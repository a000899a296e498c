"""What a task's progress looks like in Redis: hashes, their lifetimes and channels, as other services read them.

``task:progress:<id>`` is a hash and a channel, ``task:complete:<id>`` a channel, ``task:status:<id>`` a hash.
"""

import json
from typing import Any

from storage.announcer.base import Change, EventStored, TaskDeleted
from storage.documents.base import format_time
from storage.documents.progress import TaskEvent

DAY_SECONDS = 24 * 3600
PROGRESS, COMPLETE, STATUS = "task:progress:", "task:complete:", "task:status:"
# Ours: the number of the newest event written. It outlives the hash, so that a late write finds it.
NEWEST = "design-agent:seq:"
LAST_NUMBER = 2**53 - 1

# A full server still publishes and deletes, so that comes before what it would refuse.
_WRITE = """
if tonumber(ARGV[1]) <= tonumber(redis.call('GET', KEYS[3]) or '0') then return 0 end
redis.call('PUBLISH', KEYS[1], ARGV[11])
if ARGV[12] ~= '' then
  redis.call('DEL', KEYS[1])
  redis.call('PUBLISH', ARGV[12], ARGV[3])
end
redis.call('SET', KEYS[3], ARGV[1], 'EX', ARGV[2])
redis.call('HSET', KEYS[2], 'id', ARGV[3], 'status', ARGV[4], 'created_at', ARGV[5], 'updated_at', ARGV[6])
redis.call('EXPIRE', KEYS[2], ARGV[2])
if ARGV[12] == '' then
  redis.call('HSET', KEYS[1], 'phase', ARGV[7], 'percentage', ARGV[8], 'message', ARGV[9], 'details', ARGV[10],
             'updated_at', ARGV[6])
  redis.call('EXPIRE', KEYS[1], ARGV[2])
end
return 1
"""
_DELETE = """
redis.call('DEL', KEYS[1], KEYS[2])
redis.call('SET', KEYS[3], ARGV[1], 'EX', ARGV[2])
return 1
"""


def write_progress(pipeline: Any, change: Change) -> None:
    """Add what a change means here to a Redis pipeline. An event older than the newest written changes nothing."""
    if isinstance(change, EventStored):
        _write_event(pipeline, change)
    elif isinstance(change, TaskDeleted):
        pipeline.eval(_DELETE, 3, *_keys(change.task_id), LAST_NUMBER, DAY_SECONDS)


def _keys(task_id: str) -> tuple[str, str, str]:
    return PROGRESS + task_id, STATUS + task_id, NEWEST + task_id


def _write_event(pipeline: Any, change: EventStored) -> None:
    event = change.event
    fields = progress_fields(event)
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    details = json.dumps(fields["details"], ensure_ascii=False, separators=(",", ":"))
    pipeline.eval(
        _WRITE, 3, *_keys(change.task_id), event.seq, DAY_SECONDS,
        change.task_id, event.status, format_time(change.created_at), fields["updated_at"],
        fields["phase"], json.dumps(fields["percentage"]), fields["message"], details,
        text, COMPLETE + change.task_id if change.completes else "",
    )  # fmt: skip


def progress_fields(event: TaskEvent) -> dict[str, Any]:
    """The message of the progress channel; whole percentages have no decimal point."""
    percentage = int(event.percentage) if event.percentage.is_integer() else event.percentage
    return {
        "phase": event.phase, "percentage": percentage, "message": event.message, "details": event.details or {},
        "updated_at": format_time(event.at),
    }  # fmt: skip
