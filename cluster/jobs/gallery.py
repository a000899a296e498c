"""Draws the gallery: every prompt of a list through the running service, and one contact sheet.

Usage: python -m cluster.jobs.gallery PROMPTS.toml FOLDER
"""

import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from cluster import lifecycle
from cluster.cli.connection import connect
from cluster.cli.console import out, say
from cluster.cli.follow import follow
from cluster.cli.generate import poster_of, task_options
from cluster.client import Client
from configs.settings import get_settings

CELL = 360
GAP = 24
PER_ROW = 6
QUALITY = 88


@dataclass(frozen=True, slots=True)
class Shown:
    """One poster of the gallery."""

    name: str
    prompt: str
    size: str
    verdict: str
    repairs: int
    picture: Path


def draw(prompts: Path, folder: Path) -> list[Shown]:
    """Make every poster of the list; pictures are ``<name>.jpg``."""
    settings = get_settings()
    lifecycle.up(settings, say)
    folder.mkdir(parents=True, exist_ok=True)
    with connect(settings) as client:
        return [_draw_one(client, entry, folder) for entry in tomllib.loads(prompts.read_text())["poster"]]


def contact_sheet(shown: list[Shown], path: Path) -> None:
    """All posters side by side, in rows."""
    pictures = [ImageOps.contain(Image.open(item.picture), (CELL, CELL * 16 // 9)) for item in shown]
    rows = [pictures[start : start + PER_ROW] for start in range(0, len(pictures), PER_ROW)]
    heights = [max(picture.height for picture in row) for row in rows]
    width = PER_ROW * (CELL + GAP) + GAP
    sheet = Image.new("RGB", (width, sum(heights) + GAP * (len(rows) + 1)), "#3c3c3c")
    y = GAP
    for row, height in zip(rows, heights, strict=True):
        for column, picture in enumerate(row):
            sheet.paste(picture, (GAP + column * (CELL + GAP), y))
        y += height + GAP
    sheet.save(path, quality=QUALITY)


def table(shown: list[Shown]) -> str:
    """A Markdown table of what was made."""
    lines = ["| poster | prompt | size | verdict | repairs |", "|---|---|---|---|---|"]
    for item in shown:
        prompt = item.prompt.replace("|", "\\|")
        lines.append(
            f"| [{item.name}]({item.picture.name}) | {prompt} | {item.size} | {item.verdict} | {item.repairs} |"
        )
    return "\n".join(lines)


def _draw_one(client: Client, entry: dict[str, Any], folder: Path) -> Shown:
    size = entry.get("size", "1080x1920")
    options = task_options(
        entry["prompt"], size, entry.get("style", ""), entry.get("elements", []), entry.get("colors", []), 0,
        entry.get("seed", 1),
    )  # fmt: skip
    task_id = client.create_task(entry["prompt"], **options).id
    follow(client.watch(task_id))
    poster = client.get_poster(poster_of(client.wait(task_id)))
    picture = folder / f"{entry['name']}.jpg"
    picture.write_bytes(client.export_poster(poster.id, "jpg"))
    quality = (poster.metadata.model_extra or {})["quality"]
    return Shown(entry["name"], entry["prompt"], size, quality["verdict"], quality.get("repair_rounds", 0), picture)


def main() -> int:
    """Draw, and print the table."""
    prompts, folder = Path(sys.argv[1]), Path(sys.argv[2])
    shown = draw(prompts, folder)
    contact_sheet(shown, folder / "contact-sheet.jpg")
    out.print(table(shown))
    return 0


if __name__ == "__main__":
    sys.exit(main())
