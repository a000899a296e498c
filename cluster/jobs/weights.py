"""Fetches the weights that the settings name into the hub's cache (HF_HOME), for GPU nodes that others start.

Usage: python -m cluster.jobs.weights sdxl|vllm. Harmless when they are there; a running service fetches nothing itself.
"""

import os
import sys
from pathlib import Path

from cluster.cli.console import complain, say
from cluster.errors import ServiceError
from configs.settings import Settings, get_settings
from storage.errors import DesignAgentError

# What vLLM loads; the same weights in formats of other programs are as large again.
_LANGUAGE_SKIPS = ("*.pth", "*.bin", "*.gguf", "*.onnx", "original/*", "*openvino*")
ONLINE = {"HF_HUB_OFFLINE": "0"}
"""The pods' own variables keep the service from the hub."""


def fetch(kind: str, settings: Settings) -> Path | None:
    """The folder of the image model's ("sdxl") or language model's ("vllm") weights; None when it needs none.

    Raises ServiceError when they cannot be had, LicenceRefused for an image model that may not be used.
    """
    from huggingface_hub import snapshot_download

    from pipelines.models.sdxl import licence
    from pipelines.models.sdxl.config import OTHER_FORMATS, WEIGHT_FILES

    sdxl = kind == "sdxl"
    name = settings.sdxl_model if sdxl else settings.vllm_model
    if settings.tiny or not name:
        return None
    folder = Path(name)
    if not folder.is_dir():
        allowed, skipped = (list(WEIGHT_FILES), OTHER_FORMATS) if sdxl else (None, _LANGUAGE_SKIPS)
        try:
            folder = Path(snapshot_download(name, allow_patterns=allowed, ignore_patterns=list(skipped)))
        except Exception as error:
            reason = str(error).strip().splitlines()[0][:300]
            raise ServiceError(
                f"The weights {name!r} cannot be fetched ({reason}). Give a folder or a hub's name, HF_TOKEN for one "
                "that is not open to all, and HF_ENDPOINT for a hub of your own."
            ) from error
    if sdxl:
        licence.check(folder)
    return folder


def main() -> int:
    """Exit status 0 once they are there."""
    kinds = sys.argv[1:]
    if len(kinds) != 1 or kinds[0] not in ("sdxl", "vllm"):
        complain("Say whose weights: python -m cluster.jobs.weights sdxl|vllm", "USAGE")
        return 2
    os.environ.update(ONLINE)
    from pipelines.models.sdxl.errors import SdxlError

    try:
        folder = fetch(kinds[0], get_settings())
    except DesignAgentError as error:
        complain(error.message, error.code)
        return 1
    except SdxlError as error:
        complain(str(error), "WEIGHTS")
        return 1
    say(f"the weights are in {folder}" if folder else "no weights are needed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
