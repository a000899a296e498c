"""Prompts from rows: ``{column}`` is what the row's cell says, ``{{`` and ``}}`` are braces."""

import datetime
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from storage.errors import ValidationError

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]+)\}|[{}]")
Cells = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Template:
    """A parsed template: texts, and the names of columns as one-element tuples."""

    parts: tuple[str | tuple[str], ...]

    @classmethod
    def parse(cls, source: str) -> Self:
        """Names are taken as they are: nothing in a template is evaluated. Raises ValidationError for a lone brace."""
        parts: list[str | tuple[str]] = []
        end = 0
        for token in _TOKEN.finditer(source):
            parts.append(source[end : token.start()])
            end = token.end()
            if token[0] in {"{{", "}}"}:
                parts.append(token[0][0])
            elif token[1] and token[1].strip():
                parts.append((token[1].strip(),))
            else:
                raise ValidationError(
                    f"The template has a lone {token[0]!r} at character {token.start() + 1}; write a column as "
                    "{name}, and a brace that is to be printed twice."
                )
        return cls((*parts, source[end:]))

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that it needs, each once."""
        return tuple(dict.fromkeys(part[0] for part in self.parts if isinstance(part, tuple)))

    def fill(self, cells: Cells) -> str:
        """The text for one row; an empty cell gives nothing. Raises ValidationError for a column that is not there."""
        if missing := [name for name in self.columns if name not in cells]:
            raise ValidationError(f"The row has no {_listed(missing)}, which the template asks for.")
        return "".join(part if isinstance(part, str) else cell_text(cells[part[0]]) for part in self.parts).strip()


def cell_text(value: Any) -> str:
    """A cell as it is printed: whole numbers without a fraction, days and times in ISO form, the rest as JSON."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.datetime):
        return value.isoformat(" ", "minutes")
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _listed(names: list[str]) -> str:
    return ("columns " if len(names) > 1 else "column ") + ", ".join(repr(name) for name in names)
