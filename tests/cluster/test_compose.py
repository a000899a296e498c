"""configs/compose.yaml and configs/Containerfile: what can be known of them without running containers."""

import json
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from typing_extensions import override

from configs.build import ROOT
from configs.keys import SecretFile
from configs.profiles import PROFILES
from configs.settings import Settings
from storage.objects.s3 import S3Store
from tests.servers.seaweed import SeaweedFs

COMPOSE = ROOT / "configs" / "compose.yaml"
PREFIX = "DESIGN_AGENT_"

DURATION = {"type": "string", "pattern": r"^(\d+(us|ms|s|m|h))+$"}
TEXTS = {"type": "array", "items": {"type": "string"}, "minItems": 1}
VALUES = {"type": "object", "additionalProperties": {"type": ["string", "number", "null"]}}


def only(*required: str, **fields: Any) -> dict[str, Any]:
    """A mapping of these keys and no others: a key that is misspelt would be refused, or worse, passed over."""
    return {"type": "object", "properties": fields, "required": list(required), "additionalProperties": False}


def each(value: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": value, "minProperties": 1}


# What the Compose specification says of the keys that the file uses, written down from it.
SERVICE = only(
    "image", "networks", "healthcheck",
    image={"type": "string"}, command=TEXTS, environment=VALUES, secrets=TEXTS, networks=TEXTS,
    build=only("context", context={"type": "string"}, dockerfile={"type": "string"}),
    volumes={"type": "array", "items": {"type": "string", "pattern": r"^\w+:/[\w/]+$"}},
    ports={"type": "array", "items": {"type": "string", "pattern": r"^127\.0\.0\.1:\$\{\w+:-\d+\}:\d+$"}},
    depends_on=each(only("condition", condition={"enum": ["service_started", "service_healthy"]})),
    healthcheck=only(
        "test", interval=DURATION, timeout=DURATION, start_period=DURATION, retries={"type": "integer"},
        test={"type": "array", "prefixItems": [{"enum": ["CMD", "CMD-SHELL"]}], "items": {"type": "string"}},
    ),
    restart={"enum": ["no", "always", "on-failure", "unless-stopped"]}, init={"type": "boolean"},
    shm_size={"type": "string", "pattern": r"^\d+(b|k|kb|m|mb|g|gb)$"}, stop_grace_period=DURATION,
)  # fmt: skip
SPECIFICATION = only(
    "name", "services", name={"type": "string", "pattern": r"^[a-z0-9][a-z0-9_-]*$"}, services=each(SERVICE),
    networks=each(only(internal={"type": "boolean"})), volumes=each(only()),
    secrets=each(only("file", file={"type": "string"})),
)  # fmt: skip


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load(COMPOSE.read_text(encoding="utf-8")))


@pytest.fixture
def secrets(tmp_path: Path) -> Path:
    folder = tmp_path / "secrets"
    done = subprocess.run([str(ROOT / "scripts" / "compose-secrets"), str(folder)], text=True, capture_output=True)
    assert done.returncode == 0, done.stderr
    return folder


def given(compose: dict[str, Any]) -> dict[str, str]:
    return {name.removeprefix(PREFIX): str(value) for name, value in compose["services"]["app"]["environment"].items()}


def test_file_is_of_the_compose_specification(compose: dict[str, Any]) -> None:
    schema = Draft202012Validator(SPECIFICATION)
    assert [f"{error.json_path}: {error.message}" for error in schema.iter_errors(compose)] == []
    for name, service in compose["services"].items():
        assert set(service["networks"]) <= set(compose["networks"]), name
        assert set(service.get("secrets", [])) <= set(compose["secrets"]), name
        assert set(service.get("depends_on", {})) <= set(compose["services"]), name
    misspelt = compose | {"services": compose["services"] | {"app": compose["services"]["app"] | {"restrat": "no"}}}
    assert not schema.is_valid(misspelt)


def test_every_variable_of_the_app_is_a_setting(compose: dict[str, Any]) -> None:
    fields = Settings.model_fields
    for name in compose["services"]["app"]["environment"]:
        assert name.startswith(PREFIX)
        field = name.removeprefix(PREFIX).lower()
        if field not in fields:
            assert field.endswith("_file"), name
            assert any(isinstance(mark, SecretFile) for mark in fields[field.removesuffix("_file")].metadata), name


