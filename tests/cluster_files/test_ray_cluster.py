"""ray_cluster.yaml against Ray's own schema and checks."""

import json
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import ray.autoscaler
import yaml
from ray.autoscaler._private.util import prepare_config, validate_config

from configs.build import ROOT
from tests.cluster_files.test_kubernetes import documents

SCHEMA = json.loads((Path(ray.autoscaler.__file__).parent / "ray-schema.json").read_text())


@pytest.fixture
def config() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "ray_cluster.yaml").read_text(encoding="utf-8")))


def test_it_is_valid_by_rays_schema_and_ray_takes_it(config: dict[str, Any]) -> None:
    jsonschema.validate(config, SCHEMA)
    prepared = prepare_config(deepcopy(config))
    validate_config(prepared)
    assert prepared["available_node_types"].keys() == config["available_node_types"].keys()


def test_the_schema_finds_a_wrong_field(config: dict[str, Any]) -> None:
    config["available_node_types"]["sdxl"]["min_replicas"] = 0
    with pytest.raises(jsonschema.ValidationError, match="min_replicas"):
        jsonschema.validate(config, SCHEMA)


def test_gpu_nodes_come_and_go_and_the_head_does_no_work(config: dict[str, Any]) -> None:
    types = config["available_node_types"]
    assert types[config["head_node_type"]]["resources"] == {"CPU": 0}
    gpu = {name: kind for name, kind in types.items() if kind["resources"].get("GPU")}
    assert gpu.keys() == {"sdxl", "vllm"}
    assert all(kind["min_workers"] == 0 < kind["max_workers"] for kind in gpu.values())
    assert sum(kind.get("max_workers", 0) for kind in types.values()) == config["max_workers"]


def test_both_kinds_of_cluster_have_the_same_groups(config: dict[str, Any]) -> None:
    groups = documents("rayservice.yaml")[0]["spec"]["rayClusterConfig"]["workerGroupSpecs"]
    types = config["available_node_types"]
    assert {group["groupName"] for group in groups} == types.keys() - {config["head_node_type"]}
    for group in groups:
        kind = types[group["groupName"]]
        assert (group["minReplicas"], group["maxReplicas"]) == (kind["min_workers"], kind["max_workers"])
        custom = json.loads(json.loads(group["rayStartParams"]["resources"]))
        assert custom.items() <= kind["resources"].items()
        image = kind.get("docker", {}).get("worker_image", config["docker"]["image"])
        assert group["template"]["spec"]["containers"][0]["image"] == image


def test_every_ray_starts_with_the_token(config: dict[str, Any]) -> None:
    for commands in (config["head_start_ray_commands"], config["worker_start_ray_commands"]):
        (start,) = [command for command in commands if "ray start" in command]
        assert re.search(r"RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH=/etc/design-agent/ray_token\s+ray start", start)
        assert start.startswith("set -a; . /etc/design-agent/environment; set +a;")
    assert "/etc/design-agent" in config["file_mounts"]
    assert "secrets/" in (ROOT / ".gitignore").read_text()
    assert "--dashboard-host=127.0.0.1" in config["head_start_ray_commands"][1]
