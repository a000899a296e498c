"""From a request to a stored picture, over a real engine of tiny weights."""

import hashlib
import io
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any

import pytest
from PIL import Image

from pipelines.models.sdxl_painter.latents import ObjectLatents
from pipelines.models.sdxl_painter.maker import PictureMaker
from storage.errors import ModelUnavailable, TaskCancelled
from storage.objects.folder import FolderStore
from tests.engines.asking import request

MakerOf = Callable[..., PictureMaker]
Notes = list[tuple[str, dict[str, str]]]


def keeping(notes: Notes) -> Callable[..., None]:
    return lambda event, **facts: notes.append((event, facts))


def test_a_picture_of_the_exact_size_is_stored_and_its_hash_told(maker_of: MakerOf, store: FolderStore) -> None:
    notes: Notes = []
    steps: list[tuple[int, int]] = []
    made = maker_of(keeping(notes)).generate(request(width=150, height=211), lambda *step: steps.append(step))
    data = store.get(made.key).data
    assert Image.open(io.BytesIO(data)).size == (150, 211)
    assert made.sha256 == hashlib.sha256(data).hexdigest()
    assert (made.model, made.steps, made.first_step) == ("sdxl/tiny-random", 6, 0)
    assert steps == [(done, 6) for done in range(1, 7)]
    assert [(event, facts.get("sha256")) for event, facts in notes] == [("start", None), ("stored", made.sha256)]


def test_a_stored_picture_is_not_made_again(maker_of: MakerOf) -> None:
    notes: Notes = []
    maker = maker_of(keeping(notes))
    first, again = maker.generate(request()), maker.generate(request())
    assert (again.sha256, again.steps, again.first_step) == (first.sha256, 6, 6)
    assert len(notes) == 2


def test_a_lossy_lane_is_told_of_a_new_picture_and_of_a_stored_one(maker_of: MakerOf) -> None:
    maker = maker_of(guidance_until=0.5)
    assert maker.generate(request()).lossy == ("guidance-until-0.5",)
    assert maker.generate(request()).lossy == ("guidance-until-0.5",)
    assert maker.generate(request("unguided", guidance=1.0)).lossy == ()


def test_it_starts_from_a_stored_picture(maker_of: MakerOf, store: FolderStore) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 96), "#204060").save(buffer, "PNG")
    store.put("tasks/task_a/sketch/a.png", buffer.getvalue(), "image/png")
    maker = maker_of()
    steps: list[tuple[int, int]] = []
    begun = request("begun", steps=10, start_key="tasks/task_a/sketch/a.png", strength=0.5)
    made = maker.generate(begun, lambda *step: steps.append(step))
    assert made.steps == len(steps) == 5
    assert maker.generate(begun).steps == 5
    assert made.sha256 != maker.generate(request("whole", steps=10)).sha256


def test_a_cancelled_request_stops_and_goes_on_at_its_last_saved_step(maker_of: MakerOf, store: FolderStore) -> None:
    maker = maker_of(save_every=2)

    def until_five(done: int, _steps: int) -> None:
        if done == 5:
            raise TaskCancelled("not wanted")

    with pytest.raises(TaskCancelled):
        maker.generate(request(steps=40), until_five)
    made = maker.generate(request(steps=40))
    assert 4 <= made.first_step < 40
    assert made.sha256 == maker_of().generate(request("solo", steps=40)).sha256
    assert ObjectLatents(store).load("task_a/one") is None


def test_one_caller_leaving_does_not_stop_the_other(maker_of: MakerOf) -> None:
    maker = maker_of()
    begun = threading.Event()
    stays, leaves = (lambda _done, _steps: None), (lambda _done, _steps: begun.set())
    one = maker.ask(request(steps=60), stays)
    assert maker.ask(request(steps=60), leaves) is one
    assert begun.wait(60)
    maker.leave(one, leaves)
    assert one.future.result(60).steps == 60


def test_a_request_asked_again_while_it_is_being_cancelled_is_made(maker_of: MakerOf) -> None:
    maker = maker_of()
    begun = threading.Event()

    def told(_done: int, _steps: int) -> None:
        begun.set()

    left = maker.ask(request(steps=80), told)
    assert begun.wait(60)
    maker.leave(left, told)
    assert maker.generate(request(steps=80)).steps == 80
    with pytest.raises(CancelledError):
        left.future.result(60)


def test_two_sizes_at_once(maker_of: MakerOf, store: FolderStore) -> None:
    maker = maker_of()
    sizes = {"tall": (128, 192), "wide": (256, 128)}
    asked = [
        maker.ask(request(name, width=width, height=height, steps=20), lambda _done, _steps: None)
        for name, (width, height) in sizes.items()
    ]
    for one, size in zip(asked, sizes.values(), strict=True):
        assert Image.open(io.BytesIO(store.get(one.future.result(60).key).data)).size == size


def test_what_the_engine_refuses_is_a_model_that_is_not_available(maker_of: MakerOf) -> None:
    with pytest.raises(ModelUnavailable, match="runs 1 to 100") as refused:
        maker_of().generate(request(steps=101))
    assert refused.value.details["why"] == "sdxl bad request"


def test_a_store_that_refuses_fails_that_request_only(
    maker_of: MakerOf, store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from storage.errors import UnavailableError

    maker = maker_of()
    put = store.put

    def refuse(key: str, *rest: Any) -> None:
        if key.endswith("full.png"):
            raise UnavailableError("The disk is full.", part="objects")
        put(key, *rest)

    monkeypatch.setattr(store, "put", refuse)
    with pytest.raises(UnavailableError, match="full"):
        maker.generate(request("full"))
    assert maker.generate(request()).steps == 6
