"""Settings of the models: which engine does what, where its weights are, how long it may take, how many replicas."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings

from configs.keys import SecretFile
from configs.pictures import Loras, Sizes

VLLM_PYTHON = Path(__file__).parents[1] / ".venv-vllm" / "bin" / "python"
MODEL_CHOICE = ("image_model", "language_model", "tiny", "fallback")
"""Fields that a command line may choose for one service after another; nothing is guarded by them."""
_SPAN = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)=([1-9]\d{0,2})")
_WEIGHTS = "DESIGN_AGENT_{0}_MODEL={1} needs DESIGN_AGENT_{2}_MODEL (a folder or hub name), or DESIGN_AGENT_TINY=true."


def _api_root(url: str) -> str:
    """The URL under which /chat/completions lies. Raises ValueError for anything else."""
    parts = urlsplit(url)
    if url and not (parts.scheme in {"http", "https"} and parts.hostname and not parts.query and not parts.username):
        raise ValueError("must be a URL such as https://models.example.org/v1")
    return url.rstrip("/")


@dataclass(frozen=True, slots=True)
class WarmSpan:
    """From one minute of the day to before another (UTC, over midnight where it ends earlier): so many replicas."""

    begin: int
    end: int
    replicas: int

    def holds(self, minute: int) -> bool:
        """Whether this minute of the day is in it."""
        if self.begin <= self.end:
            return self.begin <= minute < self.end
        return minute >= self.begin or minute < self.end


def warm_spans(text: str) -> tuple[WarmSpan, ...]:
    """Of "07:30-18:00=2,18:00-22:00=1". Raises ValueError for anything else."""
    spans = []
    for entry in filter(None, (part.strip() for part in text.split(","))):
        match = _SPAN.fullmatch(entry)
        if match is None:
            raise ValueError(f"must be like 07:30-18:00=2 (UTC), several with commas; {entry!r} is not")
        from_hour, from_minute, to_hour, to_minute, count = map(int, match.groups())
        spans.append(WarmSpan(from_hour * 60 + from_minute, to_hour * 60 + to_minute, count))
    return tuple(spans)


def _schedule(text: str) -> str:
    warm_spans(text)
    return text


Schedule = Annotated[str, AfterValidator(_schedule)]


class ModelSettings(BaseSettings):
    """The engines. What is not chosen is not started and needs nothing installed."""

    image_model: Literal["painter", "sdxl"] = Field(
        "painter", description="Who paints: the procedural painter, or SDXL in a deployment of its own."
    )
    language_model: Literal["designer", "vllm", "openai"] = Field(
        "designer",
        description="Who reads the prompt: the rule-based designer, vLLM in a deployment of its own, or an endpoint.",
    )
    fallback: Literal["on", "off"] = Field(
        "on", description="Whether painter and designer take over for a model that is away; the poster says so."
    )
    tiny: bool = Field(
        False, description="Tiny weights, made on this machine, for SDXL and vLLM: real code, pictures of noise."
    )

    sdxl_model: str = Field("", description="Folder or hub name of the SDXL weights.")
    image_steps: int = Field(30, ge=1, le=200, description="Denoising steps of a picture.")
    image_guidance: float = Field(
        5.0, ge=0, le=30, description="Guidance of a picture; up to 1 (distilled models) a step takes half the work."
    )
    image_sketch: bool = Field(True, description="Whether a picture starts from a sketch of the layout.")
    image_strength: float = Field(
        0.9, gt=0, le=1, description="How far a picture may go from its sketch: the share of steps that is done."
    )
    image_seconds: float = Field(
        240, gt=0, description="How long a picture may take, waking a replica included, before it counts as failed."
    )
    image_min_replicas: int = Field(1, ge=0, description="SDXL replicas at rest; 0: none, the first picture wakes one.")
    image_max_replicas: int = Field(1, ge=1, description="SDXL replicas under load.")
    image_warm: Schedule = Field(
        "", description="SDXL replicas kept warm by the clock, such as 07:30-18:00=2 (UTC), several with commas."
    )
    image_gpus: float = Field(0, ge=0, le=8, description="GPUs of an SDXL replica; 0: it computes on the CPU.")
    image_rows: int = Field(
        8, ge=1, le=256, description="Rows of one UNet forward of a replica; a guided picture takes two."
    )
    image_warm_sizes: Sizes = Field(
        "1080x1920", description="Picture sizes that a replica is ready for when it starts, several with commas."
    )
    image_lane: Literal["", "base", "lightning", "turbo", "lcm", "ancestral"] = Field(
        "", description="How steps are sampled; unset: as the scheduler in the model's folder says."
    )
    image_loras: Loras = Field(
        "",
        description="LoRAs merged into the UNet, such as /models/style.safetensors=0.8, several with commas.",
    )
    image_guidance_until: float = Field(
        1, ge=0, le=1, description="Share of the steps after which guided pictures run unguided; under 1 is lossy."
    )
    image_tiny_vae: str = Field(
        "", description="Folder of an AutoencoderTiny that decodes in place of the model's VAE: quick and lossy."
    )
    image_quantised: Literal["", "int8", "fp8"] = Field(
        "", description="Number format of the UNet's linear layers; unset: the weights' own, others are lossy."
    )
    image_deep_cache: int = Field(
        1, ge=1, le=20, description="Every how many steps the UNet's inner part is computed; 1 is exact, more is lossy."
    )

    vllm_model: str = Field("", description="Folder or hub name of the language model's weights.")
    vllm_python: Path | None = Field(
        None, description="Python of the environment that has vLLM; unset: that of scripts/setup-models."
    )
    openai_url: Annotated[str, AfterValidator(_api_root)] = Field(
        "", description="Root of an OpenAI-compatible API, such as https://models.example.org/v1."
    )
    openai_key: Annotated[SecretStr | None, SecretFile()] = Field(None, description="Key of that API.")
    openai_model: str = Field("", description="Model asked for there.")
    language_seconds: float = Field(
        120, gt=0, description="How long an answer may take, waking a replica included, before it counts as failed."
    )
    language_min_replicas: int = Field(1, ge=0, description="vLLM replicas at rest; 0: the first prompt wakes one.")
    language_max_replicas: int = Field(1, ge=1, description="vLLM replicas under load.")
    language_warm: Schedule = Field("", description="vLLM replicas kept warm by the clock, written likewise.")
    language_gpus: float = Field(0, ge=0, le=8, description="GPUs of a vLLM replica; 0: it computes on the CPU.")

    reader_seconds: float = Field(60, gt=0, description="How long reading a picture may take.")
    reader_min_replicas: int = Field(1, ge=0, description="Text reader's replicas at rest.")
    reader_max_replicas: int = Field(1, ge=1, description="Text reader's replicas under load.")
    reader_gpus: float = Field(0, ge=0, le=8, description="GPUs of a text reader's replica; 0: it reads on the CPU.")
    reader_batch: int = Field(2, ge=1, le=64, description="Pictures that one replica reads together.")
    replica_failures: int = Field(
        3, ge=1, description="Calls in a row that a model's replica may fail before another takes its place."
    )
    scale_up_seconds: float = Field(
        1, ge=0, description="How long a model's calls must wait before it gets another replica."
    )
    scale_down_seconds: float = Field(
        300, ge=0, description="How long a replica must be idle before it goes; loading its weights again takes time."
    )
    reader_threads: int = Field(2, ge=1, description="Threads of a text reader's replica on the CPU.")

    @property
    def wants_gpus(self) -> bool:
        """Whether a model's replica asks for one."""
        return bool(self.image_gpus or self.language_gpus or self.reader_gpus)


