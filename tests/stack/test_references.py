"""``--reference`` on the real service: from a file to the poster's folder and back through ``render``."""

import json
from pathlib import Path

import pytest
from PIL import Image

from cluster.client import Client, NotFound
from cluster.jobs.own_service import OwnService
from tests.pipeline.pictures import photo

pytestmark = pytest.mark.stack


def test_a_file_becomes_the_poster_and_is_saved_beside_it(service: OwnService, tmp_path: Path) -> None:
    (tmp_path / "hills.jpg").write_bytes(photo())
    unreachable = "https://pictures.invalid/a.jpg"
    given = ["--reference", str(tmp_path / "hills.jpg"), "--reference", unreachable]
    size = ["--size", "540x960", "--seed", "3", "--json"]
    done = service.agent("generate", "云南旅行海报，标题“去有风的地方”，5月1日", *size, *given, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    folder = Path(result["folder"])
    document = json.loads((folder / "poster.json").read_text())
    shown = [e for elements in document["elements"].values() for e in elements if e["type"] == "image"]
    assert [element["content"]["image_url"] for element in shown] == ["pictures/1.jpg"]
    with Image.open(folder / "pictures" / "1.jpg") as picture:
        assert picture.size == (600, 400)
    hero, missing = document["poster"]["metadata"]["references"]
    assert hero["use"] == "hero"
    assert (missing["source"], missing["use"]) == (unreachable, "none")
    assert len(missing["problem"]) > 10
    assert result["verdict"] == "pass"

    drawn = service.agent("render", str(folder / "poster.json"), "--out", str(tmp_path / "again"))
    assert (drawn.returncode, drawn.stderr) == (0, "")
    with Image.open(folder / "preview.png") as first, Image.open(tmp_path / "again" / "preview.png") as second:
        assert first.tobytes() == second.tobytes()

    with Client(service.url) as client:
        key = f"posters/{result['poster_id']}/pictures/1.jpg"
        assert client.get_object(key) == (folder / "pictures" / "1.jpg").read_bytes()
        client.delete_task(result["task_id"])
        with pytest.raises(NotFound):
            client.get_object(key)


@pytest.mark.parametrize(("reference", "says"), [
    ("none.jpg", "cannot be read"), ("http://example.com/a.jpg", "https://"), ("https://127.0.0.1/a.jpg", "public"),
])  # fmt: skip
def test_a_refused_reference_says_what_to_do(service: OwnService, tmp_path: Path, reference: str, says: str) -> None:
    done = service.agent("generate", "一张海报", "--reference", reference, cwd=tmp_path)
    assert done.returncode > 0
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
