"""Any text that the API takes is drawn, in bounded time, and names a layer of the PSD."""

import io
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psd_tools import PSDImage

from pipelines.export.psd import write_psd
from pipelines.rendering.canvas import render
from storage.documents.element import ElementContent, ElementSpec, LayerSpec, Transform
from storage.documents.poster import PosterDocument, assemble
from storage.documents.style import ElementStyle, TextStyle, solid

LONGEST = 4000
FLOODS = {
    "marks": "Z" + "\u0301" * (LONGEST - 1), "marks on each": "Z\u0301\u0323\u0489" * 1000,
    "zero width": "a" + "\u200b" * (LONGEST - 1), "joiners": "👨\u200d" * 2000, "variants": "\ufe0f" * LONGEST,
    "line breaks": "\n" * LONGEST, "carriage returns": "a\r\n" * 1300, "separators": "a\u2028" * 2000,
    "tabs": "\t" * LONGEST, "one word": "W" * LONGEST, "right to left": "שלום مرحبا " * 360,
    "nothing known": "\U00013000\ue000" * 2000, "tags": "🏴" + "\U000e0067" * (LONGEST - 1),
    "Tibetan": "ྐྵྐྵ" * 1000, "Han": "字" * LONGEST,
}  # fmt: skip


def page(text: str, name: str = "name", vertical: bool = False) -> PosterDocument:
    style = TextStyle(font_size=24, writing_mode="vertical" if vertical else "horizontal")
    element = ElementSpec(
        type="text",
        transform=Transform(x=10, y=10, width=300, height=300),
        style=ElementStyle(fill=solid("#102030"), text_style=style),
        content=ElementContent(text=text, name=name[:100]),
    )
    return assemble("task_1", "local", 320, 320, [LayerSpec(role="text", name="Text", elements=[element])])


def no_pictures(url: str) -> bytes:
    raise AssertionError(url)


@pytest.mark.parametrize("vertical", [False, True], ids=["horizontal", "vertical"])
@pytest.mark.parametrize("text", FLOODS.values(), ids=FLOODS)
def test_a_flood_is_drawn_in_bounded_time(text: str, vertical: bool) -> None:
    began = time.process_time()
    assert render(page(text, vertical=vertical), no_pictures).shape == (320, 320, 4)
    assert time.process_time() - began < 20


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=80))
def test_any_text_is_drawn_and_names_a_layer(text: str) -> None:
    document = page(text, text)
    merged = render(document, no_pictures)
    psd = PSDImage.open(io.BytesIO(write_psd(document, no_pictures, merged)))
    names = [layer.name for layer in psd.descendants()]
    assert len(names) == 3
    assert not any(char in name for name in names for char in "\x00\r\n\x1b")
