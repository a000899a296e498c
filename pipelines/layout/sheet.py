"""The page while it is being laid out: texts put down by their ink, grounds they stand on, and shapes."""

from dataclasses import dataclass, field

from pipelines.geometry import Box
from pipelines.layout.color import Lch, blend, contrast, lch, push_to_contrast
from pipelines.layout.grid import Frame
from pipelines.layout.ink import ink_box
from pipelines.layout.palette import colored_text
from pipelines.layout.type import Piece, text_style
from pipelines.models.base import Palette
from storage.documents.element import ElementContent, ElementSpec, Transform
from storage.documents.style import ElementStyle, Fill, Shadow, Stroke, TextStyle, linear, solid

LARGE = 9.0  # u: bold type from here on may have contrast 3


class DoesNotFit(Exception):
    """An archetype cannot hold this content at this size; another one, or a smaller scale, may."""


@dataclass(frozen=True)
class Ground:
    """What lies under a text: its colour and the text colours that can be read on it."""

    fill: str
    ink: str
    quiet: str
    strong: str

    @classmethod
    def page(cls, palette: Palette) -> "Ground":
        """The page itself."""
        return cls(palette.bg, palette.ink, palette.ink2, palette.color_text)

    @classmethod
    def strip(cls, palette: Palette) -> "Ground":
        """The deep info strip."""
        return cls(palette.deep, palette.on_deep, palette.on_deep2, palette.accent_on_deep)

    @classmethod
    def surface(cls, palette: Palette) -> "Ground":
        """A light panel (a lighter one on dark pages)."""
        strong = colored_text(lch(palette.primary), palette.surface, palette.on_surface)
        return cls(palette.surface, palette.on_surface, palette.on_surface2, strong)


@dataclass
class Sheet:
    """Collects what a plan holds. All boxes are pixels."""

    frame: Frame
    palette: Palette
    archetype: str
    texts: list[ElementSpec] = field(default_factory=list)
    inks: list[Box] = field(default_factory=list)
    grounds: list[str] = field(default_factory=list)
    items: list[int | None] = field(default_factory=list)
    panels: list[ElementSpec] = field(default_factory=list)
    pictures: list[ElementSpec] = field(default_factory=list)
    decorations: list[ElementSpec] = field(default_factory=list)
    foreground: list[ElementSpec] = field(default_factory=list)
    hero_zone: Box = field(default_factory=lambda: Box(0, 0, 1, 1))
    hero: str | None = None
    background: str | None = None
    strip: Box | None = None
    strip_color: str = ""
    params: dict[str, object] = field(default_factory=dict)
    wishes: dict[int, str] = field(default_factory=dict)
    loud: set[int] = field(default_factory=set)

    def put(self, piece: Piece, x: float, baseline: float, color: str, ground: Ground, *, align: str = "left",
            fill: Fill | None = None, stroke: Stroke | None = None, shadow: Shadow | None = None,
            rotation: float = 0.0, quiet: bool = True) -> Box:  # fmt: skip
        """Put a piece down with its ink's left edge, centre or right edge at ``x``; returns its ink box.

        The colour a client wished for wins where it can be read; a colour that cannot be read on the ground is pushed.
        ``quiet``: the art keeps away; not for letters that are art themselves, nor for what lies on a card of its own.
        """
        style = text_style(piece.voice, piece.size, piece.pitch, align=align)
        inks = piece.inks
        size = piece.size
        width = piece.advance + 0.02 * size
        spare = [width - ink.advance * size for ink in inks]
        starts = [{"left": 0.0, "center": room / 2}.get(align, room) for room in spare]
        left = min(start + ink.left * size for start, ink in zip(starts, inks, strict=True))
        right = max(start + ink.right * size for start, ink in zip(starts, inks, strict=True))
        origin = {"left": x - left, "center": x - (left + right) / 2}.get(align, x - right)
        top = baseline - ((style.line_height - 1) / 2 + 0.88) * size
        transform = Transform(x=round(origin, 2), y=round(top, 2), width=round(width, 2),
                              height=round(size * style.line_height * len(inks), 2), rotation=rotation)  # fmt: skip
        element = self._keep(piece, transform, style, color, ground, fill, stroke, shadow)
        self.inks.append(ink_box(element))
        if not quiet:
            self.loud.add(len(self.inks) - 1)
        return self.inks[-1]

    def put_column(self, piece: Piece, axis: float, top: float, color: str, ground: Ground, ink: Box, length: float,
                   *, fill: Fill | None = None) -> Box:  # fmt: skip
        """Put one vertical column on an axis with its ink's top at ``top``. ``ink``, ``length``: in em."""
        size = piece.size
        style = text_style(piece.voice, size, 1.0, vertical=True)
        y = top - ink.y * size
        transform = Transform(x=round(axis - size / 2, 2), y=round(y, 2), width=round(size, 2),
                              height=round(length * size, 2))  # fmt: skip
        element = self._keep(piece, transform, style, color, ground, fill, None, None)
        self.inks.append(ink_box(element))
        return self.inks[-1]

    def _keep(self, piece: Piece, transform: Transform, style: TextStyle, color: str, ground: Ground,
              fill: Fill | None, stroke: Stroke | None, shadow: Shadow | None) -> ElementSpec:  # fmt: skip
        needed = 3.0 if piece.size >= LARGE * self.frame.u and piece.voice.weight >= 600 else 4.5
        if stroke is None and contrast(color, ground.fill) < needed:
            color = push_to_contrast(lch(color), ground.fill, needed + 0.3)
        wish = self.wishes.get(piece.item) if piece.item is not None else None
        if wish and contrast(wish, ground.fill) >= needed:
            color, fill = wish, None
        element = ElementSpec(
            type="text", transform=transform,
            style=ElementStyle(text_style=style, fill=fill or solid(color), stroke=stroke, shadow=shadow),
            content=ElementContent(text=piece.text, name=piece.name, role=piece.role),
        )  # fmt: skip
        self.texts.append(element)
        self.grounds.append(ground.fill)
        self.items.append(piece.item)
        return element

    def panel(self, box: Box, color: str, name: str, *, radius: float = 0.0, shadow: Shadow | None = None) -> None:
        """A block of colour under hero and texts."""
        self.panels.append(shape(box, color, name, "panel", radius=radius, shadow=shadow))

    def rule(self, x: float, y: float, length: float, color: str, thickness: float | None = None) -> None:
        """A horizontal line."""
        height = max(1.0, thickness if thickness is not None else 0.22 * self.frame.u)
        self.decorations.append(shape(Box(x, y - height / 2, length, height), color, "Rule", "rule"))

    def faint(self, ground: Ground, share: float = 0.28) -> str:
        """A rule's colour on a ground."""
        return blend(ground.fill, ground.ink, share)


