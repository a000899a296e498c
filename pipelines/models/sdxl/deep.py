"""The UNet in two parts, so that what its inner part made in one step can serve the next ones (DeepCache,
arXiv:2312.00858).

The shallow part is the outermost blocks, which have no attention. It runs at each step, on the inner part's result of
this step or of an earlier one. On this step's both parts together give what the UNet gives.
"""

from collections.abc import Callable
from typing import Any

import torch

from pipelines.models.sdxl.errors import UnsupportedModel

Part = Callable[..., torch.Tensor]


def check(unet: Any) -> None:
    """Raises UnsupportedModel where the outermost blocks are others than SDXL's."""
    outer = type(unet.down_blocks[0]).__name__, type(unet.up_blocks[-1]).__name__
    if outer != ("DownBlock2D", "UpBlock2D"):
        raise UnsupportedModel(f"a deep cache needs SDXL's outermost blocks; this UNet has {outer[0]} and {outer[1]}.")


def channels(unet: Any) -> int:
    """Of the inner part's result, which is as high and wide as the latent."""
    return int(unet.config["block_out_channels"][1])


def inner(unet: Any) -> Part:
    """(what the UNet is given) -> the hidden state before its last block."""

    def forward(
        latents: torch.Tensor, timesteps: torch.Tensor, tokens: torch.Tensor, pooled: torch.Tensor, ids: torch.Tensor
    ) -> torch.Tensor:
        time = _time(unet, latents, timesteps, tokens, pooled, ids)
        now = unet.conv_in(latents)
        kept: tuple[torch.Tensor, ...] = (now,)
        for block in unet.down_blocks:
            now, more = block(now, time, **_attended(block, tokens))
            kept += more
        now = unet.mid_block(now, time, encoder_hidden_states=tokens)
        for block in unet.up_blocks[:-1]:
            count = len(block.resnets)
            now = block(now, kept[-count:], time, **_attended(block, tokens))
            kept = kept[:-count]
        result: torch.Tensor = now
        return result

    return forward


def outer(unet: Any) -> Part:
    """(what the UNet is given, the inner part's result) -> predicted noise."""

    def forward(
        latents: torch.Tensor, timesteps: torch.Tensor, tokens: torch.Tensor, pooled: torch.Tensor, ids: torch.Tensor,
        deep: torch.Tensor,
    ) -> torch.Tensor:  # fmt: skip
        time = _time(unet, latents, timesteps, tokens, pooled, ids)
        now = unet.conv_in(latents)
        kept = [now]
        for resnet in unet.down_blocks[0].resnets:
            now = resnet(now, time)
            kept.append(now)
        now = unet.up_blocks[-1](deep, tuple(kept), time)
        noise: torch.Tensor = unet.conv_out(unet.conv_act(unet.conv_norm_out(now)))
        return noise

    return forward


def _attended(block: Any, tokens: torch.Tensor) -> dict[str, torch.Tensor]:
    return {"encoder_hidden_states": tokens} if getattr(block, "has_cross_attention", False) else {}


def _time(
    unet: Any, latents: torch.Tensor, timesteps: torch.Tensor, tokens: torch.Tensor, pooled: torch.Tensor,
    ids: torch.Tensor,
) -> torch.Tensor:  # fmt: skip
    time: torch.Tensor = unet.time_embedding(unet.get_time_embed(latents, timesteps))
    added = {"text_embeds": pooled, "time_ids": ids}
    added_time: torch.Tensor = unet.get_aug_embed(time, tokens, added)
    return time + added_time
