"""The font library: every typeface comes from a file inside an installed wheel, never from the system."""

import importlib.util
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from pathlib import Path

import fontpkg
import skia
import uharfbuzz as hb

from pipelines.geometry import Box
from pipelines.rendering.families import FALLBACK, FAMILIES, SANS, resolve_families
from storage.errors import UnavailableError

_WEIGHT_NAMES = {"normal": 400, "bold": 700, "bolder": 700, "lighter": 300}
_WGHT = int.from_bytes(b"wght", "big")
# Stroke width in em that turns the regular Song cut into this weight; between them, straight lines.
_EMBOLDEN = ((400, 0.0), (600, 0.016), (700, 0.026), (900, 0.036))


def weight_number(css_weight: str) -> int:
    """CSS weight 1-1000 as a number."""
    return _WEIGHT_NAMES.get(css_weight) or int(css_weight)


class Face:
    """One family at one weight and slope. Outlines and boxes are in em, y down, origin on the baseline."""

    def __init__(self, family: str, weight: int, italic: bool) -> None:
        source = FAMILIES[family]
        axis = source.weights
        path = _package_file(source.package, source.file) if source.file else None
        self.family = family
        self.italic = False  # whether the file itself is italic; otherwise slanting is synthetic
        if path is None:
            file = fontpkg.select_file(fontpkg.family(family), weight, "normal", nearest=True)
            if italic:
                styles = {entry.style for entry in fontpkg.family(family).files}
                if "italic" in styles:
                    file = fontpkg.select_file(fontpkg.family(family), weight, "italic", nearest=True)
                    self.italic = True
            path = Path(file.path)
            axis = (int(file.wght_min), int(file.wght_max)) if file.variable and file.wght_min else None
        self._embolden = _stroke_for(weight) if source.embolden else 0.0
        self.hb_face = hb.Face(hb.Blob.from_file_path(str(path)), source.face_index)
        self.hb_font = hb.Font(self.hb_face)
        self.upem = float(self.hb_face.upem)
        typeface = _manager().makeFromFile(str(path), source.face_index)
        if typeface is None:
            raise UnavailableError(f"The font file of {family} cannot be opened; install the project again.")
        if axis is not None:
            place = float(min(max(weight, axis[0]), axis[1]))
            self.hb_font.set_variations({"wght": place})
            typeface = _at_weight(typeface, place)
        self.typeface = typeface
        self.font = skia.Font(typeface, self.upem)
        self.font.setHinting(skia.FontHinting.kNone)
        self.font.setLinearMetrics(True)
        self.font.setSubpixel(True)
        self.color = bool(self.hb_face.has_color_paint or self.hb_face.has_color_layers)
        self._outlines: dict[int, skia.Path] = {}
        self._contours: dict[int, skia.Path] = {}
        self._boxes: dict[tuple[int, float], Box] = {}

    @cached_property
    def coverage(self) -> frozenset[int]:
        """All code points with a glyph, but for private ones, whose glyphs mean nothing to a reader."""
        return frozenset(code for code in self.hb_face.unicodes if not 0xE000 <= code <= 0xF8FF and code < 0xF0000)

    def covers(self, text: str) -> bool:
        """Whether no character of the text is missing."""
        return all(ord(char) in self.coverage for char in text)

    def outline(self, glyph: int) -> skia.Path:
        """The glyph's outline in em, non-zero winding; empty for a blank or a colour glyph. Do not change it."""
        path = self._outlines.get(glyph)
        if path is None:
            path = self.font.getPath(glyph) or skia.Path()
            if self._embolden and not path.isEmpty():
                path = _stroked(path, self._embolden * self.upem)
            path.transform(skia.Matrix.Scale(1 / self.upem, 1 / self.upem))
            self._outlines[glyph] = path
        return path

    def contour(self, glyph: int) -> skia.Path:
        """The outline without the overlaps inside it, for stroking only (it is even-odd). Do not change it."""
        path = self._contours.get(glyph)
        if path is None:
            path = self._contours[glyph] = skia.Simplify(self.outline(glyph)) or self.outline(glyph)
        return path

    def box(self, glyph: int, slant: float = 0.0) -> Box:
        """Ink bounds of the glyph, slanted by this tangent, in em; zero-sized when it draws nothing."""
        box = self._boxes.get((glyph, slant))
        if box is None:
            if self.color:
                rect = self.font.getBounds([glyph])[0]
                box = Box(*(value / self.upem for value in (rect.x(), rect.y(), rect.width(), rect.height())))
            else:
                path = skia.Path(self.outline(glyph))
                path.transform(skia.Matrix.MakeAll(1, -slant, 0, 0, 1, 0, 0, 0, 1))
                rect = path.computeTightBounds()
                box = Box(rect.x(), rect.y(), rect.width(), rect.height())
            self._boxes[glyph, slant] = box
        return box


@cache
def _manager() -> skia.FontMgr:
    # Without system fonts: also keeps fontconfig out of the process.
    return skia.FontMgr.New_Custom_Empty()


def _package_file(package: str, file: str) -> Path:
    spec = importlib.util.find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (path := Path(folder) / file).is_file():
            return path
    raise UnavailableError(f"The font package {package} is not installed; run scripts/run to repair the environment.")


def _at_weight(typeface: skia.Typeface, weight: float) -> skia.Typeface:
    # Both values are held in variables: skia keeps pointers into them, and of temporaries it reads garbage.
    coordinates = skia.FontArguments.VariationPosition.Coordinates(
        [skia.FontArguments.VariationPosition.Coordinate(_WGHT, weight)]
    )
    position = skia.FontArguments.VariationPosition(coordinates)
    arguments = skia.FontArguments()
    arguments.setVariationDesignPosition(position)
    return typeface.makeClone(arguments)


def _stroke_for(weight: int) -> float:
    for (low, at_low), (high, at_high) in pairwise(_EMBOLDEN):
        if weight <= high:
            return at_low + (at_high - at_low) * max(0, weight - low) / (high - low)
    return _EMBOLDEN[-1][1]


def _stroked(path: skia.Path, width: float) -> skia.Path:
    # Stroke-and-fill winds both the same way, so they join under the non-zero rule; a path union would be even-odd.
    paint = skia.Paint(Style=skia.Paint.kStrokeAndFill_Style, StrokeWidth=width, StrokeJoin=skia.Paint.kRound_Join)
    outline = skia.Path()
    paint.getFillPath(path, outline)
    return outline


@lru_cache(maxsize=256)
def face(family: str, weight: int = 400, italic: bool = False) -> Face:
    """The family's face nearest to this weight. Raises KeyError for a family that is not ours."""
    return Face(family, weight, italic)


@lru_cache(maxsize=512)
def fallback_chain(css_list: str) -> tuple[str, ...]:
    """The list's own families first, then those that cover what they lack."""
    named = resolve_families(css_list) or (SANS,)
    return tuple(dict.fromkeys((*named, *FALLBACK[FAMILIES[named[0]].generic])))