def metal(accent: str, ground: str) -> Fill:
    """Letters of metal: the accent between a lighter and a darker tone of itself, each readable on the ground."""
    base = lch(accent)
    tones = [Lch(min(base.l + 0.13, 0.98), base.c * 0.45, base.h), base, Lch(base.l - 0.08, base.c, base.h - 9)]
    return linear([push_to_contrast(tone, ground, 3.8) for tone in tones], 180, [0.05, 0.5, 1.0])


def shape(box: Box, color: str, name: str, role: str, *, radius: float = 0.0, ellipse: bool = False,
          shadow: Shadow | None = None, stroke: Stroke | None = None, hollow: bool = False) -> ElementSpec:  # fmt: skip
    """A rectangle, a rounded one or an ellipse of one colour."""
    kind = "ellipse" if ellipse else ("rounded_rect" if radius > 0 else "rect")
    return ElementSpec(
        type="shape",
        transform=Transform(
            x=round(box.x, 2), y=round(box.y, 2), width=round(box.width, 2), height=round(box.height, 2)
        ),
        style=ElementStyle(fill=None if hollow else solid(color), stroke=stroke, shadow=shadow),
        content=ElementContent(shape_type=kind, radius=radius or None, name=name, role=role),
    )


def path_shape(path: str, box: Box, fill: Fill, name: str, role: str) -> ElementSpec:
    """A shape from SVG path data in the box's own pixels."""
    return ElementSpec(
        type="shape",
        transform=Transform(
            x=round(box.x, 2), y=round(box.y, 2), width=round(box.width, 2), height=round(box.height, 2)
        ),
        style=ElementStyle(fill=fill),
        content=ElementContent(shape_type="path", shape_path=path, name=name, role=role),
    )
