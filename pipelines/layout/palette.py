"""From none to three given colours to all colour roles of a poster (design book, section 5)."""

from collections.abc import Sequence
from typing import Literal

from pipelines.layout.color import Lch, best_ink, contrast, hue_distance, is_hue, lch, push_to_contrast
from pipelines.models.base import Palette

Mode = Literal["vivid", "light", "dark"]

NEUTRAL = 0.03
BODY = 4.5
_COLORED = 4.85  # a little over, for what grain takes
_ON_COLOR = 4.95  # white on a coloured page: what grain and gradients take is already in it
AIM = 7.0

# Primary's hue range -> accent.
_ACCENTS: tuple[tuple[float, float, Lch], ...] = (
    (15, 45, Lch(0.86, 0.165, 88)), (45, 80, Lch(0.55, 0.10, 200)), (80, 118, Lch(0.45, 0.17, 262)),
    (118, 165, Lch(0.80, 0.165, 72)), (165, 215, Lch(0.72, 0.17, 45)), (215, 285, Lch(0.79, 0.165, 68)),
    (285, 325, Lch(0.87, 0.17, 95)), (325, 15, Lch(0.42, 0.15, 262)),
)  # fmt: skip
_HOT = Lch(0.64, 0.20, 35)
_PAPER_HUE = 85.0
_NIGHT = 0.28  # a first colour this dark makes a dark page


def is_neutral(color: str) -> bool:
    """Whether a colour has practically no hue."""
    return lch(color).c < NEUTRAL


def is_pastel(color: str) -> bool:
    """Whether a colour is light and weak, so that it can only be a ground."""
    value = lch(color)
    return value.l >= 0.80 and value.c < 0.09


def tame(color: Lch) -> Lch:
    """A neon colour at the strength that print and screens bear; others unchanged."""
    green_cyan = is_hue(color.h, 118, 215)
    if color.c > 0.24 or (green_cyan and color.c > 0.19):
        return Lch(min(color.l, 0.84), 0.19 if green_cyan else 0.235, color.h)
    return color


def accent_for(primary: Lch) -> Lch:
    """The accent that belongs to a primary when none was given."""
    if primary.c < NEUTRAL:
        return _HOT
    return next(accent for low, high, accent in _ACCENTS if is_hue(primary.h, low, high))


def _choose_accent(primary: Lch, others: Sequence[Lch], mode: Mode) -> Lch:
    for other in others:
        if other.c < NEUTRAL and primary.c >= NEUTRAL and abs(other.l - primary.l) <= 0.25:
            continue
        if hue_distance(other.h, primary.h) >= 28 or abs(other.l - primary.l) > 0.25:
            accent = other
            break
    else:
        accent = accent_for(primary)
    vibrating = (
        accent.c > 0.14 and primary.c > 0.14 and hue_distance(accent.h, primary.h) > 75
        and abs(accent.l - primary.l) < 0.20
    )  # fmt: skip
    if vibrating:
        # A dark yellow or orange is brown: those go up in every mode.
        dark = mode == "light" and not is_hue(accent.h, 35, 125)
        return Lch(0.36 if dark else 0.86, min(accent.c, 0.13), accent.h)
    return accent


def _vivid_page(primary: Lch) -> Lch:
    """A page that carries text: dark enough for white text, or light enough for dark ink; nothing between."""
    dark_ink = "#16130f"
    if 0.66 < primary.l < 0.74 and is_hue(primary.h, 50, 118):
        primary = Lch(0.78, min(primary.c, 0.17), primary.h)
    if primary.l >= 0.74 and contrast(primary.to_hex(), dark_ink) >= AIM:
        return primary
    page = primary.at(min(primary.l, 0.64))
    while page.l > 0.40 and contrast(page.to_hex(), "#ffffff") < _ON_COLOR:
        page = page.at(page.l - 0.005)
    return page


def _deep(primary: Lch) -> Lch:
    # Dark yellow and lime are olive: they go to brown and to green.
    hue = primary.h - 25 if is_hue(primary.h, 62, 118) else primary.h + (18 if is_hue(primary.h, 118, 140) else 0)
    return Lch(0.25, min(max(primary.c / 2, 0.025), 0.075) if primary.c >= NEUTRAL else 0.008, hue % 360)


