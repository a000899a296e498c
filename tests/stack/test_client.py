"""The client library on the real Serve."""

import io
from pathlib import Path

import pytest
from PIL import Image

from cluster.client import Client
from cluster.jobs.own_service import OwnService
from tests.documents import run_examples
from tests.pictures import encoded

pytestmark = pytest.mark.stack


def test_a_poster_is_made_and_exported(service: OwnService) -> None:
    with Client(service.url) as client:
        task = client.create_task("社区读书会 11月28日 14:00 城市书房", size={"width": 360, "height": 640}, seed=9)
        phases = [event.phase for event in client.watch(task.id, since=0)]
        assert phases[-1] == "completed"
        assert "rendering_text" in phases
        result = client.wait(task.id, timeout=600).result
        assert result is not None
        with Image.open(io.BytesIO(client.export_poster(result.poster_id))) as picture:
            assert picture.size == (360, 640)
        assert client.export_poster(result.poster_id, "psd").startswith(b"8BPS")
        full = client.get_full_poster(result.poster_id)
        assert "读书会" in "".join(element.content.text or "" for element in full.walk())


def test_an_exported_document_is_drawn_by_the_command_as_the_service_drew_it(
    service: OwnService, tmp_path: Path
) -> None:
    with Client(service.url) as client:
        task = client.create_task("Jazz night at Blue Note, Friday 8 pm", size={"width": 360, "height": 640}, seed=4)
        result = client.wait(task.id, timeout=600).result
        assert result is not None
        drawn = client.export_poster(result.poster_id, "png")
        (tmp_path / "poster.json").write_bytes(client.export_poster(result.poster_id, "json"))
    done = service.agent("render", str(tmp_path / "poster.json"))
    assert (done.returncode, done.stderr) == (0, "")
    with Image.open(io.BytesIO(drawn)) as first, Image.open(tmp_path / "preview.png") as second:
        assert first.tobytes() == second.tobytes()


def test_the_examples_of_the_page_run(service: OwnService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "product.jpg").write_bytes(encoded(600, 400))
    names = run_examples("docs/client.md", service.url)
    assert [use["use"] for use in names["with_picture"].metadata.references] == ["hero"]
    assert names["client"].get_task(names["task"].id).status == "completed"
    with Image.open(io.BytesIO(names["picture"])) as picture:
        assert picture.size == (360, 640)


@pytest.mark.parametrize("page", ["README.md", "README.zh.md"])
def test_the_example_of_the_front_page_runs(service: OwnService, page: str) -> None:
    assert run_examples(page, service.url)["psd"].startswith(b"8BPS")
