"""``design-agent render``: a poster.json edited by hand, without a service."""

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from psd_tools import PSDImage

from cluster.cli.render import draw, pictures_beside, read_document
from pipelines.rendering.canvas import render
from storage.documents.poster import PosterDocument
from storage.errors import ValidationError
from tests.pictures import encoded
from tests.pipeline.posters import no_images, page, poster, shape, text

RUN = "import sys; from cluster.cli.main import main\ntry: main()\nfinally: sys.exit(9) if 'ray' in sys.modules else 0"


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """The command in a process that exits 9 when it has loaded Ray."""
    return subprocess.run(
        [sys.executable, "-c", RUN, "render", *arguments], text=True, capture_output=True, timeout=300
    )


@pytest.fixture
def document() -> PosterDocument:
    return poster({"ground": [page(270, 480)], "words": [text("夜曲", 40, 60, 60)]}, 270, 480)


def written(folder: Path, document: PosterDocument, **changes: Any) -> Path:
    file = folder / "poster.json"
    file.write_text(json.dumps(document.model_dump(mode="json") | changes, ensure_ascii=False), encoding="utf-8")
    return file


def with_picture(document: PosterDocument, url: str) -> dict[str, Any]:
    """The document as JSON with its page showing a picture."""
    value = document.model_dump(mode="json")
    element = value["elements"][value["layers"][0]["id"]][0]
    element["type"], element["content"]["image_url"] = "image", url
    return value


def pixels(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def test_the_command_leaves_the_three_files(tmp_path: Path, document: PosterDocument) -> None:
    file = written(tmp_path, document)
    done = run(str(file), "--out", str(tmp_path / "new" / "folder"))
    assert (done.returncode, done.stderr) == (0, "")
    folder = tmp_path / "new" / "folder"
    assert sorted(path.name for path in folder.iterdir()) == ["preview.jpg", "preview.png", "source.psd"]
    assert np.array_equal(pixels((folder / "preview.png").read_bytes()), render(document, no_images)[:, :, :3])
    assert Image.open(folder / "preview.jpg").size == (270, 480)
    layers = [layer.name for layer in PSDImage.open(folder / "source.psd").descendants() if not layer.is_group()]
    assert layers == ["Page", "Page colour", "夜曲"]


def test_without_a_folder_the_files_lie_beside_the_document(tmp_path: Path, document: PosterDocument) -> None:
    assert run(str(written(tmp_path, document))).returncode == 0
    assert (tmp_path / "source.psd").is_file()


def test_an_edit_is_drawn(tmp_path: Path, document: PosterDocument) -> None:
    before = draw(read_document(written(tmp_path, document)), no_images)["preview.png"]
    document.walk()[1].content.text = "晨曲"
    after = draw(read_document(written(tmp_path, document)), no_images)["preview.png"]
    assert not np.array_equal(pixels(before), pixels(after))


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/api/v1/objects/uploads/a.png", "uploads/a.png", "../a.png"])
def test_a_picture_that_is_not_beside_is_left_out_and_named_once(
    tmp_path: Path, document: PosterDocument, url: str
) -> None:
    (tmp_path / "a.png").write_bytes(encoded(270, 480, "PNG"))
    (tmp_path / "in").mkdir()
    done = run(str(written(tmp_path / "in", document, **with_picture(document, url))))
    assert done.returncode == 0
    assert done.stderr.count(url) == 1
    assert "left out" in done.stderr
    assert done.stdout.strip() == f"{tmp_path / 'in'}/  preview.png, preview.jpg, source.psd"


def test_a_picture_beside_the_document_is_drawn(tmp_path: Path, document: PosterDocument) -> None:
    (tmp_path / "ground.png").write_bytes(encoded(270, 480, "PNG", "#ff0000"))
    file = written(tmp_path, document, **with_picture(document, "ground.png"))
    drawn = pixels(draw(read_document(file), pictures_beside(file))["preview.png"])
    assert drawn[470, 10].tolist() == [255, 0, 0]


def test_elements_of_no_layer_are_named(tmp_path: Path, document: PosterDocument) -> None:
    done = run(str(written(tmp_path, document, layers=document.model_dump(mode="json")["layers"][:1])))
    assert done.returncode == 0
    assert document.layers[1].id in done.stderr


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ('{"poster": ', "line 1, column 12"),
        (b"\xff\xfe{", "UTF-8"),
        ("[" * 100_000, "JSON"),
        ("[]", "must be a JSON object"),
        ("{}", "poster is required"),
        ('{"poster": {"id": "p", "task_id": "t", "user_id": "u", "width": 10, "height": NaN}}', "poster.width"),
        ('{"poster": {"id": "p", "task_id": "t", "user_id": "u", "width": 100, "height": 100, "colour": 1}}',
         "poster.colour is not a known field"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, content: str | bytes, says: str) -> None:
    file = tmp_path / "poster.json"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(ValidationError) as refusal:
        read_document(file)
    assert says in refusal.value.message
    assert str(file) in refusal.value.message


def test_an_outline_that_cannot_be_drawn_is_named_by_its_element(tmp_path: Path) -> None:
    broken = poster({"a": [shape(0, 0, 100, 100, kind="path", shape_path="M0 0 L nowhere")]}, 100, 100)
    with pytest.raises(ValidationError, match=broken.walk()[0].id):
        read_document(written(tmp_path, broken))


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, document: PosterDocument) -> None:
    file = written(tmp_path, document)
    done = run(str(file), "--out", str(file / "out"))
    assert done.returncode == 1
    assert str(file / "out") in done.stderr
    assert "Traceback" not in done.stderr


def test_a_refusal_is_one_sentence_and_writes_nothing(tmp_path: Path) -> None:
    done = run(str(tmp_path / "none.json"), "--out", str(tmp_path / "out"))
    assert done.returncode == 1
    assert "none.json cannot be read" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
