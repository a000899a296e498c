"""Pictures of the user on the page: cut to their places around what there is to see in them."""

from collections.abc import Sequence
from itertools import accumulate

from pipelines.geometry import Box
from pipelines.layout.color import SAME, distance, lch
from pipelines.layout.job import Job
from pipelines.layout.sheet import Sheet, shape
from pipelines.pictures.picture import Picture
from pipelines.pictures.steering import melting_ground
from storage.documents.element import ElementContent, ElementSpec, Transform
from storage.documents.style import ElementStyle, Fill, ImageFill, Shadow

_STEPS = 48
_RIM = 0.04  # share of an axis at either side of a cut that the cut hurts


def best_window(profile: Sequence[float], share: float) -> float:
    """Where (0-1) a window over ``share`` of an axis should lie to hold most of what draws the eye.

    0 is the first possible place, 1 the last, as CSS object-position counts. Among places that are about as good the
    one whose contents are best centred wins.
    """
    if share >= 0.999:
        return 0.5
    sums = [0.0, *accumulate(profile)]

    def until(place: float) -> float:
        at = place * len(profile)
        low = min(int(at), len(profile) - 1)
        return sums[low] + (sums[low + 1] - sums[low]) * (at - low)

    centre = sum((index + 0.5) * weight for index, weight in enumerate(profile)) / len(profile)

    def value(step: int) -> tuple[float, int]:
        start = (1 - share) * step / _STEPS
        held = until(start + share) - until(start)
        # A cut through something is worse than a cut through calm.
        cut = sum(until(min(at + _RIM, 1)) - until(max(at - _RIM, 0)) for at in (start, start + share) if 0 < at < 1)
        return held - 0.25 * abs(start + share / 2 - centre) - 0.5 * cut, -abs(step - _STEPS // 2)

    return max(range(_STEPS + 1), key=value) / _STEPS


def cover(picture: Picture, box: Box, name: str, role: str, radius: float = 0.0) -> ElementSpec:
    """The picture filling the box, cut where least is lost."""
    box_ratio = box.width / box.height
    across = min(1.0, box_ratio / picture.ratio)
    down = min(1.0, picture.ratio / box_ratio)
    fill = ImageFill(
        image_url=picture.key, mode="cover", position_x=best_window(picture.across, across),
        position_y=best_window(picture.down, down),
    )  # fmt: skip
    return _element(picture, box, name, role, fill, radius=radius)


def contain(picture: Picture, box: Box, name: str, role: str, shadow: Shadow | None = None) -> ElementSpec:
    """The whole picture, as large as the box allows, in its middle."""
    scale = min(box.width / picture.width, box.height / picture.height)
    width, height = picture.width * scale, picture.height * scale
    place = Box(box.x + (box.width - width) / 2, box.y + (box.height - height) / 2, width, height)
    fill = ImageFill(image_url=picture.key, mode="contain")
    return _element(picture, place, name, role, fill, shadow=shadow)


def _element(picture: Picture, box: Box, name: str, role: str, fill: ImageFill, *, radius: float = 0.0,
             shadow: Shadow | None = None) -> ElementSpec:  # fmt: skip
    return ElementSpec(
        type="image",
        transform=Transform(x=round(box.x, 2), y=round(box.y, 2), width=round(box.width, 2),
                            height=round(box.height, 2)),
        style=ElementStyle(fill=Fill(type="image", image=fill), shadow=shadow),
        content=ElementContent(image_url=picture.key, name=name, role=role, radius=radius or None),
    )  # fmt: skip


def mosaic(zone: Box, count: int, gap: float) -> list[Box]:
    """Places for pictures in a zone: the first takes the larger part, the others one row or column beside it."""
    if count == 1:
        return [zone]
    others = count - 1
    if zone.width > 1.25 * zone.height:
        width = (zone.width - gap) * (0.5 if others == 1 else 0.66)
        rest = (zone.height - gap * (others - 1)) / others
        x = zone.x + width + gap
        column = [Box(x, zone.y + i * (rest + gap), zone.right - x, rest) for i in range(others)]
        return [zone._replace(width=width), *column]
    height = (zone.height - gap) * (0.58 if others == 1 else 0.66)
    rest = (zone.width - gap * (others - 1)) / others
    y = zone.y + height + gap
    row = [Box(zone.x + i * (rest + gap), y, rest, zone.bottom - y) for i in range(others)]
    return [zone._replace(height=height), *row]


def put_pictures(job: Job, sheet: Sheet, zone: Box, radius: float = 0.0) -> None:
    """Fill the zone with the task's pictures; a subject without background stands free in it."""
    sheet.hero, sheet.hero_zone = None, zone
    shown = job.pictures.shown
    if job.pictures.cutout:
        _stand_free(job, sheet, zone)
        return
    if melts(job):
        sheet.pictures.append(contain(shown[0], zone, "Picture", "hero"))
        return
    gap = 1.0 * job.frame.u
    for index, (picture, box) in enumerate(zip(shown, mosaic(zone, len(shown), gap), strict=True)):
        name, role = ("Picture", "hero") if index == 0 else (f"Picture {index + 1}", "picture")
        sheet.pictures.append(cover(picture, box, name, role, radius))


def melts(job: Job) -> bool:
    """Whether the one picture's plain ground is the page's colour, so that its subject stands on the page itself."""
    ground = melting_ground(job.pictures.shown[0])
    return len(job.pictures.shown) == 1 and ground is not None and distance(ground, job.palette.bg) < SAME


def _stand_free(job: Job, sheet: Sheet, zone: Box) -> None:
    frame, palette = job.frame, job.palette
    air = 6.0 if frame.shape in {"wide", "banner"} else 2.5
    inner = zone.outset(-air * frame.u)
    side = 0.92 * min(zone.width, zone.height)
    cx, cy = zone.center
    disc = Box(cx - side / 2, cy - side / 2, side, side)
    sheet.panels.append(shape(disc, palette.art[1], "Disc", "panel", ellipse=True))
    deep = lch(palette.deep).at(0.18).to_hex()
    shadow = Shadow(color=f"{deep}59", offset_y=1.6 * frame.u, blur=4.5 * frame.u)
    sheet.pictures.append(contain(job.pictures.shown[0], inner, "Picture", "hero", shadow))


def sharpness(picture: Picture, box: Box) -> float:
    """Pixels of the picture for each of the poster's where it covers the box; below 1 it is enlarged."""
    return min(picture.width / box.width, picture.height / box.height)
