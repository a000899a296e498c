"""What is installed is exactly what was locked: every line a version, every version its hashes."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = sorted(ROOT.glob("requirements*.lock"))
PIN = re.compile(r"[A-Za-z0-9._-]+(\[[A-Za-z0-9,._-]+\])?==[A-Za-z0-9.!+_-]+( ; .+)?")


def test_there_are_locks() -> None:
    kinds = ["-dev", "-overlay", "-sdxl", "-vllm", ""]
    assert [path.name for path in LOCKS] == [f"requirements{kind}.lock" for kind in kinds]


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_every_line_is_pinned_with_hashes(path: Path) -> None:
    text = re.sub(r"\\\n\s*", " ", path.read_text())
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    assert lines
    for line in lines:
        pin, *hashes = [part.strip() for part in line.split(" --hash=")]
        assert PIN.fullmatch(pin), pin
        assert hashes, pin
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", entry) for entry in hashes), pin


def test_every_direct_dependency_is_in_the_lock_at_its_version() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = {*project["dependencies"], *project["optional-dependencies"]["dev"]}
    locked = set(re.findall(r"^([a-z0-9._-]+==[^ ]+)", (ROOT / "requirements-dev.lock").read_text(), re.MULTILINE))
    missing = {
        pin for pin in asked if re.sub(r"\[.*\]", "", pin).lower().replace("_", "-") not in locked
    }  # fmt: skip
    assert not missing
