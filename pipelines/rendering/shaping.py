"""Shaping one line with HarfBuzz into clusters measured in em, so that every size shares one cached result."""

import unicodedata
from functools import lru_cache
from typing import NamedTuple

import uharfbuzz as hb

from pipelines.rendering.fonts import Face, face, fallback_chain
from pipelines.rendering.scripts import Run, Script, drawable, has_cjk, is_cjk_letter, split_runs

SCRIPT_GAP = 0.07  # em between Chinese and Latin
# Advance in em of display text; in a column only marks that leave half of their cell empty.
_TIGHT = {**dict.fromkeys("，。、：；！？", 0.62), **dict.fromkeys("“”‘’", 0.55), "·": 0.44}
_TIGHT_UPRIGHT = {mark: _TIGHT[mark] for mark in "，。、·"}
_BATCH = 2000  # characters a HarfBuzz call


class LineStyle(NamedTuple):
    """What shaping depends on; size, alignment and colour are not among it."""

    families: str
    weight: int
    italic: bool
    latin_scale: float
    spaced: bool  # letter spacing is not zero: no ligatures
    display: bool  # full-width punctuation is set tighter
    vertical: bool


class Cluster(NamedTuple):
    """Characters that belong together, with their glyphs ``(id, x, y)`` and advance in em of ``scale``."""

    text: str
    script: Script
    face: Face
    glyphs: tuple[tuple[int, float, float], ...]
    advance: float
    scale: float
    gap: float  # em before it, when it does not start a line


@lru_cache(maxsize=8192)
def shape_line(line: str, style: LineStyle) -> tuple[Cluster, ...]:
    """Clusters of one line (no line breaks in it) in reading order. A character that no face has draws nothing."""
    text = drawable(line)
    runs = split_runs(text)
    mixed = has_cjk(text)
    chosen: dict[Script, str] = {}
    for script in {run.script for run in runs}:
        chosen[script] = _family_for("".join(run.text for run in runs if run.script == script), script, style)
    clusters: list[Cluster] = []
    for run in runs:
        scale = style.latin_scale if mixed and run.script == "latin" else 1.0
        for family, piece in _by_coverage(run, chosen[run.script], style):
            shaped = _shape(Run(piece, run.script), face(family, style.weight, style.italic), style, scale)
            if clusters and shaped:
                shaped[0] = shaped[0]._replace(gap=_gap(clusters[-1], shaped[0]))
            clusters += shaped
    return tuple(clusters)


def missing_in(line: str, style: LineStyle) -> list[str]:
    """Characters that no typeface of ours has."""
    faces = [face(family, style.weight, style.italic) for family in fallback_chain(style.families)]
    needed = [char for char in dict.fromkeys(drawable(line)) if not _ignorable(char)]
    return [char for char in needed if not any(ord(char) in candidate.coverage for candidate in faces)]


def _ignorable(char: str) -> bool:
    return char.isspace() or char in "\u200d\ufe0e\ufe0f" or char >= "\U000e0000"


def _family_for(text: str, script: Script, style: LineStyle) -> str:
    """The first family that has every character of the line's script; else the one that has most."""
    chain = fallback_chain(style.families)
    if script == "emoji":
        return "Noto Color Emoji"
    # A missing mark or symbol is borrowed alone; a missing letter or digit moves all of its script in the line.
    needed = [char for char in dict.fromkeys(text) if char.isalnum() or unicodedata.combining(char)]
    best, most = chain[0], -1
    for family in chain:
        candidate = face(family, style.weight, style.italic)
        count = sum(ord(char) in candidate.coverage for char in needed)
        if count == len(needed):
            return family
        if count > most:
            best, most = family, count
    return best


def _by_coverage(run: Run, family: str, style: LineStyle) -> list[tuple[str, str]]:
    """Pieces of the run with their family: the chosen one wherever it can."""
    main = face(family, style.weight, style.italic)
    if run.script == "emoji" or main.covers(run.text):
        return [(family, run.text)]
    pieces: list[tuple[str, str]] = []
    for char in run.text:
        owner = family
        if not _ignorable(char) and ord(char) not in main.coverage:
            faces = ((name, face(name, style.weight, style.italic)) for name in fallback_chain(style.families))
            owner = next((name for name, candidate in faces if ord(char) in candidate.coverage), family)
        if pieces and pieces[-1][0] == owner:
            pieces[-1] = (owner, pieces[-1][1] + char)
        else:
            pieces.append((owner, char))
    return pieces


def _shape(run: Run, run_face: Face, style: LineStyle, scale: float) -> list[Cluster]:
    upright = style.vertical and run.script == "cjk"
    features = {"kern": True, "lnum": True, "liga": not style.spaced, "clig": not style.spaced, "vert": upright}
    clusters: list[Cluster] = []
    for start in range(0, len(run.text), _BATCH):
        text = run.text[start : start + _BATCH]
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.direction = "ttb" if upright else "ltr"
        buffer.language = "zh-Hans"
        buffer.guess_segment_properties()
        hb.shape(run_face.hb_font, buffer, features)
        clusters += _clusters(text, buffer, run.script, run_face, style, scale)
    return clusters


def _clusters(
    text: str, buffer: hb.Buffer, script: Script, run_face: Face, style: LineStyle, scale: float
) -> list[Cluster]:
    upem = run_face.upem
    clusters: list[Cluster] = []
    infos, positions = buffer.glyph_infos, buffer.glyph_positions
    index = 0
    while index < len(infos):
        start = infos[index].cluster
        glyphs: list[tuple[int, float, float]] = []
        pen = 0.0
        while index < len(infos) and infos[index].cluster == start:
            place = positions[index]
            if infos[index].codepoint:  # glyph 0 is the box of a missing character
                glyphs.append((infos[index].codepoint, pen + place.x_offset / upem, -place.y_offset / upem))
                pen += place.x_advance / upem
            index += 1
        end = infos[index].cluster if index < len(infos) else len(text)
        advance = pen
        if style.vertical and script == "cjk":
            advance = 1.0 if glyphs else 0.0
        piece = text[start:end]
        room = (_TIGHT_UPRIGHT if style.vertical else _TIGHT).get(piece, advance)
        if style.display and room < advance:
            glyphs, advance = _tighten(piece, glyphs, run_face, room, style.vertical), room
        clusters.append(Cluster(piece, script, run_face, tuple(glyphs), advance, scale, 0.0))
    return clusters


def _tighten(
    mark: str, glyphs: list[tuple[int, float, float]], run_face: Face, room: float, vertical: bool
) -> list[tuple[int, float, float]]:
    """The mark's glyph moved so that its ink sits well in the smaller advance."""
    moved = []
    for glyph, x, y in glyphs:
        box = run_face.box(glyph)
        if vertical:
            centred = (room - box.height) / 2 - (box.y + y)
            moved.append((glyph, x, y + (centred if mark == "·" else min(0.0, centred))))
        else:
            centred = (room - box.width) / 2 - (box.x + x)
            moved.append((glyph, x + (centred if mark == "·" else min(0.0, centred)), y))
    return moved


def _gap(left: Cluster, right: Cluster) -> float:
    """A sliver of air where a Chinese character meets a Latin letter, a digit or a currency sign."""
    pair = {left.script, right.script}
    if pair != {"cjk", "latin"}:
        return 0.0
    a, b = left.text[-1:], right.text[:1]
    chinese, latin = (a, b) if left.script == "cjk" else (b, a)
    return SCRIPT_GAP if is_cjk_letter(chinese) and (latin.isalnum() or latin in "$¥€£") else 0.0
