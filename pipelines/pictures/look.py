"""Looking at a picture: its colours, where there is something to see, and whether it is a photo or a mark."""

from functools import cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageColor

from pipelines.pictures.picture import BINS, Picture, Swatch
from pipelines.rendering.color import to_hex, to_oklab

_SIDE = 128
_CLUSTERS = 14
_SAME = 0.055  # OKLab distance below which two clusters are one colour
_KEPT = 8
_PLAIN = 0.012  # OKLab spread of a plain ground
_AIR = 0.05  # of a subject's longer side, kept around it
_FACE_SIDE = 320  # pixels at which faces are looked for
Floats = NDArray[np.float64]


def look(picture: Image.Image, key: str) -> Picture:
    """What is to know of an RGB or RGBA picture stored under ``key``. Same pixels, same answer."""
    small = picture.copy()
    small.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
    pixels = np.asarray(small.convert("RGBA"))
    alpha = pixels[..., 3] / 255
    lab = to_oklab(pixels[..., :3] / 255)
    seen = alpha > 0.5
    swatches = _swatches(pixels[..., :3][seen] if seen.any() else pixels[..., :3].reshape(-1, 3))
    attention = _with_faces(_attention(lab, alpha), picture)
    ground = None if alpha.min() < 0.5 else _ground(lab)
    transparent = bool((alpha < 0.5).mean() > 0.02)
    return Picture(
        key=key, width=picture.width, height=picture.height, swatches=swatches[:_KEPT],
        across=_profile(attention.sum(axis=0)), down=_profile(attention.sum(axis=1)),
        lightness=round(float(np.clip(lab[seen][:, 0].mean() if seen.any() else 0.5, 0, 1)), 4),
        flat=_flatness(picture, ground), transparent=transparent, ground=ground,
    )  # fmt: skip


def _swatches(rgb: NDArray[np.uint8]) -> list[Swatch]:
    """Median cut refined by k-means, then neighbours merged: the colours a person would name."""
    strip = Image.fromarray(rgb.reshape(1, -1, 3))
    quantised = strip.quantize(_CLUSTERS, method=Image.Quantize.MEDIANCUT, kmeans=4, dither=Image.Dither.NONE)
    counts = np.bincount(np.asarray(quantised).ravel(), minlength=_CLUSTERS)
    palette = np.array((quantised.getpalette() or [])[: 3 * _CLUSTERS], np.uint8).reshape(-1, 3)
    labs = to_oklab(palette / 255)
    found: list[tuple[float, Floats]] = []
    for index in np.argsort(-counts[: len(palette)], kind="stable"):
        share = float(counts[index] / counts.sum())
        if share == 0:
            continue
        for place, (other, lab) in enumerate(found):
            if np.linalg.norm(lab - labs[index]) < _SAME:
                found[place] = (other + share, (lab * other + labs[index] * share) / (other + share))
                break
        else:
            found.append((share, labs[index]))
    found.sort(key=lambda pair: -pair[0])
    return [Swatch(color=to_hex(lab), share=round(min(share, 1.0), 4)) for share, lab in found]


