"""A killed process's work goes on at its last saved step."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from pipelines.models.sdxl.engine import SdxlEngine
from pipelines.models.sdxl.latents import FolderLatents, SavedLatent
from tests.sdxl.wishes import apart, wish

CHILD = """
import sys, threading
from pathlib import Path
from pipelines.models.sdxl import tiny
from pipelines.models.sdxl.engine import SdxlEngine
from pipelines.models.sdxl.latents import FolderLatents
from tests.sdxl.wishes import wish
def progress(done, steps):
    print(done, flush=True)
    if done == 10:
        threading.Event().wait()
engine = SdxlEngine(tiny.config(Path(sys.argv[1]), save_every=4), FolderLatents(Path(sys.argv[2])))
engine.start()
engine.submit(wish("killed", steps=20), progress).result()
"""


def test_a_killed_process_repeats_no_saved_step(
    folder: Path, tmp_path: Path, engine_of: Callable[..., SdxlEngine]
) -> None:
    store = FolderLatents(tmp_path)
    with subprocess.Popen([sys.executable, "-c", CHILD, folder, tmp_path], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            blob = store.load("killed")
            if line.strip() == "10":
                break
        while blob is None or SavedLatent.unpack(blob).step < 8:  # written by a thread of its own
            blob = store.load("killed")
        child.send_signal(signal.SIGKILL)
    seen: list[tuple[int, int]] = []
    engine = engine_of(store, save_every=4)
    went_on = engine.submit(wish("killed", steps=20), lambda done, steps: seen.append((done, steps))).result(60)
    assert seen == [(done, 20) for done in range(9, 21)]
    assert (went_on.first_step, went_on.steps_run, went_on.steps) == (8, 12, 20)
    assert apart(went_on.latent, engine.submit(wish("solo", steps=20)).result(60).latent) <= 1e-5


def test_another_wish_under_the_same_job_starts_anew(tmp_path: Path, engine_of: Callable[..., SdxlEngine]) -> None:
    store = FolderLatents(tmp_path)
    engine = engine_of(store, save_every=2)
    engine.submit(wish("job")).result(60)
    assert engine.submit(wish("job")).result(60).steps_run == 0
    assert engine.submit(wish("job", prompt="something else")).result(60).steps_run == 6


def test_an_exact_picture_does_not_go_on_from_a_lossy_one(tmp_path: Path, engine_of: Callable[..., SdxlEngine]) -> None:
    store = FolderLatents(tmp_path)
    engine_of(store, save_every=2, guidance_until=0.5).submit(wish("job")).result(60)
    assert engine_of(store).submit(wish("job")).result(60).steps_run == 6


def test_a_store_that_is_away_costs_no_picture(engine_of: Callable[..., SdxlEngine]) -> None:
    class Away:
        def load(self, job: str) -> bytes | None:
            raise OSError("away")

        def save(self, job: str, blob: bytes) -> None:
            raise OSError("away")

    assert engine_of(Away(), save_every=1).submit(wish()).result(60).steps_run == 6
