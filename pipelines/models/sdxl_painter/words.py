"""The prompt: what the picture shows, how it looks, and where it must stay calm. CLIP reads 77 tokens: first things
first."""

from collections.abc import Sequence

from pipelines.geometry import Box
from pipelines.layout.color import Lch, lch
from pipelines.models.base import Palette, Scene
from pipelines.picture_wish import PARAM, PictureWish
from pipelines.topics import vocabulary

NEGATIVE = (
    "text, letters, words, chinese characters, numbers, typography, caption, logo, watermark, signature, label, frame, "
    "border, collage, split screen, blurry, low quality, jpeg artifacts, deformed, extra fingers"
)
_STYLES = {
    "business": "clean corporate photograph, soft daylight", "cartoon": "cheerful flat cartoon illustration",
    "editorial": "editorial magazine photograph, natural light", "festival": "festive decorative illustration",
    "minimalist": "minimalist still life, much empty space", "retro": "retro screen print, muted inks",
    "sale": "bold pop art commercial illustration", "tech": "sleek futuristic 3d render",
}  # fmt: skip
_PURPOSES = {
    "hiring": "people at work in a bright office", "sale": "shopping and gifts", "event": "a lively gathering",
    "festival": "a traditional festival", "product": "a product on a clean stage", "notice": "a quiet neighbourhood",
    "course": "learning and books", "opening": "a shop on its opening day", "sport": "sport in motion",
    "concert": "a concert stage with lights", "exhibition": "an art exhibition hall", "food": "appetising food",
    "travel": "a wide scenic landscape", "charity": "helping hands and warmth", "other": "an abstract composition",
}  # fmt: skip
_HUES = (
    (20, "red"), (45, "coral"), (70, "orange"), (95, "amber"), (115, "yellow"), (135, "olive"), (160, "green"),
    (195, "teal"), (225, "cyan"), (275, "blue"), (300, "indigo"), (325, "violet"), (345, "magenta"), (361, "pink"),
)  # fmt: skip
_GREY = 0.025  # chroma below which a colour has no name but its lightness
_ROWS, _COLUMNS = ("upper", "middle", "lower"), ("left", "centre", "right")
_QUIET = 0.25  # share of a ninth of the page under text from which it counts as the text's


def prompts(scene: Scene) -> tuple[str, str]:
    """Prompt and negative prompt."""
    wish: PictureWish | None = scene.params.get(PARAM)
    parts = [
        _subject(scene, wish), _STYLES.get(wish.style, "") if wish else "", _composition(scene),
        f"colour palette of {_palette(scene.palette)}", wish.mood if wish and wish.mood.isascii() else "",
        "poster background, no text",
    ]  # fmt: skip
    return ", ".join(part for part in parts if part), NEGATIVE


def _subject(scene: Scene, wish: PictureWish | None) -> str:
    """The language model's own description, else the topics, else what posters of this purpose show."""
    if wish is not None and wish.says.isascii() and wish.says.strip():
        return " ".join(wish.says.replace('"', " ").split()).rstrip(".,")
    known = vocabulary()
    topics = [known[topic].en[0] if topic in known else topic.replace("_", " ") for topic in scene.topics]
    named = [topic for topic in topics if topic.isascii()][:3]
    return " and ".join(named) if named else _PURPOSES.get(wish.purpose if wish else "other", _PURPOSES["other"])


def _composition(scene: Scene) -> str:
    """Where the subject stands and where nothing does."""
    calm = _calm_places(scene)
    subject = f"subject in the {_place(scene.zone, scene)}"
    return f"{subject}, calm empty space {' and '.join(calm)}" if calm else subject


def _calm_places(scene: Scene) -> list[str]:
    boxes = [*scene.quiet, *([scene.strip] if scene.strip else [])]
    taken = [[_covered(boxes, scene, row, column) >= _QUIET for column in range(3)] for row in range(3)]
    places = []
    for row, name in enumerate(_ROWS):
        columns = [column for column in range(3) if taken[row][column]]
        if len(columns) == 3:
            places.append(f"in the {name} third")
        elif columns:
            places.append(f"at the {name} {' and '.join(_COLUMNS[column] for column in columns)}")
    return places


def _covered(boxes: Sequence[Box], scene: Scene, row: int, column: int) -> float:
    """Share of a ninth of the page under the boxes; they do not overlap."""
    width, height = scene.width / 3, scene.height / 3
    cell = Box(column * width, row * height, width, height)
    return sum(cell.intersection(box).area for box in boxes) / cell.area


def _place(zone: Box, scene: Scene) -> str:
    x, y = zone.center
    row = _ROWS[min(2, max(0, int(3 * y / scene.height)))]
    column = _COLUMNS[min(2, max(0, int(3 * x / scene.width)))]
    return "centre" if (row, column) == ("middle", "centre") else f"{row} {column}"


def _palette(palette: Palette) -> str:
    names = (color_words(color) for color in (palette.bg, palette.primary, palette.accent))
    return ", ".join(dict.fromkeys(names))


def color_words(color: str) -> str:
    """A colour in one to three English words."""
    value = lch(color)
    return (
        _grey(value) if value.c < _GREY else f"{_tone(value)}{next(name for limit, name in _HUES if value.h < limit)}"
    )


def _grey(value: Lch) -> str:
    names = ((0.2, "black"), (0.45, "charcoal"), (0.7, "grey"), (0.93, "light grey"), (2.0, "white"))
    return next(name for limit, name in names if value.l < limit)


def _tone(value: Lch) -> str:
    if value.l < 0.4:
        return "dark "
    if value.l > 0.85:
        return "pale "
    return "" if value.c >= 0.1 else "muted "
