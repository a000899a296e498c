"""SDXL at full size, or tiny, of random weights made on the device: speed does not depend on what they are."""

from typing import Any

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel

from pipelines.models.sdxl import tiny
from pipelines.models.sdxl.conditioning import Embedding
from pipelines.models.sdxl.config import SdxlConfig
from pipelines.models.sdxl.weights import Parts, device_of, dtype_of

UNET: dict[str, Any] = {
    "sample_size": 128, "in_channels": 4, "out_channels": 4, "block_out_channels": (320, 640, 1280),
    "layers_per_block": 2, "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"), "attention_head_dim": (5, 10, 20),
    "transformer_layers_per_block": (1, 2, 10), "cross_attention_dim": 2048, "use_linear_projection": True,
    "addition_embed_type": "text_time", "addition_time_embed_dim": 256, "projection_class_embeddings_input_dim": 2816,
}  # fmt: skip
VAE: dict[str, Any] = {
    "in_channels": 3, "out_channels": 3, "latent_channels": 4, "block_out_channels": (128, 256, 512, 512),
    "down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4,
    "layers_per_block": 2, "sample_size": 1024, "scaling_factor": 0.13025,
}  # fmt: skip

TINY_VAE_WIDTHS = {"full": (64,) * 4, "tiny": (8,) * 4}


def side_of(config: SdxlConfig) -> int:
    """Pixels of the model's own square."""
    unet, vae = (UNET, VAE) if config.model == "full" else (tiny.UNET, tiny.VAE)
    return int(unet["sample_size"] * 2 ** (len(vae["block_out_channels"]) - 1))


def parts(config: SdxlConfig) -> Parts:
    """``config.model`` is ``full`` or ``tiny``. The text encoders' place is taken by random embeddings."""
    unet_config, vae_config = (UNET, VAE) if config.model == "full" else (tiny.UNET, tiny.VAE)
    device, dtype = device_of(config), dtype_of(config)
    torch.manual_seed(0)
    with device:
        unet, vae = UNet2DConditionModel(**unet_config), AutoencoderKL(**vae_config)
        widths = TINY_VAE_WIDTHS[config.model]
        small = AutoencoderTiny(encoder_block_out_channels=widths, decoder_block_out_channels=widths)
    width = unet_config["cross_attention_dim"]
    pooled = unet_config["projection_class_embeddings_input_dim"] - 6 * unet_config["addition_time_embed_dim"]

    def encoder(prompt: str) -> Embedding:
        random = torch.Generator().manual_seed(sum(prompt.encode()))
        tokens, pool = torch.randn(77, width, generator=random), torch.randn(pooled, generator=random)
        return Embedding(tokens.to(device, dtype), pool.to(device, dtype))

    return Parts(
        unet=unet.to(dtype).eval(), vae=vae.to(dtype).eval(), encoder=encoder, scheduler=tiny.SCHEDULER,
        zeros_for_empty=True, name=f"{config.model}-random", licence="apache-2.0",
        tiny_vae=small.to(dtype).eval() if config.tiny_vae else None,
    )  # fmt: skip