def model_problem(settings: ModelSettings) -> str | None:
    """Why the chosen models cannot be had, in a sentence; None when nothing is missing."""
    if settings.image_model == "sdxl" and not (settings.sdxl_model or settings.tiny):
        return _WEIGHTS.format("IMAGE", "sdxl", "SDXL")
    if settings.language_model == "vllm" and not (settings.vllm_model or settings.tiny):
        return _WEIGHTS.format("LANGUAGE", "vllm", "VLLM")
    if settings.language_model == "openai" and not (settings.openai_url and settings.openai_model):
        return "DESIGN_AGENT_LANGUAGE_MODEL=openai needs DESIGN_AGENT_OPENAI_URL and DESIGN_AGENT_OPENAI_MODEL."
    for model in ("image", "language", "reader"):
        if getattr(settings, f"{model}_min_replicas") > getattr(settings, f"{model}_max_replicas"):
            name = f"DESIGN_AGENT_{model.upper()}"
            return f"{name}_MIN_REPLICAS must not exceed {name}_MAX_REPLICAS."
    for model in ("image", "language"):
        name = f"DESIGN_AGENT_{model.upper()}"
        wanted = max((span.replicas for span in warm_spans(getattr(settings, f"{model}_warm"))), default=0)
        if wanted > getattr(settings, f"{model}_max_replicas"):
            return f"{name}_WARM asks for {wanted} replicas: raise {name}_MAX_REPLICAS to as many."
    return None
