"""What becomes of a row, and who makes it."""

import json
from dataclasses import dataclass, field
from typing import Any, Protocol, Self

import pyarrow as pa

from cluster.jobs.bulk.rows import BulkRow

Facts = dict[str, Any]
_SCHEMA = pa.schema(
    [("line", pa.string()), ("names", pa.list_(pa.string())), ("contents", pa.list_(pa.large_binary()))]
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """A row's files by their names in its folder, or ``code`` and ``message`` of what went wrong.

    ``facts``: what the manifest says of a poster beside that.
    """

    number: int
    id: str
    seconds: float = 0.0
    files: dict[str, bytes] = field(default_factory=dict)
    facts: Facts = field(default_factory=dict)
    code: str = ""
    message: str = ""

    def table(self) -> pa.Table:
        """One line of a table, as it travels between processes; no file is copied into another form."""
        line = {"number": self.number, "id": self.id, "seconds": self.seconds, "facts": self.facts, "code": self.code,
                "message": self.message}  # fmt: skip
        cells = {"line": [json.dumps(line)], "names": [list(self.files)], "contents": [list(self.files.values())]}
        return pa.table(cells, schema=_SCHEMA)

    @classmethod
    def of(cls, cells: dict[str, Any]) -> Self:
        """From one line of that table."""
        files = dict(zip(cells["names"], cells["contents"], strict=True))
        return cls(**json.loads(cells["line"]), files=files)


class Maker(Protocol):
    """Lives in a process of its own and makes one row after another."""

    def make(self, row: BulkRow) -> Outcome:
        """Make it. Whatever the row itself causes is an outcome, not an error."""
