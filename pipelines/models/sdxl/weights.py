"""Loads SDXL's parts from a folder in diffusers' layout, or from the local cache of the model hub."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, AutoencoderTiny, UNet2DConditionModel

from pipelines.models.sdxl import licence, lora
from pipelines.models.sdxl.conditioning import ClipEncoder, Encoder
from pipelines.models.sdxl.config import OTHER_FORMATS, WEIGHT_FILES, SdxlConfig, lora_suffix
from pipelines.models.sdxl.errors import UnsupportedModel, WeightsMissing

LANE_OF = {"EulerAncestralDiscreteScheduler": "ancestral", "LCMScheduler": "lcm"}
"""Lane by the scheduler in a model's folder; any other's model runs on Euler's steps."""


@dataclass(slots=True)
class Parts:
    """The loaded model. ``scheduler``: its configuration. ``name``, ``licence``: as metadata names them.

    ``lane``: what fits the scheduler that the model comes with. ``tiny_vae``: what decodes in the VAE's place.
    """

    unet: Any
    vae: Any
    encoder: Encoder
    scheduler: Mapping[str, Any]
    zeros_for_empty: bool
    name: str
    licence: str
    lane: str = "base"
    tiny_vae: Any = None


def device_of(config: SdxlConfig) -> torch.device:
    """The configured device, else CUDA where there is one."""
    return torch.device(config.device or ("cuda" if torch.cuda.is_available() else "cpu"))


def dtype_of(config: SdxlConfig) -> torch.dtype:
    """The configured type, else bfloat16 on a GPU and float32 on the CPU."""
    name = config.dtype or ("bfloat16" if device_of(config).type == "cuda" else "float32")
    return {"bfloat16": torch.bfloat16, "float32": torch.float32}[name]


def folder_of(config: SdxlConfig) -> Path:
    """The model's folder. Raises WeightsMissing when it is neither a folder nor in the cache (or cannot be fetched)."""
    if Path(config.model).is_dir():
        return Path(config.model)
    from huggingface_hub import snapshot_download

    try:
        return Path(
            snapshot_download(
                config.model, local_files_only=not config.download, allow_patterns=list(WEIGHT_FILES),
                ignore_patterns=list(OTHER_FORMATS),
            )
        )  # fmt: skip
    except Exception as error:
        raise WeightsMissing(
            f"no SDXL model at {config.model!r}: give a folder in diffusers' layout, or a hub name that lies in the "
            f"local cache (downloading is {'on' if config.download else 'off'})."
        ) from error


def load(config: SdxlConfig) -> Parts:
    """Loads all parts to the device. Raises WeightsMissing, LicenceRefused, UnsupportedModel."""
    folder, device, dtype = folder_of(config), device_of(config), dtype_of(config)
    if not (folder / "model_index.json").exists():
        raise WeightsMissing(f"{folder} holds no model_index.json; it is not a model in diffusers' layout.")
    allowed = licence.check(folder)
    index = json.loads((folder / "model_index.json").read_text())
    if index.get("_class_name") not in ("StableDiffusionXLPipeline", "StableDiffusionXLImg2ImgPipeline"):
        raise UnsupportedModel(f"{folder} is a {index.get('_class_name')}, not an SDXL model.")
    options: dict[str, Any] = {"torch_dtype": dtype, "local_files_only": True, "use_safetensors": True}
    try:
        unet = UNet2DConditionModel.from_pretrained(folder, subfolder="unet", **options)
        vae = AutoencoderKL.from_pretrained(folder, subfolder="vae", **options)
        encoder = _encoder(folder, device, dtype)
        scheduler = json.loads((folder / "scheduler" / "scheduler_config.json").read_text())
    except OSError as error:
        raise WeightsMissing(f"{folder} lacks a part of SDXL: {error}") from error
    lora.merge(unet, config.loras)
    return Parts(
        unet=unet.to(device).eval(),
        vae=vae.to(device).eval(),
        encoder=encoder,
        scheduler={key: value for key, value in scheduler.items() if not key.startswith("_")},
        zeros_for_empty=bool(index.get("force_zeros_for_empty_prompt", True)),
        name=Path(config.model).name + lora_suffix(config.loras),
        licence=allowed,
        lane=LANE_OF.get(str(scheduler.get("_class_name")), "base"),
        tiny_vae=_tiny_vae(Path(config.tiny_vae), vae, options).to(device).eval() if config.tiny_vae else None,
    )


def _tiny_vae(folder: Path, vae: Any, options: dict[str, Any]) -> Any:
    """The AutoencoderTiny in ``folder``, which must speak of the same latents as the model's own VAE."""
    if not (folder / "config.json").is_file():
        raise WeightsMissing(f"{folder} holds no config.json; give a folder of diffusers' AutoencoderTiny.")
    licence.check(folder)
    config = json.loads((folder / "config.json").read_text())
    if config.get("_class_name") != "AutoencoderTiny":
        raise UnsupportedModel(f"{folder} is a {config.get('_class_name')}, not an AutoencoderTiny.")
    try:
        tiny = AutoencoderTiny.from_pretrained(folder, **options)
    except OSError as error:
        raise WeightsMissing(f"{folder} lacks the weights of its AutoencoderTiny: {error}") from error
    doublings = len(tiny.config.decoder_block_out_channels) - 1
    factor = tiny.config.upsampling_scaling_factor**doublings
    have, want = (tiny.config.latent_channels, factor), (vae.config.latent_channels, factor_of(vae))
    if have != want:
        raise UnsupportedModel(
            f"{folder} decodes latents of {have[0]} channels to {have[1]} pixels a cell; this model has {want[0]} and "
            f"{want[1]}."
        )
    return tiny


def factor_of(vae: Any) -> int:
    """Pixels that a latent cell of this VAE is wide."""
    return int(2 ** (len(vae.config.block_out_channels) - 1))


def _encoder(folder: Path, device: torch.device, dtype: torch.dtype) -> ClipEncoder:
    from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

    tokenizers = [
        CLIPTokenizer.from_pretrained(folder / name, local_files_only=True) for name in ("tokenizer", "tokenizer_2")
    ]
    models = [
        kind.from_pretrained(folder / name, dtype=dtype, local_files_only=True, use_safetensors=True)
        for kind, name in ((CLIPTextModel, "text_encoder"), (CLIPTextModelWithProjection, "text_encoder_2"))
    ]
    return ClipEncoder(tokenizers, [model.to(device).eval() for model in models])
