import errno
import os
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.errors import ObjectNotFound, UnavailableError, ValidationError
from storage.objects.base import ObjectStore
from storage.objects.folder import ABANDONED_SECONDS, FolderStore
from tests.contract.adapters import STORES
from tests.contract.helpers import together


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    return STORES[request.param](tmp_path)


def test_stored_object_comes_back_with_its_type(store: ObjectStore) -> None:
    store.put("posters/p1/1/preview.png", b"\x89PNG", "image/png")
    found = store.get("posters/p1/1/preview.png")
    assert (found.data, found.content_type) == (b"\x89PNG", "image/png")
    assert store.exists("posters/p1/1/preview.png")


@pytest.mark.parametrize("content_type", ["image/vnd.adobe.photoshop", "image/png", "text/html; charset=utf-8"])
def test_type_is_kept_whatever_the_name_says(store: ObjectStore, content_type: str) -> None:
    for key in ("a/file.psd", "a/file.png", "a/file"):
        store.put(key, b"x", content_type)
        assert store.get(key).content_type == content_type


def test_second_put_replaces_bytes_and_type(store: ObjectStore) -> None:
    store.put("k.png", b"first", "application/x-odd")
    store.put("k.png", b"second", "image/png")
    found = store.get("k.png")
    assert (found.data, found.content_type) == (b"second", "image/png")


def test_empty_and_large_objects(store: ObjectStore) -> None:
    store.put("empty", b"", "application/octet-stream")
    assert store.get("empty").data == b""
    large = os.urandom(20_000_000)
    store.put("large", large, "application/octet-stream")
    assert store.get("large").data == large


def test_missing_object(store: ObjectStore) -> None:
    assert not store.exists("a/b")
    with pytest.raises(ObjectNotFound):
        store.get("a/b")
    store.put("a/b", b"x", "text/plain")
    with pytest.raises(ObjectNotFound):
        store.get("a")
    with pytest.raises(ObjectNotFound):
        store.get("a/b/c")


def test_type_of_an_object_without_its_bytes(store: ObjectStore) -> None:
    store.put("a/b.psd", b"x", "image/vnd.adobe.photoshop")
    assert store.content_type("a/b.psd") == "image/vnd.adobe.photoshop"
    for missing in ("a/c.psd", "a", "a/b.psd/c"):
        with pytest.raises(ObjectNotFound):
            store.content_type(missing)


def test_delete_is_idempotent(store: ObjectStore) -> None:
    store.put("a/b", b"x", "text/odd")
    for _ in range(2):
        store.delete("a/b")
        assert not store.exists("a/b")
    store.delete_under("never/there")


BAD_KEYS = ["", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b", "a\\b", "a b", "a\x00b", "图", "a\n",
            "x" * 201, "/".join(["abc"] * 200), "~", "a%2fb"]  # fmt: skip


@pytest.mark.parametrize("key", BAD_KEYS)
def test_key_outside_the_contract_is_refused_everywhere(store: ObjectStore, key: str) -> None:
    for action in (lambda: store.put(key, b"x", "text/plain"), lambda: store.get(key), lambda: store.exists(key),
                   lambda: store.delete(key), lambda: store.content_type(key)):  # fmt: skip
        with pytest.raises(ValidationError):
            action()


def test_delete_under_takes_a_whole_prefix_and_nothing_beside_it(store: ObjectStore) -> None:
    for key in ("tasks/a/one", "tasks/a/deep/two", "tasks/ab", "tasks/b/one"):
        store.put(key, b"x", "application/json")
    for _ in range(2):
        store.delete_under("tasks/a")
    assert [store.exists(key) for key in ("tasks/a/one", "tasks/a/deep/two", "tasks/ab", "tasks/b/one")] == [
        False,
        False,
        True,
        True,
    ]
    with pytest.raises(ValidationError):
        store.delete_under("../tasks")


