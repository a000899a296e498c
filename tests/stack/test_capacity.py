"""The stages of the real service are measured, and it stands beside its simulation."""

import subprocess
import sys
from pathlib import Path

import pytest

from cluster.capacity.measuring import CHECK, READER
from cluster.capacity.profile import read_profile
from cluster.jobs.own_service import OwnService
from configs.build import ROOT

pytestmark = pytest.mark.stack


def capacity(service: OwnService, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "cluster.capacity", *arguments], env=service.environment(), cwd=ROOT, text=True,
        capture_output=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_service_is_measured_and_stands_beside_its_simulation(service: OwnService, tmp_path: Path) -> None:
    path = tmp_path / "profile.json"
    capacity(service, "measure", "--posters", "2", "--out", str(path))
    profile = read_profile(path)
    assert [stage.name for stage in profile.stages][:2] == ["accepting", "fetching_task"]
    stages = {stage.name: stage for stage in profile.stages}
    assert stages[READER].pool == READER and stages[CHECK].pool is None
    assert all(len(stage.seconds) == 2 for stage in profile.stages)
    assert stages[READER].mean > 0.2 and stages[READER].cores > 0.3
    table = capacity(service, "against-service", "--profile", str(path), "--tasks", "3")
    assert "3 posters" in table and "first arrival to last end" in table
