"""configs/kubernetes: what can be known of the files without a Kubernetes."""

import re
import subprocess
from copy import deepcopy
from pathlib import Path
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import ray
import yaml

from cluster.paths import ServicePaths
from cluster.ray_environment import FAST, ray_environment
from cluster.serve_configs import ENVIRONMENTS, PREFIX
from configs.build import ROOT
from configs.keys import SecretFile
from configs.profiles import PROFILES
from configs.settings import Settings
from tests.cluster_files.rayservice_schema import RAY_SERVICE

FOLDER = ROOT / "configs" / "kubernetes"
SECRETS = "/run/secrets/design-agent/"
KUBERNETES = "1.34"
PART = {"app.kubernetes.io/part-of": "design-agent"}


def documents(name: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all((FOLDER / name).read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def service() -> dict[str, Any]:
    return documents("rayservice.yaml")[0]


@pytest.fixture(scope="module")
def cluster(service: dict[str, Any]) -> dict[str, Any]:
    return dict(service["spec"]["rayClusterConfig"])


@pytest.fixture(scope="module")
def settings_map() -> dict[str, str]:
    return dict(documents("settings.yaml")[0]["data"])


def pods(cluster: dict[str, Any]) -> dict[str, dict[str, Any]]:
    groups = {group["groupName"]: group["template"] for group in cluster["workerGroupSpecs"]}
    return {"head": cluster["headGroupSpec"]["template"], **groups}


def containers(cluster: dict[str, Any]) -> list[dict[str, Any]]:
    specs = [template["spec"] for template in pods(cluster).values()]
    return [one for spec in specs for one in [*spec.get("initContainers", []), *spec["containers"]]]


def test_the_rayservice_has_only_fields_that_kuberay_knows(service: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(RAY_SERVICE).validate(service)


@pytest.mark.parametrize(
    ("place", "field"),
    [((), "serveConfig"), (("rayClusterConfig",), "workerGroups"), (("rayClusterConfig", "authOptions"), "secret")],
)
def test_a_field_that_it_does_not_know_is_found(service: dict[str, Any], place: tuple[str, ...], field: str) -> None:
    wrong = deepcopy(service)
    inner = wrong["spec"]
    for name in place:
        inner = inner[name]
    inner[field] = "x"
    with pytest.raises(jsonschema.ValidationError, match=field):
        jsonschema.Draft202012Validator(RAY_SERVICE).validate(wrong)


@pytest.mark.parametrize("name", sorted(path.name for path in FOLDER.iterdir() if path.stem != "rayservice"))
def test_kubernetes_own_schemas_know_every_field(name: str) -> None:
    for document in documents(name):
        kubernetes_validate.validate(document, KUBERNETES, strict=True)


def test_kubernetes_own_schemas_know_every_field_of_the_pods(cluster: dict[str, Any]) -> None:
    for name, template in pods(cluster).items():
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, **template["metadata"]}}
        kubernetes_validate.validate(pod | {"spec": template["spec"]}, KUBERNETES, strict=True)
        with pytest.raises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(pod | {"spec": template["spec"] | {"volume": []}}, KUBERNETES, strict=True)


def test_gpu_pods_fetch_their_weights_where_the_models_look(
    cluster: dict[str, Any], settings_map: dict[str, str]
) -> None:
    (claim,) = documents("weights.yaml")
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    for name in ("sdxl", "vllm"):
        spec = pods(cluster)[name]["spec"]
        (fetch,), (replica,) = spec["initContainers"], spec["containers"]
        assert fetch["command"] == ["python", "-m", "cluster.jobs.weights", name]
        assert fetch["image"] == replica["image"] and fetch["volumeMounts"] == replica["volumeMounts"]
        mounts = {mount["name"]: mount["mountPath"] for mount in replica["volumeMounts"]}
        volumes = {volume["name"]: volume for volume in spec["volumes"]}
        assert volumes["weights"]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
        assert mounts.keys() == volumes.keys()
        for cache in ("HF_HOME", "TORCHINDUCTOR_CACHE_DIR", "VLLM_CACHE_ROOT"):
            assert settings_map[cache].startswith(mounts["weights"] + "/")
    assert settings_map["HF_HUB_OFFLINE"] == "1", "a replica that fetches is no surprise to anybody"


def test_gpu_images_can_compile_and_a_login_shell_finds_ours(tmp_path: Path) -> None:
    recipe = (ROOT / "configs" / "Containerfile").read_text()
    stages = {name: base for base, name in re.findall(r"^FROM (\S+) AS (\w+)$", recipe, re.MULTILINE)}
    assert stages["sdxl"] == stages["vllm"] == "compiling"
    (compiling,) = re.findall(r"AS compiling\n(.*?)\nFROM", recipe, re.DOTALL)
    assert {"gcc", "g++", "libc6-dev"} <= set(compiling.split())
    # "ray up" runs its commands by a login shell, whose profile sets PATH anew.
    (line,) = re.findall(r"^RUN echo '(.*)' > /etc/profile\.d/\S+$", recipe, re.MULTILINE)
    profile = tmp_path / ".bash_profile"
    profile.write_text(f"{line}\n")
    shell = ["bash", "--login", "-c", "echo $PATH"]
    said = subprocess.run(shell, env={"HOME": str(tmp_path)}, text=True, capture_output=True, check=True).stdout
    assert said.startswith("/opt/design-agent/.venv/bin:")


def test_ray_reads_its_node_types_from_the_groups(cluster: dict[str, Any]) -> None:
    from ray.autoscaler._private.kuberay.autoscaling_config import _derive_autoscaling_config_from_ray_cr
    from ray.autoscaler._private.util import validate_config

    config = _derive_autoscaling_config_from_ray_cr(
        {"metadata": {"name": "design-agent", "namespace": "here"}, "spec": cluster}
    )
    validate_config(config)
    types = config["available_node_types"]
    assert types[config["head_node_type"]]["resources"]["CPU"] == 0
    assert {name for name, kind in types.items() if kind["resources"].get("GPU")} == {"sdxl", "vllm"}
    assert all(types[name]["resources"][name] > 0 for name in ("app", "sdxl", "vllm"))
    assert all(types[name]["min_workers"] == 0 < types[name]["max_workers"] for name in ("sdxl", "vllm"))


def test_ray_is_the_one_that_is_installed(cluster: dict[str, Any]) -> None:
    assert cluster["rayVersion"] == ray.__version__


def test_each_group_has_its_image_and_the_image_its_target(cluster: dict[str, Any]) -> None:
    images = {name: template["spec"]["containers"][0]["image"] for name, template in pods(cluster).items()}
    tags = {name: image.rpartition(":")[2] for name, image in images.items()}
    assert tags == {"head": "app", "app": "app", "sdxl": "sdxl", "vllm": "vllm"}
    recipe = (ROOT / "configs" / "Containerfile").read_text()
    stages = re.findall(r"^FROM \S+ AS (\w+)$", recipe, re.MULTILINE)
    assert set(tags.values()) < set(stages)
    assert stages[-1] == "app", "a build without --target makes the last one"


def test_every_pod_has_the_settings_and_can_do_little(cluster: dict[str, Any]) -> None:
    for name, template in pods(cluster).items():
        assert template["metadata"]["labels"] == PART, name
        assert template["spec"]["securityContext"]["runAsUser"] == 10001
    for container in containers(cluster):
        assert container["envFrom"] == [{"configMapRef": {"name": "design-agent"}}]
        mounted = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        assert mounted["secrets"] + "/" == SECRETS
    assert "useradd --uid 10001 " in (ROOT / "configs" / "Containerfile").read_text()


def test_what_is_set_are_settings_and_production_gets_what_it_needs(
    settings_map: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    made = secrets(tmp_path)
    for name, value in settings_map.items():
        if name.startswith(PREFIX):
            field = name.removeprefix(PREFIX).lower()
            known = Settings.model_fields.get(field.removesuffix("_file"))
            assert known is not None, name
            if field.endswith("_file"):
                assert any(isinstance(mark, SecretFile) for mark in known.metadata), name
            monkeypatch.setenv(name, value.replace(SECRETS, f"{made}/"))
    settings = Settings()
    assert all(getattr(settings, name) for name in PROFILES["production"].needs)
    assert settings.api_keys and settings.link_secret and not settings.on_loopback


def secrets(folder: Path) -> Path:
    made = folder / "secrets"
    subprocess.run([str(ROOT / "scripts" / "compose-secrets"), str(made)], check=True, capture_output=True)
    return made


def test_no_secret_is_written_down_and_each_that_is_named_is_mounted(
    settings_map: dict[str, str], cluster: dict[str, Any]
) -> None:
    for name, value in settings_map.items():
        if re.search(r"PASSWORD|SECRET|ACCESS_KEY|API_KEY|DATABASE_URL|REDIS_URL|TOKEN", name):
            assert name.endswith("_FILE") and value.startswith(SECRETS), name
    named = {value.removeprefix(SECRETS) for value in settings_map.values() if value.startswith(SECRETS)}
    for template in pods(cluster).values():
        (volume,) = [volume for volume in template["spec"]["volumes"] if volume["name"] == "secrets"]
        assert {item["key"] for item in volume["secret"]["items"]} == named
    assert "value" not in cluster["gcsFaultToleranceOptions"]["redisPassword"]


def test_settings_are_those_that_the_deployments_were_made_with(settings_map: dict[str, str]) -> None:
    addresses = re.compile(r"_(URL|BOOTSTRAP|ENDPOINT|KEY)$")
    for key, value in ENVIRONMENTS["production"].items():
        if not addresses.search(key):
            assert settings_map[PREFIX + key] == value


def test_ray_has_its_flags_for_speed(settings_map: dict[str, str]) -> None:
    assert FAST.items() <= settings_map.items()


def test_ray_runs_as_on_one_machine(settings_map: dict[str, str], tmp_path: Path) -> None:
    ours = ray_environment(ServicePaths(tmp_path).token)
    token = {name for name in ours if name.startswith("RAY_AUTH")}
    assert {name: settings_map[name] for name in ours.keys() - token} == {
        name: value for name, value in ours.items() if name not in token
    }


def test_only_the_api_is_open_to_all(cluster: dict[str, Any]) -> None:
    policies = {policy["metadata"]["name"]: policy["spec"] for policy in documents("network-policy.yaml")}
    ours = policies["design-agent"]
    assert ours["podSelector"]["matchLabels"] == PART and ours["policyTypes"] == ["Ingress"]
    open_to_all = [rule for rule in ours["ingress"] if "from" not in rule]
    assert open_to_all == [{"ports": [{"protocol": "TCP", "port": 8000}]}]
    everything = [rule for rule in ours["ingress"] if "ports" not in rule]
    assert everything == [{"from": [{"podSelector": {"matchLabels": PART}}]}]


def test_the_heads_memory_is_kept_on_disk_and_nothing_is_dropped(cluster: dict[str, Any]) -> None:
    headless, stateful = documents("gcs-redis.yaml")
    port = headless["spec"]["ports"][0]["port"]
    assert cluster["gcsFaultToleranceOptions"]["redisAddress"] == f"{headless['metadata']['name']}:{port}"
    (container,) = stateful["spec"]["template"]["spec"]["containers"]
    assert "--appendonly yes" in container["args"][0] and "noeviction" in container["args"][0]
    password = cluster["gcsFaultToleranceOptions"]["redisPassword"]["valueFrom"]["secretKeyRef"]
    (volume,) = stateful["spec"]["template"]["spec"]["volumes"]
    assert (volume["secret"]["secretName"], volume["secret"]["items"][0]["key"]) == (password["name"], password["key"])
    assert stateful["spec"]["selector"]["matchLabels"] == stateful["spec"]["template"]["metadata"]["labels"]
    assert headless["spec"]["selector"] == stateful["spec"]["template"]["metadata"]["labels"]
