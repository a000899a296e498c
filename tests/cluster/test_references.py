"""References through the client library and the command line."""

import json
from pathlib import Path

import pytest

from cluster.cli.references import read_references, save_pictures, uploaded
from cluster.client import Client, InvalidRequest, NotFound
from serve_apps.api.services import ApiServices
from storage.errors import ValidationError
from tests.pictures import encoded

PNG = encoded(60, 40, "PNG")


def test_an_uploaded_picture_becomes_a_reference_and_can_be_had_again(client: Client, services: ApiServices) -> None:
    url = client.upload_image(PNG, "a.png")
    task = client.create_task("A concert", reference=[url, "https://example.com/b.jpg"])
    assert task.input_params.reference == [url, "https://example.com/b.jpg"]
    assert client.get_object(url) == PNG
    assert client.get_object(url.rpartition("/objects/")[2]) == PNG
    with pytest.raises(NotFound):
        client.get_object("uploads/none.png")


def test_an_address_on_another_host_is_asked_of_the_service_alone(client: Client) -> None:
    """The key goes to nobody else."""
    url = client.upload_image(PNG, "a.png")
    assert client.get_object(url.replace("127.0.0.1", "elsewhere.invalid")) == PNG


def test_a_refused_reference_is_named(client: Client) -> None:
    with pytest.raises(InvalidRequest, match="https://") as caught:
        client.create_task("A concert", reference=["http://example.com/a.jpg"])
    assert caught.value.details["fields"][0]["field"] == "reference.0"


def test_files_are_uploaded_and_addresses_are_passed_on(client: Client, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    given = read_references([str(tmp_path / "a.png"), "https://example.com/b.jpg"])
    urls = uploaded(client, given)
    assert urls[1] == "https://example.com/b.jpg"
    assert client.get_object(urls[0]) == PNG
    assert client.create_task("A concert", reference=urls).input_params.reference == urls


@pytest.mark.parametrize(("reference", "says"), [
    ("none.png", "cannot be read"), ("", "cannot be read"), ("a\0b", "cannot be read"), ("http://example.com/a.jpg", "https://"),
    ("ftp://example.com/a.jpg", "https://"),
])  # fmt: skip
def test_what_is_neither_is_a_sentence(reference: str, says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        read_references([reference])


def test_what_poster_json_shows_is_saved_beside_it(client: Client, tmp_path: Path) -> None:
    first, second = client.upload_image(PNG, "a"), client.upload_image(encoded(50, 50), "b")
    foreign = "https://example.com/c.jpg"
    elements = [
        {"content": {"image_url": first}, "style": {"fill": {"type": "image", "image": {"image_url": first}}}},
        {"content": {"image_url": second}, "style": {}},
        {"content": {"image_url": foreign}, "style": {"fill": None}},
        {"content": {"text": "夜曲"}, "style": {"fill": {"type": "solid", "color": "#fff"}}},
    ]
    file = tmp_path / "poster.json"
    file.write_text(json.dumps({"elements": {"layer_a": elements}}))
    save_pictures(client, tmp_path)
    saved = json.loads(file.read_text())["elements"]["layer_a"]
    names = [element["content"].get("image_url") for element in saved]
    assert names[0] == saved[0]["style"]["fill"]["image"]["image_url"]
    assert (tmp_path / names[0]).read_bytes() == PNG
    assert names[0] != names[1]
    assert names[2:] == [foreign, None]


def test_a_poster_without_pictures_is_left_as_it_is(client: Client, tmp_path: Path) -> None:
    folder = tmp_path / "poster_a"
    folder.mkdir()
    file = folder / "poster.json"
    file.write_text('{"elements": {}}')
    save_pictures(client, folder)
    assert [path.name for path in folder.iterdir()] == ["poster.json"]
    assert file.read_text() == '{"elements": {}}'
