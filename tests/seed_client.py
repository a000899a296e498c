"""The client and the workflow that the seed document prints, cut out of it and run as they are."""

import re
import sys
import types
from pathlib import Path
from typing import Any

SEED = Path(__file__).parent / "data" / "seed.md"
_PACKAGES = ("algorithm", "algorithm.sdk", "algorithm.workflow")
_SDK, _WORKFLOW = "algorithm.sdk.backend_client", "algorithm.workflow.poster_generation"


def load() -> tuple[Any, Any]:
    """The two modules, under the names that they import each other by."""
    client, workflow = re.findall(r"```python\n(.*?)```", SEED.read_text(encoding="utf-8"), re.S)[:2]
    for name in (*_PACKAGES, _SDK, _WORKFLOW):
        sys.modules[name] = types.ModuleType(name)
    exec(compile(client, "backend_client.py", "exec"), sys.modules[_SDK].__dict__)
    exec(compile(workflow, "poster_generation.py", "exec"), sys.modules[_WORKFLOW].__dict__)
    return sys.modules[_SDK], sys.modules[_WORKFLOW]


sdk, workflow = load()

LAYERS = ["layer_ground_9", "layer_words_1"]
SHAPE = {
    "type": "shape",
    "transform": {"x": 0, "y": 0, "width": 1080, "height": 400, "rotation": 0},
    "style": {"opacity": 0.9, "fill": {"type": "solid", "color": "#096dd9"}},
    "content": {"shape_type": "rect"},
}
TITLE = {
    "type": "text",
    "transform": {"x": 340, "y": 300, "width": 400, "height": 80, "rotation": 0, "scale_x": 1, "scale_y": 1},
    "style": {
        "opacity": 1,
        "fill": {"type": "solid", "color": "#ffffff"},
        "text_style": {"font_family": "PingFang SC", "font_size": 48, "font_weight": "bold"},
    },
    "content": {"text": "诚聘英才"},
}
BACKGROUND = "linear-gradient(180deg, #1890ff 0%, #096dd9 100%)"
AI_PARAMS = {"model": "stable_diffusion_xl", "steps": 30, "guidance_scale": 7.5}


class Workflow(workflow.PosterGenerationWorkflow):  # type: ignore[misc, name-defined]
    """The printed workflow with the algorithms that the document leaves to its reader."""

    def __init__(self, backend: Any, preview: bytes, source: bytes, suffix: str = "") -> None:
        super().__init__(backend)
        self.preview, self.source, self.suffix = preview, source, suffix

    async def parse_intent(self, prompt: str, style: str) -> dict[str, Any]:
        return {"prompt": prompt, "style": style}

    async def generate_layout(self, intent: Any, size: Any) -> dict[str, Any]:
        return {"size": size}

    async def generate_background(self, layout: Any, colours: Any) -> dict[str, Any]:
        return {"preview_data": self.preview, "source_data": self.source, "style": BACKGROUND,
                "generation_params": AI_PARAMS}  # fmt: skip

    async def generate_elements(self, layout: Any, elements: Any, intent: Any) -> dict[str, Any]:
        ground, words = (name + self.suffix for name in LAYERS)
        return {
            "layers": [{"id": ground, "elements": [SHAPE]}, {"id": words, "elements": [TITLE, TITLE]}],
            "fonts_used": ["PingFang SC"],
        }

    async def render_text_elements(self, elements: Any, style: str) -> Any:
        return elements

    async def quality_check(self, elements: Any) -> bool:
        return True


class BrokenWorkflow(Workflow):
    """One whose background fails."""

    async def generate_background(self, layout: Any, colours: Any) -> dict[str, Any]:
        raise RuntimeError("no GPU")
