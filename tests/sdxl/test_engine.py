"""Cancelling, running out of memory, health, and lossy lanes."""

import itertools
from collections.abc import Callable
from concurrent.futures import CancelledError
from threading import Event
from typing import Any

import pytest
import torch

from pipelines.models.sdxl.config import SdxlConfig
from pipelines.models.sdxl.engine import SdxlEngine
from pipelines.models.sdxl.errors import BadRequest, EngineStopped, OutOfMemory, QueueFull
from pipelines.models.sdxl.forward import Graphs
from pipelines.models.sdxl.weights import Parts, load
from tests.sdxl.wishes import apart, wish


def only(rows: int) -> Callable[[SdxlConfig], Parts]:
    """Loads a UNet that runs out of memory above ``rows``."""

    def small(config: SdxlConfig) -> Parts:
        parts = load(config)
        forward = parts.unet.forward

        def limited(sample: torch.Tensor, *args: Any, **options: Any) -> Any:
            if sample.shape[0] > rows:
                raise torch.OutOfMemoryError("CUDA out of memory")
            return forward(sample, *args, **options)

        parts.unet.forward = limited
        return parts

    return small


def decoding(stage: Callable[[Any], Any]) -> Callable[[SdxlConfig], Parts]:
    """Loads a VAE whose decoder passes its middle block's result through ``stage``."""

    def loaded(config: SdxlConfig) -> Parts:
        parts = load(config)
        forward = parts.vae.decoder.mid_block.forward
        parts.vae.decoder.mid_block.forward = lambda *given, **options: stage(forward(*given, **options))
        return parts

    return loaded


def failing(times: set[int], error: Exception) -> Callable[[Any], Any]:
    """A stage that raises the first, second ... time it runs, counted from 1."""
    runs = itertools.count(1)

    def stage(now: Any) -> Any:
        if next(runs) in times:
            raise error
        return now

    return stage


def together(engine: SdxlEngine, count: int) -> list[Any]:
    """Submits while the engine's thread is held, so that all requests meet in one batch."""
    held, go = Event(), Event()

    def hold(_done: int, _steps: int) -> None:
        held.set()
        go.wait()

    first = engine.submit(wish("hold", steps=1, guidance=1.0), hold)
    held.wait()
    try:
        futures = [engine.submit(wish(f"job {at}", seed=at)) for at in range(count)]
        while engine.stats().waiting < count:  # on their way in
            pass
    finally:
        go.set()
    first.result(60)
    return futures


def test_running_out_of_memory_halves_the_rows(engine_of: Callable[..., SdxlEngine]) -> None:
    engine = engine_of(load=only(8))
    pictures = [future.result(60) for future in together(engine, 8)]
    assert engine.stats().row_cap == 8
    assert max(engine.stats().rows_by_step) == 8
    roomy = engine_of()
    for at, picture in enumerate(pictures):
        assert apart(picture.latent, roomy.submit(wish(seed=at)).result(60).latent) <= 1e-5


def test_running_out_again_is_a_clear_error_and_the_engine_lives(engine_of: Callable[..., SdxlEngine]) -> None:
    engine = engine_of(load=only(1))
    for future in together(engine, 8)[:1]:
        with pytest.raises(OutOfMemory, match="also with 8 rows"):
            future.result(60)
    assert engine.submit(wish("one row", guidance=1.0)).result(60).steps_run == 6


@pytest.mark.parametrize("time", [1, 2], ids=["warm-up", "decode"])
def test_running_out_of_memory_in_the_decoder_halves_the_rows(engine_of: Callable[..., SdxlEngine], time: int) -> None:
    engine = engine_of(load=decoding(failing({time}, torch.OutOfMemoryError("CUDA out of memory"))))
    assert engine.submit(wish()).result(60).steps_run == 6
    assert engine.stats().row_cap == 8


def test_a_model_that_does_not_fit_even_so_is_a_clear_error(engine_of: Callable[..., SdxlEngine]) -> None:
    with pytest.raises(OutOfMemory, match="also with 8 rows"):
        engine_of(load=decoding(failing({1, 2}, torch.OutOfMemoryError("CUDA out of memory"))))


def test_a_picture_that_cannot_be_decoded_fails_alone(engine_of: Callable[..., SdxlEngine]) -> None:
    engine = engine_of(load=decoding(failing({3}, ValueError("broken latent"))))  # after warm-up and "hold"
    first, *others = together(engine, 3)
    with pytest.raises(ValueError, match="broken latent"):
        first.result(60)
    assert [other.result(60).steps_run for other in others] == [6, 6]


