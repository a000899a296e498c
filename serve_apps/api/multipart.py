"""One file out of a multipart body, read as it comes.

Some clients send the body under ``Content-Type: application/json`` and so without a boundary; the body itself begins
with it, so it is always taken from there.
"""

from collections.abc import AsyncIterator
from typing import IO, Any

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from storage.errors import UnavailableError, ValidationError

FIELD = "file"
_MAX_BOUNDARY, _MAX_HEADER = 200, 8192
# What is written to the disk at once.
_BLOCK = 512 * 1024


def too_large(most: int) -> HTTPException:
    """The refusal of a file of more than ``most`` bytes."""
    return HTTPException(413, f"The file is too large; send at most {most / 2**20:g} MiB")


def _not_multipart() -> ValidationError:
    problem = f"must be a multipart/form-data body with a part named {FIELD}"
    return ValidationError(f"{FIELD} {problem}.", fields={FIELD: problem})


class _FilePart:
    """Takes the part named ``file`` out of the body; the parser calls its methods. ``pending``: not yet written."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = 0
        self.pending = bytearray()
        self.found = False
        self.whole = False
        self._taking = False
        self._name, self._value = bytearray(), bytearray()

    def callbacks(self) -> Any:
        """Named as the parser names them."""
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._grow(self._name, data[start:end]),
            "on_header_value": lambda data, start, end: self._grow(self._value, data[start:end]),
            "on_header_end": self._header,
            "on_part_data": self._take,
            "on_part_end": self._end,
        }

    def _begin(self) -> None:
        self._taking = False

    def _grow(self, part: bytearray, data: bytes) -> None:
        if len(part) + len(data) > _MAX_HEADER:
            raise _not_multipart()
        part += data

    def _header(self) -> None:
        if bytes(self._name).lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._value))
            self._taking = not self.found and options.get(b"name") == FIELD.encode()
            self.found = self.found or self._taking
        self._name.clear()
        self._value.clear()

    def _take(self, data: bytes, start: int, end: int) -> None:
        if self._taking:
            self.size += end - start
            if self.size > self.most:
                raise too_large(self.most)
            self.pending += data[start:end]

    def _end(self) -> None:
        self.whole = self.whole or self._taking


async def read_file(stream: AsyncIterator[bytes], most: int, file: IO[bytes]) -> None:
    """Writes the part named ``file`` into a file, as it comes.

    Raises ValidationError; HTTPException 413 beyond ``most`` bytes; UnavailableError when it cannot be written.
    """
    part = _FilePart(most)
    parser: MultipartParser | None = None
    head = b""
    try:
        async for chunk in stream:
            if parser is None:
                head += chunk
                boundary = _boundary(head)
                if boundary is None:
                    continue
                parser, chunk = MultipartParser(boundary, part.callbacks()), head
            parser.write(chunk)
            if len(part.pending) >= _BLOCK:
                await run_in_threadpool(_write, file, part)
    except MultipartParseError:
        raise _not_multipart() from None
    if not part.whole:
        raise _not_multipart()
    await run_in_threadpool(_write, file, part)


def _write(file: IO[bytes], part: _FilePart) -> None:
    try:
        file.write(part.pending)
        file.flush()
    except OSError as error:
        raise UnavailableError(f"The upload cannot be kept: {error.strerror}.", part="data folder") from error
    part.pending.clear()


def _boundary(head: bytes) -> bytes | None:
    """The boundary that the body begins with; None while its first line is not all there."""
    line, end, _ = head.partition(b"\r\n")
    if not b"--".startswith(line[:2]) or len(line) > _MAX_BOUNDARY or (end and len(line) < 3):
        raise _not_multipart()
    return line[2:] if end else None
