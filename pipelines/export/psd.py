"""A layered PSD: one named pixel layer per element, in one group per design layer.

The records are built with psd-tools' low-level structures and written directly: its ``PSDImage.save`` would composite
all layers again in Python, while the merged picture is already drawn.
"""

import io
import re

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from psd_tools.constants import BlendMode, ChannelID, ColorMode, Compression, SectionDivider, Tag
from psd_tools.psd.document import PSD
from psd_tools.psd.header import FileHeader
from psd_tools.psd.image_data import ImageData
from psd_tools.psd.image_resources import ImageResources
from psd_tools.psd.layer_and_mask import (
    ChannelData,
    ChannelDataList,
    ChannelInfo,
    LayerAndMaskInformation,
    LayerFlags,
    LayerInfo,
    LayerRecord,
)
from psd_tools.psd.tagged_blocks import TaggedBlocks

from pipelines.export.raster import opaque_rgb
from pipelines.rendering.canvas import render_background, render_element
from pipelines.rendering.draw_order import Node, ordered_elements
from pipelines.rendering.images import ImageSource
from storage.documents.element import Element
from storage.documents.poster import PosterDocument

_BLEND_MODES = {
    "normal": BlendMode.NORMAL, "multiply": BlendMode.MULTIPLY, "screen": BlendMode.SCREEN,
    "overlay": BlendMode.OVERLAY, "darken": BlendMode.DARKEN, "lighten": BlendMode.LIGHTEN,
    "color_dodge": BlendMode.COLOR_DODGE, "color_burn": BlendMode.COLOR_BURN, "hard_light": BlendMode.HARD_LIGHT,
    "soft_light": BlendMode.SOFT_LIGHT, "difference": BlendMode.DIFFERENCE, "exclusion": BlendMode.EXCLUSION,
    "hue": BlendMode.HUE, "saturation": BlendMode.SATURATION, "color": BlendMode.COLOR,
    "luminosity": BlendMode.LUMINOSITY,
}  # fmt: skip
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")
_CHANNELS = (ChannelID.TRANSPARENCY_MASK, ChannelID.CHANNEL_0, ChannelID.CHANNEL_1, ChannelID.CHANNEL_2)


def write_psd(document: PosterDocument, images: ImageSource, merged: NDArray[np.uint8]) -> bytes:
    """The PSD file. ``images`` gives a stored picture's bytes; ``merged``: the finished picture, H x W x 4 RGBA.

    Opacity, blend mode and visibility are properties of the PSD layers; the pixels of a hidden element are there too.
    """
    stack = _LayerStack()
    stack.add_pixels(render_background(document), 0, 0, "Page")
    for layer, nodes in ordered_elements(document):
        stack.open_group()
        for node in nodes:
            _add(stack, document, node, images)
        stack.close_group(layer.name or layer.type, layer.opacity, layer.blend_mode, layer.visible)
    return _file(stack, opaque_rgb(merged))


def _add(stack: "_LayerStack", document: PosterDocument, node: Node, images: ImageSource) -> None:
    element, style = node.element, node.element.style
    look = (_name(element), style.opacity, style.blend_mode, element.visible)
    if element.type == "group":
        stack.open_group()
        for child in node.children:
            _add(stack, document, child, images)
        stack.close_group(*look)
    else:
        raster = render_element(document, element.id, images)
        stack.add_pixels(raster.pixels, raster.left, raster.top, *look)


def _name(element: Element) -> str:
    content = element.content
    text = " ".join((content.text or "").split())
    return (content.name or text or content.role or element.type)[:100]


