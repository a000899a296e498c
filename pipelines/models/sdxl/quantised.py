"""The UNet's linear layers in whole numbers or in FP8, scaled row by row (arXiv:2208.07339, without its outliers).

Weights are rounded once, inputs as they come, each row of either by its own largest value: a row's result does not
depend on what else is in the batch.
"""

from typing import Any

import torch

from pipelines.models.sdxl.errors import UnsupportedModel

_WITHIN = "attentions"  # the transformers' layers: nearly all the work, and many rows each
_MULTIPLE = 16  # of both sides, as the kernels want it
_TINY = 1e-12


class Int8Linear(torch.nn.Module):
    """A linear layer whose product is one of whole numbers from -127 to 127."""

    weight: torch.Tensor
    scale: torch.Tensor

    def __init__(self, linear: torch.nn.Linear) -> None:
        super().__init__()
        scale = _largest(linear.weight.float()) / 127
        self.register_buffer("weight", (linear.weight.float() / scale).round().to(torch.int8))
        self.register_buffer("scale", scale.squeeze(1))
        self.bias = linear.bias

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """As the layer that it was made of."""
        rows = inputs.reshape(-1, inputs.shape[-1]).float()
        scale = _largest(rows) / 127
        product = torch._int_mm((rows / scale).round().to(torch.int8), self.weight.t())
        return _finish(product.float() * scale * self.scale, self.bias, inputs)


class Fp8Linear(torch.nn.Module):
    """A linear layer whose product is one of 8-bit floats (e4m3)."""

    weight: torch.Tensor
    scale: torch.Tensor

    def __init__(self, linear: torch.nn.Linear) -> None:
        super().__init__()
        scale = _largest(linear.weight.float()) / _FP8_MOST
        self.register_buffer("weight", (linear.weight.float() / scale).to(torch.float8_e4m3fn))
        self.register_buffer("scale", scale.t().contiguous())
        self.bias = linear.bias

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """As the layer that it was made of."""
        rows = inputs.reshape(-1, inputs.shape[-1]).float()
        scale = _largest(rows) / _FP8_MOST
        product = torch._scaled_mm(
            (rows / scale).to(torch.float8_e4m3fn), self.weight.t(), scale_a=scale, scale_b=self.scale,
            # the GPU's kernel of scaled rows gives no other
            out_dtype=torch.bfloat16 if inputs.is_cuda else inputs.dtype,
        )  # fmt: skip
        return _finish(product, self.bias, inputs)


_FP8_MOST = torch.finfo(torch.float8_e4m3fn).max
_KINDS: dict[str, type[Int8Linear] | type[Fp8Linear]] = {"int8": Int8Linear, "fp8": Fp8Linear}


def quantise(unet: Any, kind: str) -> None:
    """Replaces the linear layers of the UNet's transformers. Raises UnsupportedModel where the GPU cannot run them."""
    device = next(unet.parameters()).device
    if kind == "fp8" and device.type == "cuda" and torch.cuda.get_device_capability(device) < (9, 0):
        raise UnsupportedModel("fp8 wants a GPU of compute capability 9.0 or above (Hopper); take int8 on this one.")
    for name, module in list(unet.named_modules()):
        sides = (module.in_features, module.out_features) if isinstance(module, torch.nn.Linear) else (1,)
        if _WITHIN in name and not any(side % _MULTIPLE for side in sides):
            above, _, own = name.rpartition(".")
            setattr(unet.get_submodule(above), own, _KINDS[kind](module))


def _largest(rows: torch.Tensor) -> torch.Tensor:
    return rows.abs().amax(1, keepdim=True).clamp(min=_TINY)


def _finish(product: torch.Tensor, bias: torch.Tensor | None, inputs: torch.Tensor) -> torch.Tensor:
    product = product if bias is None else product + bias
    return product.to(inputs.dtype).reshape(*inputs.shape[:-1], product.shape[-1])
