"""configs/serve: what Ray's own ``serve build`` says of the application, and it fits on the cluster's nodes."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from ray.serve.schema import ServeDeploySchema

from cluster.serve_configs import (
    ENVIRONMENTS,
    FOLDER,
    PLACED,
    PLACES,
    PREFIX,
    RAY_SERVICE,
    serve_config,
    with_serve_config,
)  # fmt: skip
from configs.build import ROOT
from configs.settings import Settings

AGAIN = "run scripts/serve-configs and commit what it writes"


def deployments(text: str) -> dict[str, dict[str, Any]]:
    (application,) = yaml.safe_load(text)["applications"]
    return {deployment["name"]: deployment for deployment in application["deployments"]}


def committed(name: str) -> str:
    return (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_file_is_what_the_application_says(name: str) -> None:
    assert committed(name) == serve_config(name), AGAIN
    ServeDeploySchema.model_validate(yaml.safe_load(committed(name)))


def test_there_are_no_other_files() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == set(ENVIRONMENTS)


def test_the_rayservice_has_the_production_file() -> None:
    service = RAY_SERVICE.read_text(encoding="utf-8")
    assert service == with_serve_config(service, committed("production")), AGAIN
    assert yaml.safe_load(service)["spec"]["serveConfigV2"] == committed("production")


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_rays_own_serve_build_says_the_same(name: str, tmp_path: Path) -> None:
    (tmp_path / "built.py").write_text("from serve_apps.app import build_app\n\napp = build_app()\n")
    clean = {key: value for key, value in os.environ.items() if not key.startswith(PREFIX)}
    given = {PREFIX + key: value for key, value in ENVIRONMENTS[name].items()}
    out = tmp_path / "built.yaml"
    subprocess.run(
        [str(Path(sys.executable).parent / "serve"), "build", "built:app", "--app-dir", str(tmp_path), "-o", str(out)],
        env=clean | given | {"PYTHONPATH": str(ROOT)}, cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    ours, rays = deployments(committed(name)), deployments(out.read_text())
    if name in PLACED:
        for deployment, options in rays.items():
            options["ray_actor_options"] |= PLACES[deployment]
    assert ours == rays, AGAIN


@pytest.mark.parametrize("nodes", ["ray_cluster.yaml", "rayservice.yaml"])
def test_every_replica_fits_on_a_node_and_only_where_its_image_is(nodes: str) -> None:
    kinds = node_kinds(nodes)
    for name, deployment in deployments(committed("production")).items():
        asked = dict(deployment["ray_actor_options"])
        needs = {"CPU": asked.pop("num_cpus"), "GPU": asked.pop("num_gpus", 0), **asked.pop("resources")}
        fitting = {
            kind for kind, has in kinds.items() if all(has.get(what, 0) >= amount for what, amount in needs.items())
        }
        assert fitting == set(PLACES[name]["resources"]), name
        # Actors of our application say nothing else about where they run.
        assert asked.keys() <= {"runtime_env"}, name


@pytest.mark.parametrize("nodes", ["ray_cluster.yaml", "rayservice.yaml"])
def test_groups_hold_as_many_gpu_replicas_as_the_deployments_may_have(nodes: str) -> None:
    most = node_most(nodes)
    found = deployments(committed("production"))
    for name in ("ImageModel", "LanguageModel"):
        (group,) = PLACES[name]["resources"]
        scaling = found[name].get("autoscaling_config") or {"max_replicas": found[name]["num_replicas"]}
        assert most[group] >= scaling["max_replicas"] * found[name]["ray_actor_options"]["num_gpus"]


def node_kinds(name: str) -> dict[str, dict[str, float]]:
    return {kind: has["resources"] for kind, has in node_types(name).items()}


def node_most(name: str) -> dict[str, int]:
    return {kind: has.get("max_workers", 0) for kind, has in node_types(name).items()}


def node_types(name: str) -> dict[str, Any]:
    from ray.autoscaler._private.kuberay.autoscaling_config import _derive_autoscaling_config_from_ray_cr

    if name == "ray_cluster.yaml":
        return dict(yaml.safe_load((ROOT / name).read_text())["available_node_types"])
    cluster = yaml.safe_load(RAY_SERVICE.read_text())["spec"]["rayClusterConfig"]
    config = _derive_autoscaling_config_from_ray_cr({"metadata": {"name": "x", "namespace": "x"}, "spec": cluster})
    return dict(config["available_node_types"])


def test_no_address_or_secret_is_in_a_file_and_the_environment_comes_back() -> None:
    before = dict(os.environ)
    texts = [serve_config(name) for name in ENVIRONMENTS]
    assert dict(os.environ) == before
    secret = {value for key, value in ENVIRONMENTS["production"].items() if key.split("_")[0] in {"DATABASE", "S3"}}
    assert secret and not [text for text in texts for value in secret if value in text]


def test_every_variable_is_a_setting() -> None:
    names = {key.lower() for environment in ENVIRONMENTS.values() for key in environment}
    assert names <= Settings.model_fields.keys()
