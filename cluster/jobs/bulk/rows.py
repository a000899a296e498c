"""From a row of a table to what a task takes, or to the sentence that says why it cannot be made."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cluster.cli.generate import task_options
from cluster.cli.references import read_references
from cluster.jobs.bulk.tables import RawRow, Table
from cluster.jobs.bulk.template import Cells, Template, cell_text
from storage.documents.task import CreateTask, TaskParams
from storage.documents.upload import UPLOADS
from storage.errors import DesignAgentError, ValidationError

PROMPT = "prompt"
_PICTURE_SUFFIXES = {".png", ".jpg", ".jpeg", ".webp"}
_SEPARATORS = re.compile(r"[|\n]")
_COLOR_SEPARATORS = re.compile(r"[|,;\s]+(?![^(]*\))")


@dataclass(frozen=True, slots=True)
class BulkRow:
    """A row that is ready to be made, or ``code`` and ``problem``.

    ``id``: of its number and its rendered inputs, so a changed row is another one. ``pictures``: reference files by
    their keys in the object store.
    """

    number: int
    id: str
    params: TaskParams | None
    code: str = ""
    problem: str = ""
    pictures: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Recipe:
    """How rows become posters: the prompt of a template, or of the column ``prompt``; defaults for empty cells."""

    template: Template | None = None
    size: str = "1080x1920"
    style: str = ""

    def check(self, table: Table) -> None:
        """Raises ValidationError when the table's columns are known and no row could be made of them."""
        needed = self.template.columns if self.template else (PROMPT,)
        missing = [] if table.columns is None else [name for name in needed if name not in table.columns]
        if missing and self.template is None:
            raise ValidationError(
                f"{table.path.name} has no column 'prompt'; add one, or give --template with its columns as {{name}}: "
                f"{', '.join(table.columns or ())}."
            )
        if missing:
            raise ValidationError(
                f"The template asks for {', '.join(missing)}; {table.path.name} has the columns "
                f"{', '.join(table.columns or ())}."
            )

    def rows(self, table: Table) -> Iterator[BulkRow]:
        """Every row of the table, each with its problem if it has one."""
        for raw in table.rows():
            yield self.row(raw, table.path.parent)

    def row(self, raw: RawRow, folder: Path) -> BulkRow:
        """``folder``: where names of reference files start."""
        try:
            if raw.problem:
                raise ValidationError(raw.problem)
            params, pictures = self._params(raw.cells, folder)
        except DesignAgentError as error:
            # The raw cells: a row that is put right is another row.
            inputs = [json.dumps(raw.cells, ensure_ascii=False, sort_keys=True, default=str), error.message]
            return BulkRow(raw.number, _identity(raw.number, inputs), None, error.code, error.message)
        identity = _identity(raw.number, params.model_dump(mode="json"))
        if params.seed is None:
            # Of the row, not of chance: made again it gives the same pixels.
            params = params.model_copy(update={"seed": int(identity[:8], 16)})
        return BulkRow(raw.number, identity, params, pictures=pictures)

    def _params(self, cells: Cells, folder: Path) -> tuple[TaskParams, dict[str, bytes]]:
        if self.template is None and PROMPT not in cells:
            raise ValidationError("The row has no column 'prompt'.")
        prompt = self.template.fill(cells) if self.template else cell_text(cells[PROMPT])
        pictures: dict[str, bytes] = {}
        references = []
        for given in read_references([_placed(name, folder) for name in _listed(cells.get("reference"), _SEPARATORS)]):
            references.append(given if isinstance(given, str) else _key_of(*given, pictures))
        options = task_options(
            prompt, _size(cells) or self.size, cell_text(cells.get("style")) or self.style,
            _elements(cells.get("elements")), _listed(cells.get("color_scheme"), _COLOR_SEPARATORS), 0, _seed(cells),
            references,
        )  # fmt: skip
        return CreateTask.model_validate({"prompt": prompt, **options}).params(), pictures


def _identity(number: int, inputs: Any) -> str:
    text = json.dumps([number, inputs], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _size(cells: Cells) -> str:
    value = cells.get("size")
    if isinstance(value, dict):
        return f"{value.get('width', '')}x{value.get('height', '')}"
    return cell_text(value)


def _seed(cells: Cells) -> int | None:
    text = cell_text(cells.get("seed"))
    if not text:
        return None
    if not text.isascii() or not text.isdigit():
        raise ValidationError(f"seed {text!r} is not a whole number from 0 to {2**32 - 1}.")
    return int(text)


def _elements(value: Any) -> list[str]:
    if isinstance(value, list):
        return [_element(entry) for entry in value]
    return _listed(value, _SEPARATORS)


def _element(entry: Any) -> str:
    if isinstance(entry, dict):
        place = cell_text(entry.get("position"))
        return f"{place}:{cell_text(entry.get('content'))}" if place else cell_text(entry.get("content"))
    return cell_text(entry)


def _listed(value: Any, separators: "re.Pattern[str]") -> list[str]:
    """A cell of several things: a list, or a text with separators."""
    texts = [cell_text(entry) for entry in value] if isinstance(value, list) else separators.split(cell_text(value))
    return [text.strip() for text in texts if text.strip()]


def _placed(name: str, folder: Path) -> str:
    return name if "://" in name else str(folder / name)


def _key_of(name: str, data: bytes, pictures: dict[str, bytes]) -> str:
    """The file's place in the object store; files of the same bytes share it."""
    suffix = Path(name).suffix.lower()
    key = f"{UPLOADS}{hashlib.sha256(data).hexdigest()[:24]}{suffix if suffix in _PICTURE_SUFFIXES else ''}"
    pictures[key] = data
    return key
