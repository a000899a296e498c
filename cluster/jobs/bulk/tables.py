"""Tables of rows: CSV, TSV, JSON lines and Parquet, read as a stream, each row once and in order."""

import csv
import json
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from typing_extensions import override

from storage.errors import ValidationError

CSV_DELIMITERS = {".csv": ",", ".tsv": "\t"}
JSON_SUFFIXES = {".jsonl", ".ndjson"}
PARQUET_SUFFIXES = {".parquet", ".pq"}
_ROWS_AT_ONCE = 64
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row, numbered from 1 without blank lines; ``problem``: why it has no cells."""

    number: int
    cells: dict[str, Any]
    problem: str = ""


class Table(ABC):
    """A file of rows. Reading raises ValidationError where the file as a whole cannot be read on."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    @abstractmethod
    def columns(self) -> tuple[str, ...] | None:
        """Names of the columns; None where each row has its own."""

    @abstractmethod
    def rows(self) -> Iterator[RawRow]:
        """Every row, from the start."""


def open_table(path: Path, encoding: str = "utf-8") -> Table:
    """The table in the file, by its suffix. ``encoding``: of texts. Raises ValidationError."""
    suffix = path.suffix.lower()
    if not path.is_file():
        raise ValidationError(f"{path} is not a file.")
    if suffix in PARQUET_SUFFIXES:
        return ParquetTable(path)
    try:
        "".encode(encoding)
    except LookupError:
        raise ValidationError(f"There is no encoding {encoding!r}; files from Chinese Windows are gbk.") from None
    if suffix in CSV_DELIMITERS:
        return CsvTable(path, encoding, CSV_DELIMITERS[suffix])
    if suffix in JSON_SUFFIXES:
        return JsonLinesTable(path, encoding)
    known = ", ".join([*CSV_DELIMITERS, *sorted(JSON_SUFFIXES), *sorted(PARQUET_SUFFIXES)])
    raise ValidationError(f"{path.name} is none of the known kinds of table: {known}.")


class _TextTable(Table):
    def __init__(self, path: Path, encoding: str) -> None:
        super().__init__(path)
        # The byte order mark that Excel writes is not a part of the first column's name.
        self._encoding = "utf-8-sig" if encoding.lower().replace("_", "-") in {"utf-8", "utf8"} else encoding

    @contextmanager
    def _opened(self) -> Iterator[TextIO]:
        try:
            with self.path.open(encoding=self._encoding, newline="") as file:
                yield file
        except UnicodeDecodeError as error:
            raise ValidationError(self._not_readable(error)) from None

    def _not_readable(self, error: UnicodeDecodeError) -> str:
        if self._encoding != "utf-8-sig":
            return f"{self.path.name} is not {self._encoding}; leave --encoding away if it is UTF-8."
        with self.path.open("rb") as file:
            head = file.read(2)
        if head in _UTF16:
            return f"{self.path.name} is UTF-16, not UTF-8; save it as 'CSV UTF-8', or give --encoding utf-16."
        return (
            f"{self.path.name} is not UTF-8 (byte 0x{error.object[error.start]:02x}); if it comes from Excel on "
            "Chinese Windows give --encoding gbk, or save it as 'CSV UTF-8'."
        )


class CsvTable(_TextTable):
    """Comma or tab separated, with a first line of names; quoted cells may hold separators and line ends."""

    def __init__(self, path: Path, encoding: str, delimiter: str) -> None:
        super().__init__(path, encoding)
        self._delimiter = delimiter
        self._columns = self._head()

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        return tuple(name for name in self._columns if name)

    @override
    def rows(self) -> Iterator[RawRow]:
        lines = self._lines()
        next(lines)
        for number, (line, cells) in enumerate(lines, start=1):
            if any(cell.strip() for cell in cells[len(self._columns) :]):
                yield RawRow(
                    number, {}, f"Line {line} has {len(cells)} cells, the head has {len(self._columns)}; a cell with a "
                    "separator in it must be quoted.",
                )  # fmt: skip
            else:
                yield RawRow(number, {name: cell for name, cell in zip(self._columns, cells, strict=False) if name})

    def _head(self) -> list[str]:
        _, names = next(self._lines(), (0, []))
        columns = [name.strip() for name in names]
        named = [name for name in columns if name]
        if not named:
            raise ValidationError(f"{self.path.name} is empty; its first line must name the columns.")
        if twice := sorted({name for name in named if named.count(name) > 1}):
            raise ValidationError(f"{self.path.name} has more than one column {twice[0]!r}; rename one.")
        return columns

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        """(line number at its end, cells) of each line that is not blank."""
        with self._opened() as file:
            reader = csv.reader(file, delimiter=self._delimiter)
            try:
                for cells in reader:
                    if any(cell.strip() for cell in cells):
                        yield reader.line_num, cells
            except csv.Error as error:
                raise ValidationError(
                    f"{self.path.name}, line {reader.line_num}: {error}; look for a quotation mark that is not closed."
                ) from None


class JsonLinesTable(_TextTable):
    """One JSON object a line."""

    @property
    @override
    def columns(self) -> None:
        return None

    @override
    def rows(self) -> Iterator[RawRow]:
        number = 0
        with self._opened() as file:
            for place, line in enumerate(file, start=1):
                if line.strip():
                    number += 1
                    yield _json_row(number, place, line)


def _json_row(number: int, place: int, line: str) -> RawRow:
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        return RawRow(number, {}, f"Line {place} is not valid JSON: column {error.colno}: {error.msg}.")
    except RecursionError:
        return RawRow(number, {}, f"Line {place} is nested too deeply.")
    if not isinstance(value, dict):
        return RawRow(number, {}, f"Line {place} is not a JSON object, such as " + '{"title": "..."}.')
    return RawRow(number, {name.strip(): cell for name, cell in value.items()})


class ParquetTable(Table):
    """A Parquet file, some rows at a time."""

    @property
    @override
    def columns(self) -> tuple[str, ...]:
        with self._opened() as file:
            return tuple(file.schema_arrow.names)

    @override
    def rows(self) -> Iterator[RawRow]:
        number = 0
        with self._opened() as file:
            for batch in file.iter_batches(batch_size=_ROWS_AT_ONCE):
                for cells in batch.to_pylist():
                    number += 1
                    yield RawRow(number, {name.strip(): cell for name, cell in cells.items()})

    @contextmanager
    def _opened(self) -> Iterator[Any]:
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            with pq.ParquetFile(self.path) as file:
                yield file
        except pa.ArrowInvalid as error:
            raise ValidationError(f"{self.path.name} is not a Parquet file that can be read: {error}.") from None
