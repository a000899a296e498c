"""LoRAs merged into the UNet as it is loaded: no step takes longer, and all requests of an engine share one set."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch

from pipelines.models.sdxl.errors import UnsupportedModel, WeightsMissing

_UNET, _DOWN, _UP = "unet.", ".lora_A.weight", ".lora_B.weight"


@torch.no_grad()
def merge(unet: Any, loras: Sequence[tuple[str, float]]) -> None:
    """Adds each LoRA (a safetensors file, its strength) to the weights. Raises WeightsMissing, UnsupportedModel."""
    for file, strength in loras:
        for path, change in _changes(Path(file), unet.config).items():
            try:
                weight = unet.get_submodule(path).weight
            except AttributeError:
                raise UnsupportedModel(f"{file} changes {path}, which this UNet does not have.") from None
            added = strength * change.to(weight.device).reshape(weight.shape)
            weight.copy_((weight.float() + added).to(weight.dtype))


def _changes(file: Path, config: Any) -> dict[str, torch.Tensor]:
    """Module -> what is added to its weight at strength 1, float32. Any of the formats that diffusers reads."""
    from diffusers.loaders import StableDiffusionXLLoraLoaderMixin
    from diffusers.utils.state_dict_utils import convert_unet_state_dict_to_peft

    if not file.is_file():
        raise WeightsMissing(f"no LoRA at {file}: give a safetensors file.")
    state, alphas = StableDiffusionXLLoraLoaderMixin.lora_state_dict(
        str(file), unet_config=config, local_files_only=True, use_safetensors=True
    )
    if others := {key.partition(".")[0] for key in state if not key.startswith(_UNET)}:
        raise UnsupportedModel(f"{file} changes {', '.join(sorted(others))} as well; only the UNet's are merged.")
    pairs = convert_unet_state_dict_to_peft({key.removeprefix(_UNET): value for key, value in state.items()})
    # An alpha is named after its module, or after the module's lower matrix as that is named before it is converted.
    named = {key.removeprefix(_UNET).removesuffix(".alpha"): value for key, value in (alphas or {}).items()}
    scales = {key.removesuffix(_DOWN): float(value) for key, value in convert_unet_state_dict_to_peft(named).items()}
    changes = {}
    for key, down in pairs.items():
        if not key.endswith(_DOWN):
            continue
        path = key.removesuffix(_DOWN)
        up = pairs[path + _UP]
        rank = down.shape[0]
        changes[path] = scales.get(path, rank) / rank * up.float().flatten(1) @ down.float().flatten(1)
    return changes
