"""Scenes as layouts ask for them, at half size: a strip below, a square beside its title, a landscape half."""

from typing import Any

from pipelines.geometry import Box
from pipelines.layout.palette import derive
from pipelines.models.base import Palette, Scene

PALETTES: dict[str, Palette] = {
    "vivid": derive(["#b4271f"], "vivid"),
    "light": derive(["#2f6f5e", "#d9442e"], "light"),
    "dark": derive(["#7a63f0", "#3fe0b0"], "dark"),
}
ZONES = ("portrait", "square", "landscape")


def scene(zone: str, palette: Palette | str, seed: int = 7, **params: Any) -> Scene:
    colors = PALETTES[palette] if isinstance(palette, str) else palette
    common: dict[str, Any] = {"palette": colors, "seed": seed, "page_color": colors.bg, "params": params, "u": 5.4}
    if zone == "portrait":
        quiet = (Box(30, 30, 480, 25), Box(30, 75, 400, 150), Box(30, 605, 480, 90))
        return Scene(540, 720, zone=Box(0, 240, 540, 340), quiet=quiet, strip=Box(0, 580, 540, 140),
                     strip_color=colors.deep, **common)  # fmt: skip
    if zone == "square":
        quiet = (Box(30, 30, 150, 20), Box(30, 65, 240, 150), Box(30, 450, 210, 55))
        return Scene(540, 540, zone=Box(190, 0, 350, 540), quiet=quiet, **common)
    quiet = (Box(40, 40, 200, 25), Box(40, 140, 465, 165), Box(40, 440, 450, 60))
    return Scene(960, 540, zone=Box(500, 0, 460, 540), quiet=quiet, **common)
