"""The text reader's weights: PP-OCRv6 small on ONNX, found in an installed wheel and laid out as PaddleOCR wants them.

The wheel ``rapidocr`` carries the two networks; its code is never imported. Nothing is ever downloaded.
"""

import hashlib
import importlib.metadata
import importlib.util
import json
import mmap
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from storage.errors import UnavailableError

DISTRIBUTION = "rapidocr"
_CHECKSUM_ROW = re.compile(r"^\|\s*`([^`]+\.onnx)`\s*\|[^|]*\|\s*`([0-9a-f]{64})`", re.MULTILINE)
_METADATA_PROPS = 14  # of ONNX's ModelProto


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder with ``inference.onnx`` and ``inference.yml``, and the name PaddleOCR knows the model by."""

    name: str
    path: Path


def prepare(models_dir: Path) -> tuple[ModelFolder, ModelFolder]:
    """Folders of the detection and the recognition model, made under ``models_dir``.

    Raises UnavailableError when the weights are not installed or are not the ones their notice lists.
    """
    checksums = _published_checksums()
    detection = _verified(_weights("det"), checksums)
    recognition = _verified(_weights("rec"), checksums)
    return (
        _lay_out(models_dir, "PP-OCRv6_small_det", detection, _detection_config()),
        _lay_out(models_dir, "PP-OCRv6_small_rec", recognition, _recognition_config(_classes(recognition))),
    )


@lru_cache(maxsize=1)
def alphabet() -> frozenset[str]:
    """Every character that can be read, found without loading the network. Raises UnavailableError."""
    return frozenset(_classes(_weights("rec"))) | {" "}


def _weights(part: str) -> Path:
    spec = importlib.util.find_spec(DISTRIBUTION)
    path = Path(spec.origin).parent / "models" / f"PP-OCRv6_{part}_small.onnx" if spec and spec.origin else None
    if path is None or not path.is_file():
        raise UnavailableError(f"The text reader's weights are not installed; install the wheel {DISTRIBUTION}.")
    return path


def _published_checksums() -> dict[str, str]:
    """SHA-256 by file name, from the model licence notice inside the wheel."""
    for file in importlib.metadata.files(DISTRIBUTION) or []:
        if file.name == "MODEL_LICENSES.md":
            return dict(_CHECKSUM_ROW.findall(file.read_text(encoding="utf-8")))
    raise UnavailableError(f"The wheel {DISTRIBUTION} has no MODEL_LICENSES.md; install the pinned version.")


def _verified(path: Path, checksums: dict[str, str]) -> Path:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != checksums.get(path.name):
        raise UnavailableError(f"{path.name} is not the published file; install the wheel {DISTRIBUTION} again.")
    return path


def _classes(recognition: Path) -> list[str]:
    """The recogniser's characters, one a class, in order: the ONNX metadata entry ``character``."""
    with recognition.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as model:
        for field, start, end in _fields(model, 0, len(model)):
            if field != _METADATA_PROPS:
                continue
            entry = {number: model[a:b].decode() for number, a, b in _fields(model, start, end)}
            if entry.get(1) == "character":
                # Not splitlines(): the list holds characters that it would break at.
                return entry[2].split("\n")
    raise UnavailableError(f"{recognition.name} names no characters; install the wheel {DISTRIBUTION} again.")


def _fields(data: mmap.mmap, position: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Length-delimited fields of a protobuf message: (number, start, end)."""
    while position < end:
        key, position = _varint(data, position)
        number, wire = key >> 3, key & 7
        if wire == 0:
            _, position = _varint(data, position)
        elif wire == 2:
            length, position = _varint(data, position)
            yield number, position, position + length
            position += length
        else:
            position += 8 if wire == 1 else 4


def _varint(data: mmap.mmap, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
        shift += 7


def _detection_config() -> dict[str, Any]:
    return {
        "Global": {"model_name": "PP-OCRv6_small_det"},
        "PreProcess": {
            "transform_ops": [
                {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
                {"DetResizeForTest": None},
                {"NormalizeImage": {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225],
                                    "scale": "1./255.", "order": "hwc"}},
                {"ToCHWImage": None},
                {"KeepKeys": {"keep_keys": ["image", "shape"]}},
            ]
        },
        "PostProcess": {"name": "DBPostProcess", "thresh": 0.3, "box_thresh": 0.6, "max_candidates": 1000,
                        "unclip_ratio": 1.5},
    }  # fmt: skip


def _recognition_config(characters: list[str]) -> dict[str, Any]:
    return {
        "Global": {"model_name": "PP-OCRv6_small_rec"},
        "PreProcess": {
            "transform_ops": [
                {"DecodeImage": {"channel_first": False, "img_mode": "BGR"}},
                {"RecResizeImg": {"image_shape": [3, 48, 320]}},
                {"KeepKeys": {"keep_keys": ["image"]}},
            ]
        },
        "PostProcess": {"name": "CTCLabelDecode", "character_dict": characters},
    }


def _lay_out(models_dir: Path, name: str, weights: Path, config: dict[str, Any]) -> ModelFolder:
    """Write the folder so that a reader starting beside this one never sees half of it."""
    folder = models_dir / name
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(config, ensure_ascii=False)  # which is YAML too
    with tempfile.TemporaryDirectory(dir=models_dir) as scratch:
        (Path(scratch) / "inference.yml").write_text(text, encoding="utf-8")
        (Path(scratch) / "inference.yml").replace(folder / "inference.yml")
        (Path(scratch) / "inference.onnx").symlink_to(weights.resolve())
        (Path(scratch) / "inference.onnx").replace(folder / "inference.onnx")
    return ModelFolder(name, folder)