class _LayerStack:
    """Layer records with their pixels, bottom to top."""

    def __init__(self) -> None:
        self.info = LayerInfo()

    def add_pixels(
        self, pixels: NDArray[np.uint8], left: int, top: int, name: str, opacity: float = 1.0,
        blend_mode: str = "normal", visible: bool = True,
    ) -> None:  # fmt: skip
        """A pixel layer from straight RGBA, cut to what is not transparent."""
        record = self._record(name, opacity, _BLEND_MODES[blend_mode], visible)
        picture = Image.fromarray(pixels) if pixels.size else None
        box = picture.getbbox() if picture else None
        if picture is None or box is None:
            self._append(record, [ChannelData()] * len(_CHANNELS))
            return
        record.left, record.top, record.right, record.bottom = box[0] + left, box[1] + top, box[2] + left, box[3] + top
        red, green, blue, alpha = picture.crop(box).split()
        self._append(record, [_compressed(plane) for plane in (alpha, red, green, blue)])

    def open_group(self) -> None:
        """Everything added until ``close_group`` lies in the group."""
        record = self._record("</Layer group>", 1.0, BlendMode.NORMAL, True)
        record.tagged_blocks.set_data(Tag.SECTION_DIVIDER_SETTING, SectionDivider.BOUNDING_SECTION_DIVIDER)
        self._append(record, [ChannelData()] * len(_CHANNELS))

    def close_group(self, name: str, opacity: float, blend_mode: str, visible: bool) -> None:
        """A group that only gathers lets its members blend with what lies below it; any other is flattened first."""
        isolated = opacity < 1 or blend_mode != "normal"
        mode = _BLEND_MODES[blend_mode] if isolated else BlendMode.PASS_THROUGH
        # Readers take the mode from the divider; the record itself must not say pass-through.
        record = self._record(name, opacity, BlendMode.NORMAL if mode is BlendMode.PASS_THROUGH else mode, visible)
        record.tagged_blocks.set_data(
            Tag.SECTION_DIVIDER_SETTING, SectionDivider.OPEN_FOLDER, signature=b"8BIM", blend_mode=mode
        )
        self._append(record, [ChannelData()] * len(_CHANNELS))

    def _record(self, name: str, opacity: float, blend_mode: BlendMode, visible: bool) -> LayerRecord:
        # One line of a list: an editor shows line breaks and control characters as boxes, or not at all.
        name = _CONTROLS.sub(" ", name)
        blocks = TaggedBlocks()
        # The record's own name is one byte a character; every reader of today prefers the Unicode block.
        blocks.set_data(Tag.UNICODE_LAYER_NAME, name)
        blocks.set_data(Tag.LAYER_ID, self.info.layer_count + 1)
        return LayerRecord(
            name=name.encode("ascii", "replace").decode("ascii"), opacity=round(opacity * 255), blend_mode=blend_mode,
            flags=LayerFlags(visible=visible), tagged_blocks=blocks,
        )  # fmt: skip

    def _append(self, record: LayerRecord, channels: list[ChannelData]) -> None:
        record.channel_info = [
            ChannelInfo(id=channel, length=data._length) for channel, data in zip(_CHANNELS, channels, strict=True)
        ]
        planes = ChannelDataList()
        planes.extend(channels)
        self.info.layer_records.append(record)
        self.info.channel_image_data.append(planes)
        self.info.layer_count += 1


def _compressed(plane: Image.Image) -> ChannelData:
    data = ChannelData(compression=Compression.RLE)
    data.set_data(plane.tobytes(), plane.width, plane.height, 8)
    return data


def _file(stack: _LayerStack, rgb: NDArray[np.uint8]) -> bytes:
    height, width = rgb.shape[:2]
    header = FileHeader(channels=3, height=height, width=width, depth=8, color_mode=ColorMode.RGB)
    image_data = ImageData(compression=Compression.RLE)
    image_data.set_data([plane.tobytes() for plane in Image.fromarray(rgb).split()], header)
    psd = PSD(
        header=header,
        image_resources=ImageResources.new(),
        layer_and_mask_information=LayerAndMaskInformation(layer_info=stack.info),
        image_data=image_data,
    )
    buffer = io.BytesIO()
    psd.write(buffer)
    return buffer.getvalue()
