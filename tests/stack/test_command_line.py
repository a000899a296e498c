"""``design-agent`` against the real service."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest
from PIL import Image
from psd_tools import PSDImage

from cluster.jobs.faults import until
from cluster.jobs.own_service import AGENT, OwnService

pytestmark = pytest.mark.stack
HIRING = "创建一个蓝色商务风格的招聘海报，包含公司logo和职位信息"


def test_generate_leaves_the_four_files_of_a_poster(service: OwnService, tmp_path: Path) -> None:
    done = service.agent("generate", HIRING, "--element", "top:诚聘英才", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    folder = Path(result["folder"])
    assert folder == tmp_path / "out" / result["poster_id"]
    assert sorted(path.name for path in folder.iterdir()) == ["poster.json", "preview.jpg", "preview.png", "source.psd"]
    with Image.open(folder / "preview.png") as picture:
        assert picture.size == (1080, 1920)
        assert len(picture.getcolors(maxcolors=2**24) or []) > 20
    document = json.loads((folder / "poster.json").read_text())
    texts = [
        e["content"]["text"] for elements in document["elements"].values() for e in elements if e["type"] == "text"
    ]
    assert "诚聘英才" in "".join("".join(texts).split())
    assert "公司logo" in document["poster"]["metadata"]["missing"]
    assert not any("logo" in text for text in texts)
    psd = PSDImage.open(folder / "source.psd")
    assert psd.size == (1080, 1920)
    layers = [layer for group in psd if group.is_group() for layer in group]
    assert len(layers) == sum(len(elements) for elements in document["elements"].values())
    assert result["verdict"] == "pass"


def test_the_same_seed_gives_the_same_pixels(service: OwnService, tmp_path: Path) -> None:
    pictures = []
    for name in ("one", "two"):
        done = service.agent("generate", "社区读书会 周六下午三点", "--seed", "7", "--size", "720x1280", "--json",
                             "--out", str(tmp_path / name))  # fmt: skip
        assert done.returncode == 0, done.stderr
        with Image.open(json.loads(done.stdout)["files"]["png"]) as picture:
            pictures.append(picture.tobytes())
    assert pictures[0] == pictures[1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["  "], "prompt"),
        ([""], "prompt"),
        (["春" * 5000], "4000"),
        (["一张海报", "--size", "10x10"], "64"),
        (["一张海报", "--size", "wide"], "size"),
        (["一张海报", "--color", "bluish"], "color_scheme"),
        (["一张海报", "--priority", "12"], "priority"),
        ([], "prompt"),
    ],
)
def test_a_refused_command_says_what_to_do(
    service: OwnService, tmp_path: Path, arguments: list[str], says: str
) -> None:
    before = len(service.get("/api/v1/tasks", params={"limit": 100})["items"])
    done = service.agent("generate", *arguments, cwd=tmp_path)
    assert done.returncode > 0
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
    assert len(service.get("/api/v1/tasks", params={"limit": 100})["items"]) == before


@pytest.mark.parametrize("seen", ["pending", "processing"])
def test_ctrl_c_cancels_the_task_and_exits_130(service: OwnService, tmp_path: Path, seen: str) -> None:
    prompt = f"夜市海报 编号Q7731 {seen}"
    process = subprocess.Popen([str(AGENT), "generate", prompt, "--size", "2160x3840"], cwd=tmp_path, text=True,
                               env=service.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               stdin=subprocess.DEVNULL, start_new_session=True,
                               # A run in the background ignores the signal, and so would its children.
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))  # fmt: skip
    deadline = time.monotonic() + 180
    task = None
    while time.monotonic() < deadline and process.poll() is None:
        tasks = service.get("/api/v1/tasks", params={"limit": 5})["items"]
        task = next((t for t in tasks if t["input_params"]["prompt"] == prompt), None)
        # At its creation the command may not know of it yet.
        if task and task["status"] in {seen, "processing"}:
            break
    assert task is not None
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert service.get(f"/api/v1/tasks/{task['id']}")["status"] == "cancelled"
    assert service.get("/api/v1/posters", params={"task_id": task["id"]})["items"] == []


def test_up_finds_the_running_service(service: OwnService) -> None:
    pid = json.loads((service.data / "service.json").read_text())["pid"]
    assert service.agent("up").returncode == 0
    assert json.loads((service.data / "service.json").read_text())["pid"] == pid


def test_doctor_and_status_find_everything_in_order(service: OwnService) -> None:
    # A large picture, of a task just cancelled, may still be drawn.
    until(lambda: service.agent("doctor").returncode == 0, "nothing amiss")
    assert service.agent("status").returncode == 0
