"""How an element looks (seed 3.3), with the published schema of what the seed leaves undefined.

Lengths are poster pixels, angles clockwise degrees, fractions are of the element's own box.
"""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from storage.documents.base import ColorString, Document, Unit, one_of

BlendMode = Literal[
    "normal", "multiply", "screen", "overlay", "darken", "lighten", "color_dodge", "color_burn",
    "hard_light", "soft_light", "difference", "exclusion", "hue", "saturation", "color", "luminosity",
]  # fmt: skip
Url = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Pixels = Annotated[float, Field(ge=0, le=20_000)]


class GradientStop(Document):
    """A colour at a place (0-1) along the gradient."""

    offset: Unit
    color: ColorString


class MeshPoint(Document):
    """A coloured point of a mesh gradient; x and y are fractions of the box and may lie outside it."""

    x: Annotated[float, Field(ge=-1, le=2)]
    y: Annotated[float, Field(ge=-1, le=2)]
    color: ColorString


class Gradient(Document):
    """Colour that changes over the box, interpolated in OKLab.

    ``linear``: ``angle`` as in CSS (0 = to the top, 90 = to the right, 180 = to the bottom).
    ``radial``: centre (``cx``, ``cy``), ``radius`` as a fraction of the box's longer side.
    ``conic``: centre, starting at ``angle``.
    ``mesh``: ``points`` blended by inverse distance to the power ``power``, domain bent by a sine ``warp``.
    """

    model_config = ConfigDict(json_schema_extra=one_of(
        {"type": {"enum": ["linear", "radial", "conic"]}, "stops": {"minItems": 2}},
        {"type": {"const": "mesh"}, "points": {"minItems": 2}},
        required=(["stops"], ["type", "points"]),
    ))  # fmt: skip

    type: Literal["linear", "radial", "conic", "mesh"] = "linear"
    angle: Annotated[float, Field(ge=-3600, le=3600)] = 180
    cx: Annotated[float, Field(ge=-4, le=5)] = 0.5
    cy: Annotated[float, Field(ge=-4, le=5)] = 0.5
    radius: Annotated[float, Field(gt=0, le=10)] = 0.5
    stops: Annotated[list[GradientStop], Field(max_length=32)] = []
    points: Annotated[list[MeshPoint], Field(max_length=12)] = []
    power: Annotated[float, Field(ge=1, le=10)] = 3.5
    warp: Annotated[float, Field(ge=0, le=0.5)] = 0.0
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0

    @model_validator(mode="after")
    def _has_colours(self) -> "Gradient":
        if self.type == "mesh":
            if len(self.points) < 2:
                raise ValueError("a mesh gradient needs at least 2 points")
        elif len(self.stops) < 2:
            raise ValueError("a gradient needs at least 2 stops")
        return self


class ImageFill(Document):
    """A stored picture as paint. ``position_x``, ``position_y``: which part shows, or where the room left over goes, as
    CSS object-position has it: 0 keeps the left or upper edges together, 1 the others."""

    image_url: Url
    mode: Literal["cover", "contain", "stretch", "tile"] = "cover"
    scale: Annotated[float, Field(gt=0, le=100)] = 1.0
    position_x: Unit = 0.5
    position_y: Unit = 0.5


class Pattern(Document):
    """A repeated or random texture, drawn from numbers so that it stays editable.

    ``noise``: gaussian grain around mid grey, ``amount`` = standard deviation (0-1), ``size`` = pixels a grain.
    ``dots``, ``stripes``, ``grid``, ``checker``: ``size`` = mark, ``gap`` = space between marks, turned by ``angle``.
    """

    type: Literal["noise", "dots", "stripes", "grid", "checker"]
    color: ColorString = "#000000"
    background: ColorString = "transparent"
    size: Annotated[float, Field(gt=0, le=2000)] = 1.0
    gap: Annotated[float, Field(ge=0, le=2000)] = 0.0
    angle: Annotated[float, Field(ge=-3600, le=3600)] = 0.0
    amount: Unit = 0.235
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0


# A fill's type, the field that it needs, and that field's kind of value.
_PAINTS = (("solid", "color", "string"), ("gradient", "gradient", "object"), ("pattern", "pattern", "object"),
           ("image", "image", "object"))  # fmt: skip


class Fill(Document):
    """What a shape or a text is filled with."""

    model_config = ConfigDict(json_schema_extra=one_of(
        *({"type": {"const": kind}, paint: {"type": form}} for kind, paint, form in _PAINTS),
        required=tuple([paint] for _, paint, _ in _PAINTS),
    ))  # fmt: skip

    type: Literal["solid", "gradient", "pattern", "image"]
    color: ColorString | None = None
    gradient: Gradient | None = None
    image: ImageFill | None = None
    pattern: Pattern | None = None

    @model_validator(mode="after")
    def _has_its_paint(self) -> "Fill":
        needed = {kind: paint for kind, paint, _ in _PAINTS}[self.type]
        if getattr(self, needed) is None:
            raise ValueError(f"a fill of type {self.type} needs {needed}")
        return self


