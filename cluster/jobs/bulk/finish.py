"""What a finished run leaves beside the posters: contact sheets, one archive, and a summary."""

import json
import math
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont, ImageOps

from cluster.jobs.bulk.folder import POSTERS, poster_folder
from cluster.jobs.bulk.manifest import MANIFEST, Line, replace_file

PER_SHEET = 60
ARCHIVE = "posters.zip"
SUMMARY = "summary.json"
_CELL, _GAP, _LABEL = 240, 16, 28
_PAGE, _INK = "#2c2c2c", "#e8e8e8"
_QUALITY = 88
# Their own formats have packed these already.
_PACKED = {".png", ".jpg", ".jpeg", ".webp"}


def contact_sheets(root: Path, done: Sequence[Line]) -> list[Path]:
    """Every poster small, with its row's number, ``PER_SHEET`` a file; sheets of an older run are replaced."""
    for old in root.glob("contact-sheet-*.jpg"):
        old.unlink()
    parts = [done[start : start + PER_SHEET] for start in range(0, len(done), PER_SHEET)]
    sheets = []
    for number, lines in enumerate(parts, start=1):
        path = root / f"contact-sheet-{number:02d}.jpg"
        _sheet(root, lines).save(path, quality=_QUALITY)
        sheets.append(path)
    return sheets


def _sheet(root: Path, lines: Sequence[Line]) -> Image.Image:
    columns = min(len(lines), max(3, math.ceil(math.sqrt(2 * len(lines)))))
    pictures = [_small(root / poster_folder(line["row"]) / "preview.jpg") for line in lines]
    rows = [pictures[start : start + columns] for start in range(0, len(pictures), columns)]
    heights = [max(picture.height for picture in row) + _LABEL for row in rows]
    sheet = Image.new("RGB", (columns * (_CELL + _GAP) + _GAP, sum(heights) + _GAP * (len(rows) + 1)), _PAGE)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(18)
    y = _GAP
    for index, (row, height) in enumerate(zip(rows, heights, strict=True)):
        for column, picture in enumerate(row):
            x = _GAP + column * (_CELL + _GAP)
            sheet.paste(picture, (x, y))
            line = lines[index * columns + column]
            mark = "" if line["verdict"] == "pass" else f"  {line['verdict']}"
            pen.text((x, y + picture.height + 4), f"{line['row']}{mark}", fill=_INK, font=font)
        y += height + _GAP
    return sheet


def _small(path: Path) -> Image.Image:
    with Image.open(path) as picture:
        # A JPEG is decoded at a fraction of its size where that is enough.
        picture.draft("RGB", (_CELL, _CELL * 2))
        return ImageOps.contain(picture.convert("RGB"), (_CELL, _CELL * 2))


def archive(root: Path, done: Sequence[Line], sheets: Sequence[Path]) -> Path:
    """``posters.zip``: the posters of these rows, the contact sheets and the manifest."""
    path, partial = root / ARCHIVE, root / f".{ARCHIVE}.partial"
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as pack:
        for file in (root / MANIFEST, *sheets):
            _add(pack, file, file.name)
        for line in done:
            folder = root / poster_folder(line["row"])
            for file in sorted(folder.rglob("*")):
                if file.is_file():
                    _add(pack, file, f"{POSTERS}/{file.relative_to(root / POSTERS).as_posix()}")
    partial.replace(path)
    return path


def _add(pack: zipfile.ZipFile, file: Path, name: str) -> None:
    packed = file.suffix in _PACKED
    pack.write(file, name, zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED)


def summary(root: Path, facts: dict[str, Any]) -> None:
    """``summary.json``, written as a whole."""
    replace_file(root / SUMMARY, json.dumps(facts, ensure_ascii=False, indent=2).encode() + b"\n")