def test_a_job_that_is_being_decoded_can_be_cancelled(engine_of: Callable[..., SdxlEngine]) -> None:
    here, go, warm = Event(), Event(), Event()

    def stage(now: Any) -> Any:
        if warm.is_set() and not here.is_set():
            here.set()
            assert go.wait(60)
        return now

    # A long batch beside it spreads the stages, so that there is a step between two of them.
    engine = engine_of(load=decoding(stage), decode_spread=8)
    warm.set()
    long = engine.submit(wish("long", steps=60))
    future = engine.submit(wish(steps=1))
    assert here.wait(60)
    assert engine.cancel("one")
    go.set()
    with pytest.raises(CancelledError):
        future.result(60)
    assert long.result(60).steps_run == 60
    assert engine.stats().cancelled == 1


def test_a_cancelled_job_leaves_before_its_next_step(engine_of: Callable[..., SdxlEngine]) -> None:
    engine = engine_of()
    seen: list[int] = []

    def progress(done: int, _steps: int) -> None:
        seen.append(done)
        if done == 3:
            engine.cancel("one")

    with pytest.raises(CancelledError):
        engine.submit(wish(), progress).result(60)
    assert seen == [1, 2, 3]
    assert not engine.cancel("one")
    assert engine.stats().running == 0


def test_what_progress_raises_ends_the_job(engine_of: Callable[..., SdxlEngine]) -> None:
    def progress(_done: int, _steps: int) -> None:
        raise LookupError("not wanted any more")

    engine = engine_of()
    with pytest.raises(LookupError, match="not wanted"):
        engine.submit(wish(), progress).result(60)
    assert engine.submit(wish()).result(60).steps_run == 6


def test_the_health_check_runs_the_unet(engine_of: Callable[..., SdxlEngine]) -> None:
    broken = Event()

    def breakable(config: SdxlConfig) -> Parts:
        parts = load(config)
        forward = parts.unet.forward

        def run(*args: Any, **options: Any) -> Any:
            (noise,) = forward(*args, **options)
            return (noise * float("nan") if broken.is_set() else noise,)

        parts.unet.forward = run
        return parts

    engine = engine_of(load=breakable)
    assert engine.check() > 0
    broken.set()
    with pytest.raises(EngineStopped, match="not finite"):
        engine.check()


def test_a_graph_that_is_being_compiled_is_no_illness(
    engine_of: Callable[..., SdxlEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, go = Event(), Event()

    def compiling(graphs: Graphs, inputs: Any) -> Any:
        here.set()
        assert go.wait(60)
        return capture(graphs, inputs)

    capture = Graphs._capture
    engine = engine_of()
    assert engine.check() > 0
    graphs = engine._machine._graphs
    monkeypatch.setattr(Graphs, "_capture", compiling)
    monkeypatch.setattr(graphs, "_captures", True)
    future = engine.submit(wish())
    assert here.wait(60)
    try:
        assert engine.check(timeout=1) == 0
    finally:
        go.set()
    with pytest.raises(EngineStopped):  # there is nothing to capture with on a CPU
        future.result(60)
    assert graphs.since is None


def test_a_closed_engine_refuses_and_its_jobs_end(engine_of: Callable[..., SdxlEngine]) -> None:
    engine = engine_of()
    started = Event()
    future = engine.submit(wish(steps=100), lambda _done, _steps: started.set())
    started.wait()
    engine.close()
    with pytest.raises(EngineStopped):
        future.result(60)
    with pytest.raises(EngineStopped):
        engine.submit(wish())


def test_a_job_in_hand_is_not_made_twice(engine_of: Callable[..., SdxlEngine]) -> None:
    engine = engine_of()
    assert engine.submit(wish(steps=50)) is engine.submit(wish(steps=50))


def test_too_many_requests_are_refused(engine_of: Callable[..., SdxlEngine]) -> None:
    with pytest.raises(QueueFull):
        together(engine_of(max_waiting=2), 3)


@pytest.mark.parametrize("changes", [{"steps": 0}, {"steps": 101}, {"width": 0}])
def test_impossible_wishes_are_refused(engine_of: Callable[..., SdxlEngine], changes: dict[str, int]) -> None:
    with pytest.raises(BadRequest):
        engine_of().submit(wish(**changes))


def test_guidance_off_late_is_labelled_and_saves_rows(engine_of: Callable[..., SdxlEngine]) -> None:
    exact, lossy = engine_of(), engine_of(guidance_until=0.5)
    one, other = exact.submit(wish()).result(60), lossy.submit(wish()).result(60)
    assert (one.labels, other.labels) == ((), ("guidance-until-0.5",))
    assert (exact.stats().rows, lossy.stats().rows) == (12, 9)
    assert apart(other.latent, one.latent) > 0