class Stroke(Document):
    """An outline, centred on the shape's edge; behind the fill for text."""

    color: ColorString
    width: Pixels
    dash_array: Annotated[list[Pixels], Field(max_length=16)] | None = None
    line_cap: Literal["butt", "round", "square"] = "butt"
    line_join: Literal["miter", "round", "bevel"] = "miter"


class Shadow(Document):
    """A drop shadow. ``blur`` as in CSS: twice the gaussian's sigma."""

    color: ColorString
    offset_x: Annotated[float, Field(ge=-5000, le=5000)] = 0
    offset_y: Annotated[float, Field(ge=-5000, le=5000)] = 0
    blur: Annotated[float, Field(ge=0, le=1000)] = 0
    spread: Annotated[float, Field(ge=-1000, le=1000)] = 0


class Filter(Document):
    """A change of the drawn element. ``value``: pixels (sigma) for blur, degrees for hue_rotate, else a factor.

    ``duotone`` maps black to ``dark`` and white to ``light``.
    """

    model_config = ConfigDict(json_schema_extra=one_of(
        {"type": {"enum": ["brightness", "contrast", "saturate", "grayscale", "invert"]},
         "value": {"minimum": 0, "maximum": 10}},
        {"type": {"const": "blur"}, "value": {"minimum": 0, "maximum": 500}},
        {"type": {"const": "hue_rotate"}},
        {"type": {"const": "duotone"}, "value": {"minimum": 0, "maximum": 10}, "dark": {"type": "string"},
         "light": {"type": "string"}},
        required=([], [], [], ["dark", "light"]),
    ))  # fmt: skip

    type: Literal["blur", "brightness", "contrast", "saturate", "grayscale", "invert", "hue_rotate", "duotone"]
    value: Annotated[float, Field(ge=-3600, le=3600)] = 1.0
    dark: ColorString | None = None
    light: ColorString | None = None

    @model_validator(mode="after")
    def _in_range(self) -> "Filter":
        if self.type == "duotone" and (self.dark is None or self.light is None):
            raise ValueError("a duotone filter needs dark and light")
        if self.type == "blur" and not 0 <= self.value <= 500:
            raise ValueError("blur must be between 0 and 500 pixels")
        if self.type not in {"blur", "hue_rotate"} and not 0 <= self.value <= 10:
            raise ValueError(f"{self.type} must be between 0 and 10")
        return self


FontWeight = Annotated[str, StringConstraints(pattern=r"^(normal|bold|bolder|lighter|[1-9][0-9]{0,2}|1000)$")]


class TextStyle(Document):
    """Type. ``font_family`` is a CSS list: each run of characters takes the first family that has its script.

    ``font_size`` and ``letter_space`` in pixels, ``line_height`` a multiple of the size. Ours beyond the seed:
    ``writing_mode``, and ``latin_scale`` (size of Latin runs beside Chinese, a factor).
    """

    font_family: Annotated[str, StringConstraints(min_length=1, max_length=300)] = "Noto Sans SC"
    font_size: Annotated[float, Field(ge=1, le=8192)] = 48
    font_weight: FontWeight = "normal"
    font_style: Literal["normal", "italic", "oblique"] = "normal"
    line_height: Annotated[float, Field(ge=0.5, le=10)] = 1.2
    letter_space: Annotated[float, Field(ge=-500, le=2000)] = 0
    text_align: Literal["left", "center", "right", "justify"] = "left"
    text_decoration: Literal["none", "underline", "line-through", "overline"] = "none"
    writing_mode: Literal["horizontal", "vertical"] = "horizontal"
    latin_scale: Annotated[float, Field(ge=0.5, le=2)] = 1.0


class ElementStyle(Document):
    """All of an element's look."""

    opacity: Unit = 1.0
    blend_mode: BlendMode = "normal"
    fill: Fill | None = None
    stroke: Stroke | None = None
    shadow: Shadow | None = None
    filters: Annotated[list[Filter], Field(max_length=8)] | None = None
    text_style: TextStyle | None = None


def solid(color: str) -> Fill:
    """A fill of one colour."""
    return Fill(type="solid", color=color)


def linear(colors: list[str], angle: float = 180, offsets: list[float] | None = None) -> Fill:
    """A linear gradient through these colours, evenly spaced unless offsets are given."""
    places = offsets or [index / (len(colors) - 1) for index in range(len(colors))]
    stops = [GradientStop(offset=place, color=color) for place, color in zip(places, colors, strict=True)]
    return Fill(type="gradient", gradient=Gradient(type="linear", angle=angle, stops=stops))


def radial(colors: list[str], offsets: list[float] | None = None, *, cx: float = 0.5, cy: float = 0.5,
           radius: float = 0.5) -> Fill:  # fmt: skip
    """A radial gradient from the centre outwards."""
    places = offsets or [index / (len(colors) - 1) for index in range(len(colors))]
    stops = [GradientStop(offset=place, color=color) for place, color in zip(places, colors, strict=True)]
    return Fill(type="gradient", gradient=Gradient(type="radial", cx=cx, cy=cy, radius=radius, stops=stops))