def _text_on(ground: str, tint: Lch) -> tuple[str, str]:
    """Strong and quiet text on a ground, tinted with the palette's hue."""
    light = Lch(0.985, 0.008 if tint.c >= NEUTRAL else 0.0, _PAPER_HUE).to_hex()
    dark = Lch(0.20, 0.016 if tint.c >= NEUTRAL else 0.0, tint.h).to_hex()
    ink = best_ink(ground, light, dark)
    if contrast(ink, ground) < 6:
        ink = best_ink(ground, "#ffffff", "#000000")
    base = lch(ground)
    # Quiet text keeps some of the ground's own hue, as a veil would.
    start = Lch(0.80, min(base.c, 0.05), base.h) if lch(ink).l > 0.5 else Lch(0.44, min(base.c, 0.05), base.h)
    quiet = push_to_contrast(start, ground, min(5.2, contrast(ink, ground)))
    return ink, quiet


def colored_text(color: Lch, ground: str, ink: str, ratio: float = _COLORED) -> str:
    """The colour as text: true if it can be read, darker if that keeps its character, else the ink."""
    if contrast(color.to_hex(), ground) >= ratio:
        return color.to_hex()
    if contrast(color.to_hex(), ground) >= 2.6 and not is_hue(color.h, 35, 125):
        return push_to_contrast(color, ground, ratio)
    return ink


def _art(mode: Mode, page: Lch, primary: Lch, accent: Lch, soft: Lch, bg2: Lch) -> tuple[str, str, str, str, str]:
    if mode == "vivid":
        sign = -1 if page.l > 0.66 else 1
        turn = -1 if is_hue(page.h, 70, 118) else 1  # towards orange: a yellow that turns to green is olive
        steps = ((0.05, 4 * turn), (0.11, 8 * turn), (-0.06, -4 * turn), (-0.12, -8 * turn))
        ramp = [Lch(page.l + sign * d, page.c if d < 0 else page.c * 0.96, page.h + drift) for d, drift in steps]
    elif mode == "dark":
        lift = primary.at(max(primary.l, 0.60))
        yellow = is_hue(primary.h, 55, 118)  # dark yellow is olive: its shadows are greys of the page
        dim = Lch(0.27, min(max(primary.c * 0.45, 0.03), 0.015 if yellow else 0.09), primary.h)
        mid = Lch(0.40, 0.02, primary.h) if yellow else Lch(0.42, min(primary.c * 0.75, 0.16), (primary.h + 6) % 360)
        if yellow:
            return (
                dim.to_hex(),
                mid.to_hex(),
                Lch(0.66, primary.c, primary.h - 18).to_hex(),
                lift.to_hex(),
                accent.to_hex(),
            )
        ramp = [dim, mid, Lch((lift.l + mid.l) / 2 - 0.02, primary.c * 0.9, primary.h), lift]
    else:
        strong = primary.at(max(min(primary.l, 0.72), 0.30))
        mix = Lch((soft.l + strong.l) / 2, (soft.c + strong.c) / 2, strong.h)
        ramp = [bg2.at(min(bg2.l, 0.915)), soft.at(min(soft.l, 0.86)), mix, strong]
    return (ramp[0].to_hex(), ramp[1].to_hex(), ramp[2].to_hex(), ramp[3].to_hex(), accent.to_hex())


def _page(mode: Mode, primary: Lch, given: Sequence[str], paper: Lch | None) -> Lch:
    warm = is_hue(primary.h, 330, 118)
    if given and is_neutral(given[0]):
        first = lch(given[0])
        if mode == "dark":
            return Lch(min(max(first.l, 0.145), 0.30), min(first.c, 0.02), first.h)
        return first if first.l >= 0.92 else Lch(0.968, 0.008, _PAPER_HUE)
    if given and is_pastel(given[0]) and mode != "dark":
        return lch(given[0])
    if mode == "vivid":
        return _vivid_page(primary)
    if mode == "light":
        light = next((color for color in map(lch, given[1:]) if color.l >= 0.90 and NEUTRAL / 3 < color.c < 0.09), None)
        if light is not None:
            return light  # a cream that was asked for
        if paper is not None:
            return paper
        return Lch(0.968, 0.010, _PAPER_HUE) if warm else Lch(0.968, 0.007, primary.h)
    if given and lch(given[0]).l < _NIGHT:
        own = lch(given[0])
        return own.at(max(own.l, 0.145), min(own.c, 0.09))
    if is_hue(primary.h, 80, 118):
        return Lch(0.175, 0.035, 265)
    return Lch(0.175, 0.035 if is_hue(primary.h, 180, 330) and primary.c >= NEUTRAL else 0.012, primary.h)


