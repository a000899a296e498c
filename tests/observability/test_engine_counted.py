"""The counters of a real SDXL engine reach the metrics, each piece of work once."""

from pathlib import Path

from pipelines.models.sdxl import tiny
from pipelines.models.sdxl.engine import SdxlEngine
from serve_apps.engine_metrics import EngineReporter
from tests.observability.conftest import Told
from tests.sdxl.wishes import wish


def test_pictures_of_a_real_engine(tmp_path: Path, told: Told) -> None:
    engine = SdxlEngine(tiny.config(tiny.make(tmp_path / "tiny-random")))
    engine.start()
    reporter = EngineReporter("sdxl/tiny", engine.stats)
    try:
        engine.submit(wish("one", steps=4, guidance=5.0)).result(120)
        reporter.report(engine.stats())
        reporter.report(engine.stats())
        assert told.sums["denoising_steps", "sdxl/tiny"] == 4
        assert told.sums["denoised_rows", "sdxl/tiny"] == 8
        assert told.sums["forwards", "sdxl/tiny,2"] == 4
        assert told.sums["images", "sdxl/tiny,finished"] == 1
        assert told.last["images_at_work", "sdxl/tiny,running"] == 0

        reporter.start()
        engine.submit(wish("two", steps=3, guidance=1.0)).result(120)
        reporter.stop()
    finally:
        engine.close()
    assert told.sums["denoising_steps", "sdxl/tiny"] == 7
    assert told.sums["denoised_rows", "sdxl/tiny"] == 11
    assert told.sums["forwards", "sdxl/tiny,1"] == 3
    assert told.sums["images", "sdxl/tiny,finished"] == 2
