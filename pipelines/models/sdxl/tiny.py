"""A tiny SDXL folder of random weights: the same classes and files as the real one, a few MB, made offline."""

import contextlib
import json
import tempfile
from pathlib import Path
from typing import Any

from pipelines.models.sdxl.config import SdxlConfig

CARD = """---
license: apache-2.0
tags: [random-weights]
---
# tiny-random

Random weights in the shape of SDXL, for tests: its pictures are noise. Seed {seed}.
"""

TEXT = {
    "vocab_size": 514, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 3, "num_attention_heads": 4,
    "max_position_embeddings": 77, "projection_dim": 32, "hidden_act": "quick_gelu", "bos_token_id": 512,
    "eos_token_id": 513, "pad_token_id": 513,
}  # fmt: skip
UNET: dict[str, Any] = {
    "sample_size": 16, "in_channels": 4, "out_channels": 4, "block_out_channels": (32, 64), "layers_per_block": 1,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "UpBlock2D"), "attention_head_dim": (2, 4),
    "transformer_layers_per_block": (1, 2), "cross_attention_dim": 64, "use_linear_projection": True,
    "addition_embed_type": "text_time", "addition_time_embed_dim": 8, "projection_class_embeddings_input_dim": 80,
    "norm_num_groups": 8,
}  # fmt: skip
VAE: dict[str, Any] = {
    "in_channels": 3, "out_channels": 3, "latent_channels": 4, "block_out_channels": (8, 8, 16, 16),
    "down_block_types": ("DownEncoderBlock2D",) * 4, "up_block_types": ("UpDecoderBlock2D",) * 4,
    "layers_per_block": 1, "norm_num_groups": 4, "sample_size": 128, "scaling_factor": 0.13025,
}  # fmt: skip
SCHEDULER: dict[str, Any] = {
    "beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "num_train_timesteps": 1000,
    "prediction_type": "epsilon", "timestep_spacing": "leading", "steps_offset": 1,
}  # fmt: skip


def make(folder: Path, seed: int = 0) -> Path:
    """Writes the folder (seconds) unless it is there, whole or not at all. The same seed gives the same weights."""
    import torch
    from diffusers import AutoencoderKL, EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
    from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

    if folder.exists():
        return folder
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        vocabulary = _vocabulary()
        pipeline = StableDiffusionXLPipeline(
            vae=AutoencoderKL(**VAE),
            text_encoder=CLIPTextModel(CLIPTextConfig(**TEXT)),
            text_encoder_2=CLIPTextModelWithProjection(CLIPTextConfig(**{**TEXT, "hidden_act": "gelu"})),
            tokenizer=CLIPTokenizer(vocabulary, [], model_max_length=77),
            tokenizer_2=CLIPTokenizer(vocabulary, [], model_max_length=77, pad_token="!"),  # noqa: S106
            unet=UNet2DConditionModel(**UNET),
            scheduler=EulerDiscreteScheduler(**SCHEDULER),
            add_watermarker=False,
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as beside:
        made = Path(beside) / folder.name
        made.mkdir()
        (made / "README.md").write_text(CARD.format(seed=seed))
        pipeline.save_pretrained(made)
        index_file = made / "model_index.json"
        index = json.loads(index_file.read_text())
        index["_name_or_path"] = "tiny-random"
        index_file.write_text(json.dumps(index, indent=2) + "\n")
        # Several replicas may make it at once; the first to be done wins.
        with contextlib.suppress(OSError):
            made.rename(folder)
    return folder


def config(folder: Path, **settings: Any) -> SdxlConfig:
    """The engine's settings for the folder, made if it is not there."""
    return SdxlConfig(model=str(make(folder)), **settings)


def _vocabulary() -> dict[str, int]:
    """CLIP's vocabulary without merges: each byte alone and at a word's end, then the two marks."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = [chr(byte) for byte in printable] + [chr(256 + at) for at in range(len(others))]
    words = letters + [f"{letter}</w>" for letter in letters] + ["<|startoftext|>", "<|endoftext|>"]
    return {word: at for at, word in enumerate(words)}
