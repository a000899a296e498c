"""cluster.jobs.weights: what a GPU node fetches before its replica starts, from a hub that the test serves."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi import FastAPI, Response

from configs.build import ROOT
from tests.serving import free_port, served

COMMIT = "1" * 40
SDXL = {
    "README.md": "---\nlicense: openrail++\n---\n", "model_index.json": "{}", "unet/config.json": "{}",
    "unet/diffusion_pytorch_model.safetensors": "unet", "unet/diffusion_pytorch_model.fp16.safetensors": "half",
    "vae_decoder/model.onnx": "other", "text_encoder/model.safetensors": "text", "tokenizer/merges.txt": "a b",
    "sd_xl_base_1.0.safetensors": "all of it again",
}  # fmt: skip
LANGUAGE = {"config.json": "{}", "model.safetensors": "words", "pytorch_model.bin": "again", "tokenizer.json": "{}"}


@dataclass
class Hub:
    """The pages of a model hub that a download asks, and what was asked for."""

    models: dict[str, dict[str, str]]
    asked: set[str] = field(default_factory=set)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get("/api/models/{owner}/{name}/revision/main")
        def listing(owner: str, name: str) -> dict[str, object]:
            files = self.models[f"{owner}/{name}"]
            return {"id": f"{owner}/{name}", "sha": COMMIT, "siblings": [{"rfilename": file} for file in files]}

        @app.get("/api/models/{owner}/{name}/tree/{_revision}")
        def tree(owner: str, name: str, _revision: str) -> list[dict[str, object]]:
            files = self.models[f"{owner}/{name}"]
            return [{"type": "file", "path": path, "size": len(text), "oid": "0"} for path, text in files.items()]

        @app.api_route("/{owner}/{name}/resolve/{_revision}/{path:path}", methods=["GET", "HEAD"])
        def file(owner: str, name: str, _revision: str, path: str) -> Response:
            self.asked.add(path)
            text = self.models[f"{owner}/{name}"][path].encode()
            return Response(text, headers={"ETag": f'"{hash(path):x}"', "X-Repo-Commit": COMMIT})

        return app


@pytest.fixture
def hub() -> Iterator[tuple[Hub, str]]:
    models = {"some/sdxl": SDXL, "some/words": LANGUAGE, "some/closed": {**SDXL, "README.md": "no licence"}}
    found = Hub(models)
    with served(found.app()) as url:
        yield found, url


def run(kind: str, folder: Path, url: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("DESIGN_AGENT_", "HF_"))}
    told = {f"DESIGN_AGENT_{name}": value for name, value in settings.items()}
    # As the pods have it: nothing of the service may ask the hub.
    pods = {
        "HF_HOME": str(folder),
        "HF_ENDPOINT": url,
        "HF_HUB_OFFLINE": "1",
        # A busy machine is no hub that is away.
        "HF_HUB_ETAG_TIMEOUT": "120",
        "HF_HUB_DOWNLOAD_TIMEOUT": "120",
        "DESIGN_AGENT_DATA": str(folder / "data"),
    }
    return subprocess.run([sys.executable, "-m", "cluster.jobs.weights", kind], env=clean | pods | told, cwd=ROOT,
                          text=True, capture_output=True, timeout=300)  # fmt: skip


def fetched(folder: Path) -> set[str]:
    (snapshot,) = folder.glob("hub/models--*/snapshots/*")
    return {str(path.relative_to(snapshot)) for path in snapshot.rglob("*") if path.is_file()}


def test_the_parts_of_sdxl_come_once_and_nothing_twice(hub: tuple[Hub, str], tmp_path: Path) -> None:
    found, url = hub
    done = run("sdxl", tmp_path, url, IMAGE_MODEL="sdxl", SDXL_MODEL="some/sdxl")
    assert done.returncode == 0, done.stderr
    assert fetched(tmp_path) == {
        "README.md", "model_index.json", "unet/config.json", "unet/diffusion_pytorch_model.safetensors",
        "text_encoder/model.safetensors", "tokenizer/merges.txt",
    }  # fmt: skip
    again = run("sdxl", tmp_path, url, IMAGE_MODEL="sdxl", SDXL_MODEL="some/sdxl")
    assert again.returncode == 0 and "the weights are in" in again.stderr + again.stdout
    assert "sd_xl_base_1.0.safetensors" not in found.asked


def test_the_engine_finds_there_what_was_fetched(
    hub: tuple[Hub, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, url = hub
    assert run("sdxl", tmp_path, url, IMAGE_MODEL="sdxl", SDXL_MODEL="some/sdxl").returncode == 0
    look = (
        "from pipelines.models.sdxl.weights import folder_of; from pipelines.models.sdxl.config import SdxlConfig;"
        "print(folder_of(SdxlConfig(model='some/sdxl')))"
    )
    offline = os.environ | {"HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1"}
    said = subprocess.run(
        [sys.executable, "-c", look], env=offline, cwd=ROOT, text=True, capture_output=True, check=True
    )
    assert Path(said.stdout.strip()).name == COMMIT


def test_the_language_model_comes_in_one_format(hub: tuple[Hub, str], tmp_path: Path) -> None:
    _, url = hub
    done = run("vllm", tmp_path, url, LANGUAGE_MODEL="vllm", VLLM_MODEL="some/words")
    assert done.returncode == 0, done.stderr
    assert fetched(tmp_path) == {"config.json", "model.safetensors", "tokenizer.json"}


def test_what_may_not_be_used_or_cannot_be_had_is_said(hub: tuple[Hub, str], tmp_path: Path) -> None:
    _, url = hub
    closed = run("sdxl", tmp_path, url, IMAGE_MODEL="sdxl", SDXL_MODEL="some/closed")
    assert closed.returncode == 1 and "says no licence" in closed.stderr
    nowhere = f"http://127.0.0.1:{free_port()}"
    gone = run("vllm", tmp_path / "empty", nowhere, LANGUAGE_MODEL="vllm", VLLM_MODEL="some/words")
    assert gone.returncode == 1 and "cannot be fetched" in gone.stderr and "Traceback" not in gone.stderr
    assert run("words", tmp_path, url).returncode == 2


def test_a_folder_and_tiny_weights_need_no_hub(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "README.md").write_text(SDXL["README.md"])
    nowhere = f"http://127.0.0.1:{free_port()}"
    own = run("sdxl", tmp_path, nowhere, IMAGE_MODEL="sdxl", SDXL_MODEL=str(folder))
    assert own.returncode == 0, own.stderr
    assert run("sdxl", tmp_path, nowhere, IMAGE_MODEL="sdxl", TINY="1").returncode == 0
