"""A model's start as Ray, Serve and its replica tell it, on a machine whose only GPU is busy at first."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import ray
from ray import serve
from ray.experimental import internal_kv
from ray.serve.config import AutoscalingConfig

from cluster.jobs.faults import until
from cluster.ray_start import init_ray
from serve_apps.model_starts import OWN_STAGES, ModelStarts
from serve_apps.replica_start import stages_took
from serve_apps.text_reader import TextReader
from storage.documents.cold_start import STAGES, ColdStart

pytestmark = pytest.mark.stack
APP, MODEL = "cold", "text_reader"


class Looking:
    """A deployment beside the model, as the orchestrator is."""

    def __init__(self, _model: Any) -> None:
        self._starts = ModelStarts()

    def told(self) -> list[ColdStart]:
        """The stages so far."""
        start = self._starts.of(MODEL, now=True)
        return start.told(MODEL) if start else []


@ray.remote(num_cpus=0, num_gpus=1)
class Busy:
    """Has the GPU while it lives."""

    def here(self) -> bool:
        return True


@pytest.fixture
def looking(tmp_path: Path) -> Iterator[Any]:
    environment = {"DESIGN_AGENT_DATA": str(tmp_path)}
    init_ray("local", num_cpus=2, num_gpus=1, include_dashboard=False, log_to_driver=False,
             runtime_env={"env_vars": environment})  # fmt: skip
    try:
        serve.start(proxy_location="Disabled")
        scaling = AutoscalingConfig(
            min_replicas=0, max_replicas=1, metrics_interval_s=0.5, look_back_period_s=1, upscale_delay_s=0,
            downscale_delay_s=600,
        )  # fmt: skip
        model = serve.deployment(
            autoscaling_config=scaling, ray_actor_options={"num_cpus": 0, "num_gpus": 1}, graceful_shutdown_timeout_s=2
        )(TextReader)
        beside = serve.deployment(ray_actor_options={"num_cpus": 0})(Looking)
        yield serve.run(beside.bind(model.bind()), name=APP, route_prefix=None)
    finally:
        serve.shutdown()
        ray.shutdown()


def test_it_waits_for_the_gpu_and_each_stage_is_told(looking: Any) -> None:
    def stages() -> list[Any]:
        return list(looking.told.remote().result(timeout_s=60))

    def told() -> list[str]:
        return [stage.stage for stage in stages()]

    busy = Busy.remote()
    assert ray.get(busy.here.remote())
    assert told() == []
    internal_kv._internal_kv_put(f"start/{APP}/TextReader/of-a-dead-one", "{}", namespace="design-agent")
    answer = serve.get_deployment_handle("TextReader", APP).ping.remote()
    until(lambda: told() == ["node_wanted"], "a replica that waits for the GPU")
    ray.kill(busy)
    whole = until(lambda: found if (found := stages()) and found[-1].stage == "ready" else None, "a replica")
    assert answer.result(timeout_s=60) == "ready"
    assert [stage.stage for stage in whole[1:]] == list(STAGES[1:])
    assert whole[-1].seconds >= whole[0].seconds == 0
    took = stages_took(APP, "TextReader")
    assert set(took) >= {"replica_starting", *OWN_STAGES}
    assert took["weights_loading"] > 0
    (key,) = internal_kv._internal_kv_list(f"start/{APP}/TextReader/", namespace="design-agent")
    assert b"dead" not in key