def settle_mode(given: Sequence[str], wished: Mode) -> Mode:
    """The mode that the given colours allow: a neutral first colour is the page itself."""
    if not given:
        return wished
    if is_neutral(given[0]):
        return "dark" if lch(given[0]).l < 0.45 else "light"
    if lch(given[0]).l < _NIGHT:
        return "dark"
    if is_pastel(given[0]) and wished == "vivid":
        return "light"
    return wished


def derive(given: Sequence[str], mode: Mode, paper: Lch | None = None) -> Palette:
    """All roles from one to three colours. ``paper``: a light mode's own page. Every text role reaches its contrast:
    ink, on_* >= 4.5 on their grounds, quiet and coloured text >= 4.5, whatever was given.
    """
    mode = settle_mode(given, mode)
    colors = [tame(lch(color)) for color in given]
    hued = [color for color in colors if color.c >= NEUTRAL]
    neutral_first = bool(given) and is_neutral(given[0])
    if hued:
        primary = hued[0]
        others = [color for color in colors if color is not primary and not (neutral_first and color is colors[0])]
    else:
        primary = _HOT if mode == "dark" else Lch(0.22, 0.0, _PAPER_HUE)
        others = [_HOT]
    pastel = bool(given) and is_pastel(given[0]) and mode != "dark"
    page = _page(mode, primary, given, paper)
    if pastel:
        primary = Lch(0.50, max(primary.c, 0.11), primary.h)
    if mode == "dark":
        primary = primary.at(max(primary.l, 0.66))
    accent = primary if neutral_first and not others else _choose_accent(primary, others, mode)
    if mode == "vivid" and abs(accent.l - page.l) < 0.22 and not others:
        accent = accent.at(0.87 if page.l < 0.66 else 0.38)
    elif mode == "dark" and accent.c >= NEUTRAL:
        accent = accent.at(max(accent.l, 0.70))
    elif mode == "light" and pastel and abs(accent.l - page.l) < 0.12:
        accent = accent.at(page.l - 0.30)

    warm = is_hue(primary.h, 330, 118)
    tint = _PAPER_HUE if warm else primary.h
    bg2 = (
        Lch(page.l + 0.055, page.c + 0.01, page.h)
        if mode == "dark"
        else (page.at(page.l - 0.05) if mode == "vivid" or pastel else Lch(min(0.928, page.l - 0.04), 0.018, tint))
    )
    soft = Lch(0.36, min(primary.c, 0.10), primary.h) if mode == "dark" else Lch(
        0.875 if not pastel else page.l - 0.09, min(primary.c, 0.055), primary.h)  # fmt: skip
    deep = (
        Lch(page.l - 0.05 if page.l > 0.17 else page.l + 0.075, min(page.c, 0.03), page.h)
        if mode == "dark"
        else _deep(primary)
    )
    own_dark = [color for color in colors if color.c < NEUTRAL and color.l < 0.35]
    if own_dark and mode != "dark":
        deep = own_dark[0]
    if mode != "dark" and abs(page.l - deep.l) < 0.14:
        deep = deep.at(max(page.l - 0.16, 0.12))
    surface = Lch(0.245, page.c + 0.012, page.h) if mode == "dark" else (
        Lch(0.968, 0.012, _PAPER_HUE if warm else primary.h))  # fmt: skip
    bg, deep_hex, surface_hex = page.to_hex(), deep.to_hex(), surface.to_hex()
    ink, ink2 = _text_on(bg, primary)
    on_deep, on_deep2 = _text_on(deep_hex, primary)
    on_surface, on_surface2 = _text_on(surface_hex, primary)
    lead = primary if mode == "light" and contrast(accent.to_hex(), bg) < BODY else accent
    shown = [
        color
        for color in (accent, primary, page)
        if contrast(color.to_hex(), deep_hex) >= _COLORED and color.c >= NEUTRAL
    ]
    accent_deep = shown[0] if shown else accent.at(max(accent.l, 0.80))
    return Palette(
        mode=mode,
        given=tuple(given),
        bg=bg,
        bg2=bg2.to_hex(),
        surface=surface_hex,
        ink=ink,
        ink2=ink2,
        primary=primary.to_hex(),
        soft=soft.to_hex(),
        deep=deep_hex,
        accent=accent.to_hex(),
        color_text=colored_text(lead, bg, ink),
        on_deep=on_deep,
        on_deep2=on_deep2,
        on_surface=on_surface,
        on_surface2=on_surface2,
        on_primary=_text_on(primary.to_hex(), primary)[0],
        on_accent=_text_on(accent.to_hex(), primary)[0],
        accent_on_deep=push_to_contrast(accent_deep, deep_hex, _COLORED),
        art=_art(mode, page, primary, accent, soft, bg2),
    )
