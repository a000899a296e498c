"""What kind of file some bytes are, and how large its picture is, from the bytes alone; nothing is decoded."""

import struct
from dataclasses import dataclass

from storage.objects.base import Data

# Start-of-frame markers; C4, C8 and CC among them are tables.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
# A file of nothing but the shortest segments must not cost seconds.
_MOST_SEGMENTS = 10_000
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD9)})


CONTENT_TYPES = (
    "image/png", "image/jpeg", "image/webp", "image/gif", "image/vnd.adobe.photoshop", "application/pdf",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class FileKind:
    """A known kind; ``width`` and ``height`` in pixels are 0 for what is no picture."""

    content_type: str
    suffix: str
    width: int = 0
    height: int = 0


def sniff(data: Data) -> FileKind | None:
    """The kind of a PNG, JPEG, WebP, GIF, PSD or PDF file; None for any other, and for one with a broken header."""
    try:
        return _sniff(data)
    except (struct.error, IndexError):
        return None


def _sniff(data: Data) -> FileKind | None:
    if data[:8] == b"\x89PNG\r\n\x1a\n" and data[12:16] == b"IHDR":
        return _picture("image/png", "png", *struct.unpack(">II", data[16:24]))
    if data[:3] == b"\xff\xd8\xff":
        return _jpeg(data)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _webp(data)
    if data[:6] in {b"GIF87a", b"GIF89a"}:
        return _picture("image/gif", "gif", *struct.unpack("<HH", data[6:10]))
    if data[:4] == b"8BPS":
        height, width = struct.unpack(">II", data[14:22])
        return _picture("image/vnd.adobe.photoshop", "psd", width, height)
    if data[:5] == b"%PDF-":
        return FileKind("application/pdf", "pdf")
    return None


def _picture(content_type: str, suffix: str, width: int, height: int) -> FileKind | None:
    return FileKind(content_type, suffix, width, height) if width and height else None


def _jpeg(data: Data) -> FileKind | None:
    """Walks the segments up to the first frame header."""
    at = 2
    for _ in range(_MOST_SEGMENTS):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF or marker in _JPEG_BARE:
            at += 1 if marker == 0xFF else 2
            continue
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return _picture("image/jpeg", "jpg", width, height)
        if marker in {0xD9, 0xDA}:
            return None
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        at += 2 + max(2, length)
    return None


def _webp(data: Data) -> FileKind | None:
    form = data[12:16]
    if form == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
    elif form == b"VP8L":
        (bits,) = struct.unpack("<I", data[21:25])
        width, height = (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    elif form == b"VP8 ":
        width, height = (side & 0x3FFF for side in struct.unpack("<HH", data[26:30]))
    else:
        return None
    return _picture("image/webp", "webp", width, height)
