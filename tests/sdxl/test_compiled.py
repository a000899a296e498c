"""What a GPU runs, as far as a CPU can show it: the whole UNet as one graph, once for many numbers of rows."""

from functools import partial
from pathlib import Path

import pytest

from pipelines.models.sdxl import tiny
from tests.sdxl.wishes import apart, run, wish


def test_one_graph_serves_batches_of_any_rows_and_gives_the_same_pictures(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    from pipelines.models.sdxl import forward
    from pipelines.models.sdxl.loop import Loop
    from pipelines.models.sdxl.vae import Vae
    from pipelines.models.sdxl.weights import load

    forward.compiled(lambda tensor: tensor)  # refuses options that the compiler does not know
    # as the compiler takes it in; its own code would want a C++ compiler on a CPU
    monkeypatch.setattr(forward, "compiled", partial(torch.compile, fullgraph=True, dynamic=False, backend="aot_eager"))
    torch._dynamo.reset()
    graphs = torch._dynamo.utils.counters["stats"]
    graphs.clear()
    arrivals = [(tick, wish(str(tick), steps=4 + tick, seed=tick)) for tick in (0, 0, 1, 2)]
    found = []
    for compiled in ("on", "off"):
        config = tiny.config(folder, compiled=compiled)
        parts = load(config)
        forward.optimise(parts, config)
        latents, forwards = run(Loop(parts, config, forward.unet_forward(parts, config), Vae(parts, config)), arrivals)
        found.append(latents)
        assert forwards == 8
    assert graphs["unique_graphs"] == 1
    assert all(apart(*pair) <= 1e-5 for pair in zip(*found, strict=True))
