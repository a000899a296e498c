"""The text reader: PaddleOCR (PP-OCRv6 small) on ONNX Runtime, on CPU or GPU, offline."""

import math
import os
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.models import ocr_models
from pipelines.models.base import TextLine

# Detection's memory grows with the picture; beyond this the text of a big poster is large enough to be found smaller.
_DETECTION_PIXELS = 4_000_000
_BATCH = 8


class PaddleOcrReader:
    """Reads printed Chinese and Latin text. Not safe for concurrent calls; loads in seconds, once.

    ``models_dir`` receives the model folders (a link to the installed weights and a small config) and PaddleX's
    cache. ``batch``: pictures of one size that are searched for text together. ``device``: cpu, or gpu:0, which needs
    the GPU build of ONNX Runtime. Raises UnavailableError when the weights are not installed.
    """

    name = "paddleocr/PP-OCRv6-small"

    def __init__(self, threads: int = 2, *, models_dir: Path, batch: int = 1, device: str = "cpu") -> None:
        detection, recognition = ocr_models.prepare(models_dir)
        # Read at import: where PaddleX keeps its files, and that it must not look for a download server.
        os.environ["PADDLE_PDX_CACHE_HOME"] = str(models_dir / "paddlex")
        os.environ["PADDLE_PDX_DISABLE_MODEL_SOURCE_CHECK"] = "True"
        with _no_modelscope():
            from paddleocr import PaddleOCR

        self._pipeline = PaddleOCR(
            text_detection_model_name=detection.name,
            text_detection_model_dir=str(detection.path),
            text_recognition_model_name=recognition.name,
            text_recognition_model_dir=str(recognition.path),
            text_recognition_batch_size=_BATCH,
            use_doc_orientation_classify=False,
            use_doc_unwarping=False,
            use_textline_orientation=False,
            device=device,
            engine="onnxruntime",
            engine_config={"intra_op_num_threads": threads, "enable_cpu_mem_arena": False},
        )
        inner: Any = self._pipeline.paddlex_pipeline._pipeline
        inner.batch_sampler.batch_size = inner.text_det_model.batch_sampler.batch_size = batch
        self._recogniser: Any = inner.text_rec_model

    def read(self, image: NDArray[np.uint8]) -> list[TextLine]:
        """Every line found. ``image``: H x W x 3 RGB, searched at full size up to 4 megapixels."""
        return self.read_pages([image])[0]

    def read_pages(self, images: list[NDArray[np.uint8]]) -> list[list[TextLine]]:
        """The lines of each picture, as ``read`` finds them; those of one size are searched together."""
        alike: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for index, image in enumerate(images):
            alike[image.shape[:2]].append(index)
        pages: list[list[TextLine]] = [[] for _ in images]
        for (height, width), indexes in alike.items():
            scale = min(1.0, math.sqrt(_DETECTION_PIXELS / (height * width)))
            side = max(32, round(max(height, width) * scale))
            results = self._pipeline.predict(
                [_bgr(images[index]) for index in indexes],
                text_det_limit_side_len=side, text_det_limit_type="max", text_rec_score_thresh=0.0,
            )  # fmt: skip
            for index, found in zip(indexes, results, strict=True):
                pages[index] = _lines(found)
        return pages

    def read_lines(self, crops: list[NDArray[np.uint8]]) -> list[str]:
        """Texts of single-line crops (RGB each), recognition only."""
        # A batch is padded to its widest member, so alike widths go together.
        order = sorted(range(len(crops)), key=lambda index: crops[index].shape[1] / crops[index].shape[0])
        texts = [""] * len(crops)
        results = self._recogniser([_bgr(crops[index]) for index in order], batch_size=_BATCH)
        for index, result in zip(order, results, strict=True):
            texts[index] = str(result["rec_text"])
        return texts


@contextmanager
def _no_modelscope() -> Iterator[None]:
    """Nothing in ModelScope's place while PaddleX is imported.

    PaddleX wants it for downloads, which there are none of; it loads torch and diffusers where they are installed:
    270 MB, and three of the 4.6 s that a reader's start takes of a core.
    """
    if "modelscope" in sys.modules:
        yield
        return
    sys.modules["modelscope"] = ModuleType("modelscope")
    try:
        yield
    finally:
        del sys.modules["modelscope"]


def _lines(found: Any) -> list[TextLine]:
    return [
        TextLine(str(text), float(score), tuple((float(x), float(y)) for x, y in polygon))
        for text, score, polygon in zip(found["rec_texts"], found["rec_scores"], found["rec_polys"], strict=True)
    ]


def _bgr(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.ascontiguousarray(image[:, :, 2::-1])
