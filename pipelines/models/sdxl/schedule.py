"""Samplers as tables: what one step multiplies and adds, so that a batch can hold requests of any schedule and age.

All samplers here are one formula over a latent x scaled as in k-diffusion (noise of deviation sigma added to the
picture): the UNet sees x / sqrt(sigma^2 + 1), and x <- keep * x + slope * eps + fresh * z, with z new noise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from diffusers import EulerAncestralDiscreteScheduler, EulerDiscreteScheduler, LCMScheduler

from pipelines.models.sdxl.config import Lane
from pipelines.models.sdxl.errors import BadRequest, UnsupportedModel

COLUMNS = ("divisor", "timestep", "keep", "slope", "fresh")


@dataclass(frozen=True, slots=True)
class Schedule:
    """``table``: steps x 5 float32 (``COLUMNS``). ``first``: the step a run starts with (img2img skips some).

    ``noise``: deviation of the noise that the start is made with. ``noisy``: some step draws new noise.
    """

    table: torch.Tensor
    first: int
    noise: float
    noisy: bool

    @property
    def steps(self) -> int:
        """Steps of the whole schedule; a run takes ``steps - first``."""
        return int(self.table.shape[0])


class Schedules:
    """Schedules of one model, made by diffusers' own schedulers from the model's configuration."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        if config.get("prediction_type", "epsilon") != "epsilon":
            raise UnsupportedModel(f"this model predicts {config['prediction_type']!r}; only epsilon is supported.")
        self._config = dict(config)
        self._made: dict[tuple[Lane, int], tuple[torch.Tensor, torch.Tensor, float]] = {}

    def make(self, lane: Lane, steps: int, strength: float | None = None) -> Schedule:
        """A schedule of ``steps``; with a ``strength`` for img2img, whose first steps are left out.

        Raises BadRequest when nothing is left to run.
        """
        if (lane, steps) not in self._made:
            self._made[lane, steps] = self._build(lane, steps)
        table, sigmas, start = self._made[lane, steps]
        noisy = bool((table[:, 4] > 0).any())
        if strength is None:
            return Schedule(table, 0, start, noisy)
        kept = min(int(steps * strength), steps)  # as diffusers' img2img pipeline counts
        if kept < 1:
            raise BadRequest(f"strength {strength} of {steps} steps leaves none to run; ask for more of either.")
        return Schedule(table, steps - kept, float(sigmas[steps - kept]), noisy)

    def _build(self, lane: Lane, steps: int) -> tuple[torch.Tensor, torch.Tensor, float]:
        config = dict(self._config)
        if lane.spacing:
            config["timestep_spacing"] = lane.spacing
        if lane.sampler == "lcm":
            return _lcm(config, steps)
        if lane.sampler not in ("euler", "ancestral"):
            raise BadRequest(f"unknown sampler {lane.sampler!r}: euler, ancestral or lcm.")
        kind = EulerDiscreteScheduler if lane.sampler == "euler" else EulerAncestralDiscreteScheduler
        scheduler = kind.from_config(config)
        scheduler.set_timesteps(steps)
        sigmas = scheduler.sigmas.double()
        now, after = sigmas[:-1], sigmas[1:]
        fresh = torch.zeros_like(now)
        if lane.sampler == "ancestral":
            fresh = (after**2 * (now**2 - after**2) / now**2).sqrt()
        slope = (after**2 - fresh**2).clamp(min=0).sqrt() - now
        table = _table(now, scheduler.timesteps, torch.ones_like(now), slope, fresh)
        return table, sigmas, float(scheduler.init_noise_sigma)


def _lcm(config: dict[str, Any], steps: int) -> tuple[torch.Tensor, torch.Tensor, float]:
    """LCM's multistep sampling (arXiv:2310.04378, algorithm 1): denoise at once, then add less noise."""
    scheduler = LCMScheduler.from_config({**config, "clip_sample": False})
    scheduler.set_timesteps(steps)
    level = scheduler.alphas_cumprod.double()[scheduler.timesteps.long()]
    now = ((1 - level) / level).sqrt()
    after = torch.cat([now[1:], now.new_zeros(1)])
    skip, out = scheduler.get_scalings_for_boundary_condition_discrete(scheduler.timesteps.double())
    table = _table(now, scheduler.timesteps, skip / (now**2 + 1).sqrt() + out, -out * now, after)
    return table, torch.cat([now, now.new_zeros(1)]), float((now[0] ** 2 + 1).sqrt())


def _table(now: torch.Tensor, timesteps: torch.Tensor, *rest: torch.Tensor) -> torch.Tensor:
    columns = [(now**2 + 1).sqrt(), timesteps, *rest]
    return torch.stack([column.double() for column in columns], dim=1).float()