@given(
    key=st.lists(st.from_regex(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,20}", fullmatch=True), min_size=1, max_size=4),
    data=st.binary(max_size=100),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_clean_key_keeps_its_bytes(store: ObjectStore, key: list[str], data: bytes) -> None:
    # A root of its own: in a folder, one key cannot be another's parent.
    path = "/".join([f"{len(key)}-{'-'.join(key)[:90]}", *key])
    store.put(path, data, "text/plain")
    assert store.get(path).data == data


def test_reader_sees_the_whole_old_or_the_whole_new_object(store: ObjectStore) -> None:
    versions = [bytes([letter]) * 200_000 for letter in b"abc"]
    store.put("k", versions[0], "text/plain")

    def write() -> bool:
        for _ in range(8):
            for version in versions:
                store.put("k", version, "text/plain")
        return True

    def read() -> bool:
        return all(store.get("k").data in versions for _ in range(60))

    assert together([write, read, read]) == [True, True, True]


def test_list_has_every_object_with_its_time(store: ObjectStore) -> None:
    assert list(store.listed()) == []
    before = time.time()
    keys = ["posters/p/v1/preview.png", "tasks/t/step/1", "uploads/u.png"]
    for key in keys:
        store.put(key, b"x", "image/png")
    listed = {found.key: found.written_at for found in store.listed()}
    assert sorted(listed) == keys
    # Stores keep whole seconds, some of them.
    assert all(before - 1 <= written <= time.time() + 1 for written in listed.values())
    store.delete(keys[0])
    assert sorted(found.key for found in store.listed()) == keys[1:]


def test_many_objects_are_listed_and_deleted_page_by_page(store: ObjectStore) -> None:
    keys = [f"tasks/many/{number:04}" for number in range(1203)]

    def put(share: int) -> None:
        for key in keys[share::4]:
            store.put(key, b"x", "text/plain")

    assert together([partial(put, share) for share in range(4)]) == [None] * 4
    store.put("tasks/few/1", b"x", "text/plain")
    assert sorted(found.key for found in store.listed()) == ["tasks/few/1", *keys]
    store.delete_under("tasks/many")
    assert [found.key for found in store.listed()] == ["tasks/few/1"]


def test_ping_leaves_nothing_behind(store: ObjectStore) -> None:
    store.ping()
    assert list(store.listed()) == []


class TestFolder:
    """What only a folder has."""

    def test_link_out_of_the_folder_is_not_followed(self, tmp_path: Path) -> None:
        store, outside = FolderStore(tmp_path / "objects"), tmp_path / "outside"
        store.put("inside/a", b"x", "text/plain")
        outside.mkdir()
        (outside / "secret").write_text("secret")
        (tmp_path / "objects/data/escape").symlink_to(outside)
        (tmp_path / "objects/data/inside/direct").symlink_to(outside / "secret")
        with pytest.raises(ValidationError):
            store.get("escape/secret")
        with pytest.raises(ValidationError):
            store.put("escape/new", b"x", "text/plain")
        with pytest.raises(UnavailableError):
            store.get("inside/direct")
        store.put("inside/direct", b"mine", "text/plain")
        assert (outside / "secret").read_text() == "secret"
        assert [path.name for path in outside.iterdir()] == ["secret"]

    def test_full_disk_is_named_and_leaves_no_piece(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        store = FolderStore(tmp_path / "objects")
        store.put("a", b"old", "text/plain")

        def full(*_: Any) -> None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", full)
            with pytest.raises(UnavailableError, match="No space left"):
                store.put("a", b"new", "text/plain")
            with pytest.raises(UnavailableError):
                store.ping()
        assert store.get("a").data == b"old"
        assert list((tmp_path / "objects/partial").iterdir()) == []

    def test_pieces_of_a_killed_writer_are_removed_when_old(self, tmp_path: Path) -> None:
        FolderStore(tmp_path / "objects").put("a", b"x", "text/plain")
        for name, age in (("old", 2 * ABANDONED_SECONDS), ("young", 60)):
            piece = tmp_path / "objects/partial" / name
            piece.write_bytes(b"half")
            os.utime(piece, (time.time() - age,) * 2)
        assert FolderStore(tmp_path / "objects").get("a").data == b"x"
        assert [piece.name for piece in (tmp_path / "objects/partial").iterdir()] == ["young"]

    def test_unusable_folder_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "objects").write_text("a file stands here")
        with pytest.raises(UnavailableError):
            FolderStore(tmp_path / "objects").ping()
