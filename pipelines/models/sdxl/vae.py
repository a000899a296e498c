"""The VAE, whose decoder runs in stages, so that a running batch goes on between them."""

from collections.abc import Callable, Iterator
from typing import Any

import torch

from pipelines.models.sdxl.config import SdxlConfig
from pipelines.models.sdxl.forward import Graphs
from pipelines.models.sdxl.weights import Parts, device_of, dtype_of, factor_of


class Vae:
    """Pixels <-> latents. ``factor``: pixels a latent cell is wide. ``stages``: parts of one decode.

    A tiny VAE, where there is one, decodes in one stage; pictures are encoded by the model's own in any case.
    """

    def __init__(self, parts: Parts, config: SdxlConfig) -> None:
        self._vae: Any = parts.vae
        self._device, self._dtype = device_of(config), dtype_of(config)
        self._scale = float(self._vae.config.scaling_factor)
        self._tiny: Any = parts.tiny_vae
        self._unscale = float((self._tiny or self._vae).config.scaling_factor)
        self.factor = factor_of(self._vae)
        self._stages = [Graphs(stage, config) for stage in self._decoder_stages()]
        self.stages = len(self._stages)

    def encode(self, pixels: torch.Tensor, random: torch.Generator) -> torch.Tensor:
        """``pixels``: height x width x 3 uint8. A sample of the latent, 4 x h x w float32."""
        image = (pixels.to(self._device).float() / 127.5 - 1).permute(2, 0, 1)[None].to(self._dtype)
        spread = self._vae.encode(image).latent_dist
        noise = torch.randn(spread.mean.shape, generator=random).to(self._device)
        latent: torch.Tensor = ((spread.mean.float() + spread.std.float() * noise) * self._scale)[0]
        return latent

    @torch.inference_mode()
    def decode(self, latent: torch.Tensor) -> Iterator[torch.Tensor | None]:
        """Runs one stage each time it is asked; the last one gives height x width x 3 uint8 on the device."""
        now = (latent[None] / self._unscale).to(self._dtype)
        if self._device.type == "cuda":
            now = now.contiguous(memory_format=torch.channels_last)
        for at, stage in enumerate(self._stages):
            with torch.inference_mode():
                now = stage(now)
                # a graph's result is good only until its next replay, and other pictures may be decoded in between
                now = now.clone() if at < self.stages - 1 else now
                done = _to_bytes(now[0]) if at == self.stages - 1 else None
            yield done

    @property
    def since(self) -> float | None:
        """See ``Graphs``."""
        return next((stage.since for stage in self._stages if stage.since is not None), None)

    def clear(self) -> None:
        """Drops all graphs and their memory."""
        for stage in self._stages:
            stage.clear()

    def _decoder_stages(self) -> list[Callable[[torch.Tensor], torch.Tensor]]:
        if self._tiny is not None:
            return [self._tiny.decoder]
        vae, decoder = self._vae, self._vae.decoder

        def first(now: torch.Tensor) -> torch.Tensor:
            now = vae.post_quant_conv(now) if vae.post_quant_conv is not None else now
            result: torch.Tensor = decoder.mid_block(decoder.conv_in(now), None)
            return result

        def last(now: torch.Tensor) -> torch.Tensor:
            result: torch.Tensor = decoder.conv_out(decoder.conv_act(decoder.conv_norm_out(now)))
            return result

        def up(block: Any) -> Callable[[torch.Tensor], torch.Tensor]:
            def stage(now: torch.Tensor) -> torch.Tensor:
                result: torch.Tensor = block(now, None)
                return result

            return stage

        return [first, *(up(block) for block in decoder.up_blocks), last]


def _to_bytes(image: torch.Tensor) -> torch.Tensor:
    """3 x height x width in -1..1 -> height x width x 3 uint8."""
    return ((image.float() / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).contiguous()