def _flatness(picture: Image.Image, ground: str | None) -> float:
    """Share of the four most common colours beside the ground's: near 1 for a drawn mark, low for light and shade."""
    small = picture.convert("RGBA")
    factor = max(1, max(small.size) // (2 * _SIDE))
    pixels = np.asarray(small)[::factor, ::factor].reshape(-1, 4)  # picked, not averaged: no new colours
    subject = pixels[pixels[:, 3] > 230][:, :3]
    if ground is not None:
        away = np.abs(subject.astype(int) - ImageColor.getrgb(ground)).max(axis=1)
        subject = subject[away > 24]
    codes = (subject >> 4) @ np.array([256, 16, 1])
    counts = np.sort(np.bincount(codes))[::-1]
    return round(float(counts[:4].sum() / max(counts.sum(), 1)), 4)


def _attention(lab: Floats, alpha: Floats) -> Floats:
    """Edges and unusual colours draw the eye, the middle a little more than the rim."""
    edges = np.zeros(alpha.shape)
    edges[:, 1:] += np.linalg.norm(np.diff(lab, axis=1), axis=2)
    edges[1:, :] += np.linalg.norm(np.diff(lab, axis=0), axis=2)
    unusual = np.linalg.norm(lab - np.median(lab.reshape(-1, 3), axis=0), axis=2)
    energy = (edges / (edges.mean() + 1e-6) + 0.8 * unusual / (unusual.mean() + 1e-6)) * alpha
    height, width = alpha.shape
    y, x = np.mgrid[0:height, 0:width]
    middle = np.exp(-(((x / width - 0.5) / 0.55) ** 2) - ((y / height - 0.46) / 0.55) ** 2)
    return np.asarray((np.minimum(energy, 8) + 0.05) * middle, np.float64)


def _with_faces(attention: Floats, picture: Image.Image) -> Floats:
    """Where there are faces, they with their hair and shoulders are what matters."""
    small = picture.convert("L")
    small.thumbnail((_FACE_SIDE, _FACE_SIDE), Image.Resampling.BOX)
    faces = _face_finder().detectMultiScale(np.asarray(small), 1.1, 6, minSize=(24, 24))
    height, width = attention.shape
    mask = np.zeros_like(attention)
    for x, y, w, h in faces:
        top, bottom = ((y + share * h) * height / small.height for share in (-0.55, 1.35))
        left, right = ((x + share * w) * width / small.width for share in (-0.25, 1.25))
        mask[max(0, round(top)) : round(bottom), max(0, round(left)) : round(right)] = 1
    return attention + mask * (2 * attention.sum() / mask.sum()) if mask.any() else attention


@cache
def _face_finder() -> cv2.CascadeClassifier:
    folder = Path(cv2.data.haarcascades)  # type: ignore[attr-defined]
    return cv2.CascadeClassifier(str(folder / "haarcascade_frontalface_default.xml"))


def _profile(sums: Floats) -> list[float]:
    edges = np.linspace(0, len(sums), BINS + 1)
    whole = np.concatenate([[0.0], np.cumsum(sums)])
    shares = np.diff(np.interp(edges, np.arange(len(whole)), whole))
    return [round(float(share), 5) for share in shares / shares.sum()]


def _ground(lab: Floats) -> str | None:
    """The colour all around the edges, if it is one."""
    rim = np.concatenate([lab[:2].reshape(-1, 3), lab[-2:].reshape(-1, 3), lab[:, :2].reshape(-1, 3),
                          lab[:, -2:].reshape(-1, 3)])  # fmt: skip
    middle = np.median(rim, axis=0)
    near = np.linalg.norm(rim - middle, axis=1) < 3 * _PLAIN
    return to_hex(middle) if near.mean() > 0.97 and rim[near].std(axis=0).max() < _PLAIN else None


def without_margins(picture: Image.Image) -> Image.Image:
    """A picture on a plain ground, cut to its subject and some air; any other as it is."""
    if picture.mode != "RGB":
        return picture
    small = picture.copy()
    small.thumbnail((4 * _SIDE, 4 * _SIDE), Image.Resampling.BOX)
    lab = to_oklab(np.asarray(small) / 255)
    ground = _ground(lab)
    if ground is None:
        return picture
    away = np.linalg.norm(lab - to_oklab(np.array(ImageColor.getrgb(ground)) / 255), axis=2) > 2.5 * _PLAIN
    rows, columns = np.flatnonzero(away.any(axis=1)), np.flatnonzero(away.any(axis=0))
    if len(rows) == 0:
        return picture
    scale = picture.width / small.width
    air = _AIR * max(rows[-1] - rows[0], columns[-1] - columns[0]) * scale
    return picture.crop((
        round(max(0, columns[0] * scale - air)), round(max(0, rows[0] * scale - air)),
        round(min(picture.width, (columns[-1] + 1) * scale + air)),
        round(min(picture.height, (rows[-1] + 1) * scale + air)),
    ))  # fmt: skip
