"""The image model that asks SDXL for a picture, and sees to it that the texts can be read on it."""

import hashlib
import io
import json
from dataclasses import asdict, dataclass

import numpy as np
from PIL import Image

from configs.models import ModelSettings
from pipelines.models.base import ImageModel, Painted, Scene, Usage, Work
from pipelines.models.generation import GeneratedImage, ImageGenerator, ImageRequest
from pipelines.models.sdxl_painter.sketch import draw_sketch
from pipelines.models.sdxl_painter.veils import Pixels, veils
from pipelines.models.sdxl_painter.words import prompts
from pipelines.picture_wish import PARAM, PICTURED, PictureWish
from storage.documents.element import ElementContent, ElementSpec, Transform
from storage.documents.ids import poster_id_of
from storage.documents.style import ElementStyle, Fill, ImageFill
from storage.errors import ModelUnavailable
from storage.objects.base import ObjectStore

_LANES = ("image_lane", "image_loras", "image_guidance_until", "image_tiny_vae", "image_quantised", "image_deep_cache")
_UNCHANGED = {name: ModelSettings.model_fields[name].default for name in _LANES}


@dataclass(frozen=True, slots=True)
class PictureOptions:
    """``sketch``: start from a sketch of the layout, and go ``strength`` (0-1) of the way from it.

    ``lanes``: what else the operator chose that makes other pictures of the same model.
    """

    steps: int = 30
    guidance: float = 5.0
    sketch: bool = True
    strength: float = 0.9
    lanes: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: ModelSettings) -> "PictureOptions":
        """As the operator set them."""
        return cls(
            settings.image_steps, settings.image_guidance, settings.image_sketch, settings.image_strength,
            tuple(f"{name}={value}" for name in _LANES if (value := getattr(settings, name)) != _UNCHANGED[name]),
        )  # fmt: skip


class SdxlPainter:
    """Implements ``pipelines.models.base.ImageModel``.

    ``fallback``: whether ``painter`` takes over, and says so, while there is no picture to be had.
    """

    def __init__(
        self, generator: ImageGenerator, painter: ImageModel, objects: ObjectStore, options: PictureOptions, *,
        fallback: bool,
    ) -> None:  # fmt: skip
        self._generator, self._painter, self._objects = generator, painter, objects
        self._options, self._fallback = options, fallback

    @property
    def name(self) -> str:
        """The generator's."""
        return self._generator.name

    def background(self, scene: Scene, painter: str | None, work: Work) -> Painted:
        """A picture of the page's size, and veils under the texts. Raises ModelUnavailable without fallback."""
        if painter is None:
            return Painted(elements=[], usage=Usage(model=self.name))
        try:
            made = self._generator.generate(self._request(scene, work), lambda _done, _steps: work.check())
        except ModelUnavailable as error:
            if not self._fallback:
                raise
            return _instead(self._painter.background(scene, painter, work), "generating_background", _why(error))
        wish: PictureWish | None = scene.params.get(PARAM)
        over = veils(scene, wish.texts, self._pixels(made.key)) if wish else []
        return Painted(
            elements=[_picture(scene, made), *over],
            usage=Usage(
                model=made.model, steps=made.steps, seconds=made.seconds, gpus=made.gpus, lossy=list(made.lossy)
            ),
        )

    def hero(self, scene: Scene, hero: str, work: Work) -> Painted:
        """None: the picture shows the subject, and a drawn one before it would be a second. Where the background had
        to be drawn, so is the hero."""
        if scene.params.get(PICTURED, False):
            return Painted(elements=[], usage=Usage(model=self.name))
        return _instead(self._painter.hero(scene, hero, work), "generating_elements", "the background is drawn")

    def _request(self, scene: Scene, work: Work) -> ImageRequest:
        prompt, negative = prompts(scene)
        given = self._options
        # SDXL's own schedule needs one step at least.
        strength = max(given.strength, 1 / given.steps)
        sketch = draw_sketch(scene) if given.sketch else b""
        facts = [self.name, prompt, negative, scene.width, scene.height, scene.seed, asdict(given),
                 hashlib.sha256(sketch).hexdigest()]  # fmt: skip
        digest = hashlib.sha256(json.dumps(facts, ensure_ascii=False).encode()).hexdigest()[:24]
        start_key = f"tasks/{work.task_id}/sketch/{digest}.png" if sketch else ""
        if start_key and not self._objects.exists(start_key):
            self._objects.put(start_key, sketch, "image/png")
        return ImageRequest(
            job=f"{work.task_id}/{digest}",
            # Beside the poster's files: it lives and is deleted with the poster, and whoever may read that may read it.
            key=f"posters/{poster_id_of(work.task_id)}/pictures/background-{digest}.png",
            prompt=prompt, negative=negative, width=scene.width, height=scene.height, seed=scene.seed,
            steps=given.steps, guidance=given.guidance, start_key=start_key, strength=strength if sketch else 1.0,
        )  # fmt: skip

    def _pixels(self, key: str) -> Pixels:
        with Image.open(io.BytesIO(self._objects.get(key).data)) as image:
            return np.asarray(image.convert("RGB"))


def _picture(scene: Scene, made: GeneratedImage) -> ElementSpec:
    fill = ImageFill(image_url=made.key, mode="cover")
    return ElementSpec(
        type="image",
        transform=Transform(width=scene.width, height=scene.height),
        style=ElementStyle(fill=Fill(type="image", image=fill)),
        content=ElementContent(image_url=made.key, name="Picture", role="background", seed=scene.seed),
    )


def _instead(painted: Painted, stage: str, why: str) -> Painted:
    usage = painted.usage.model_copy(update={"fallbacks": [*painted.usage.fallbacks, f"{stage}: {why}"]})
    return painted.model_copy(update={"usage": usage})


def _why(error: ModelUnavailable) -> str:
    return str(error.details.get("why") or error.message)