def test_what_production_needs_is_there_and_loads_with_the_secrets_made(
    compose: dict[str, Any], secrets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in given(compose).items():
        plain = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", value)
        monkeypatch.setenv(PREFIX + name, plain.replace("/run/secrets", str(secrets)))
    settings = Settings()
    assert settings.profile == "production"
    assert all(getattr(settings, name) for name in PROFILES["production"].needs)
    assert len(settings.api_keys) == 1 and not settings.on_loopback
    assert settings.database_url is not None
    assert "@mysql:3306/design_agent" in settings.database_url.get_secret_value()


def test_every_secret_is_a_file_that_the_script_makes(compose: dict[str, Any], secrets: Path) -> None:
    assert {path.name for path in secrets.iterdir()} == set(compose["secrets"])
    for name, secret in compose["secrets"].items():
        assert re.fullmatch(r"\$\{SECRETS_FOLDER(:\?[^}]+)?\}/" + name, secret["file"])
    used = {name for service in compose["services"].values() for name in service.get("secrets", [])}
    assert used == set(compose["secrets"])
    for name, service in compose["services"].items():
        text = json.dumps(service)
        assert set(re.findall(r"/run/secrets/(\w+)", text)) == set(service.get("secrets", [])), name
    assert stat.S_IMODE(secrets.stat().st_mode) == 0o700
    first = {path.name: path.read_text() for path in secrets.iterdir()}
    again = subprocess.run([str(ROOT / "scripts" / "compose-secrets"), str(secrets)], text=True, capture_output=True)
    assert again.returncode == 1 and "nothing was changed" in again.stderr
    assert {path.name: path.read_text() for path in secrets.iterdir()} == first


def test_no_password_is_written_down(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, value in service.get("environment", {}).items():
            secret = re.search(r"PASSWORD|SECRET|ACCESS_KEY|API_KEY|DATABASE_URL|REDIS_URL", name)
            assert not secret or (name.endswith("_FILE") and str(value).startswith("/run/secrets/")), name
    # Every other variable has a value of its own; only the folder of the secrets must be named.
    left = set(re.findall(r"\$\{(\w+)\}|\$\{(\w+):\?", COMPOSE.read_text()))
    assert {one or other for one, other in left} == {"SECRETS_FOLDER"}


def test_each_server_is_checked_kept_and_closed(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"mysql", "redis", "kafka", "s3", "app"}
    for name, service in services.items():
        assert service["healthcheck"]["test"] and service["restart"] == "unless-stopped"
        assert re.search(r":[\w.]+\}$", service["image"]) and "latest" not in service["image"]
        assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", [])), name
    waited = services["app"]["depends_on"]
    assert {name: wait["condition"] for name, wait in waited.items()} == dict.fromkeys(
        ["mysql", "redis", "kafka", "s3"], "service_healthy"
    )
    mounted = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert mounted == set(compose["volumes"]) == {"mysql", "kafka", "s3", "app"}
    assert compose["networks"]["servers"] == {"internal": True}


def test_the_identities_let_the_app_in(secrets: Path, tmp_path: Path) -> None:
    class Weed(SeaweedFs):
        @override
        def prepare(self) -> None:
            super().prepare()
            (self.folder / "identities.json").write_text((secrets / "s3_identities").read_text())

        @override
        def probe(self) -> None:
            S3Store(settings).ping()

    weed = Weed(tmp_path / "weed")
    keys = {name: (secrets / name).read_text().strip() for name in ("s3_access_key", "s3_secret_key")}
    settings = Settings.model_validate({"s3_endpoint": weed.url} | keys)
    weed.start()
    store = S3Store(settings)
    store.put("a/b", b"x", "text/plain")
    store.delete_under("a")
    assert list(store.listed()) == []
    weed.close()


def test_what_the_image_copies_is_there() -> None:
    lines = (ROOT / "configs" / "Containerfile").read_text().splitlines()
    copied = [part for line in lines if line.startswith("COPY") for part in line.split()[1:-1]]
    assert copied and all((ROOT / part).exists() for part in copied)
    left_out = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".venv", "secrets"} <= set(left_out)
    assert not [room for room in ("configs", "storage", "pipelines", "serve_apps", "cluster") if room in left_out]
    assert any(line.startswith("USER") for line in lines)
