"""configs/grafana: each metric it shows is one that the code or Ray exports, and each of ours is shown."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import ray
from ray.util.metrics import Histogram

from configs.build import ROOT
from serve_apps.api.deployment import APP_NAME
from serve_apps.metrics import METRICS
from serve_apps.metrics_page import exported_name

RAY = Path(ray.__file__).parent
RAYS_SOURCES = [
    *(RAY / "serve" / "_private").glob("*.py"),
    RAY / "dashboard" / "modules" / "reporter" / "reporter_agent.py",
    *(RAY / "dashboard" / "modules" / "metrics" / "dashboards").glob("*.py"),
]
NAME = re.compile(r"\bray_[a-z_]+")
HISTOGRAM = ("_bucket", "_sum", "_count")
VLLM = "ray_vllm_"


@pytest.fixture(scope="module")
def dashboard() -> dict[str, Any]:
    return dict(json.loads((ROOT / "configs" / "grafana" / "design-agent.json").read_text(encoding="utf-8")))


def panels(dashboard: dict[str, Any]) -> list[dict[str, Any]]:
    return [panel for panel in dashboard["panels"] if panel["type"] != "row"]


def expressions(dashboard: dict[str, Any]) -> list[str]:
    return [target["expr"] for panel in panels(dashboard) for target in panel["targets"]]


def ours() -> dict[str, tuple[str, ...]]:
    """Every name that Prometheus reads of ours, with its labels."""
    names: dict[str, tuple[str, ...]] = {}
    for metric in METRICS:
        ends = HISTOGRAM if isinstance(metric, Histogram) else ("",)
        names |= {exported_name(metric) + end: metric.info["tag_keys"] for end in ends}
    return names


def rays() -> set[str]:
    """Names in Ray's sources, as its metrics or as its own dashboards ask for them."""
    texts = [path.read_text(encoding="utf-8") for path in RAYS_SOURCES]
    defined = {f"ray_{name}" for text in texts for name in re.findall(r'"((?:serve|node)_[a-z_]+)"', text)}
    return defined | {name for text in texts for name in re.findall(r"\bray_(?:serve|node)_[a-z_]+", text)}


def test_each_metric_that_it_shows_exists(dashboard: dict[str, Any]) -> None:
    asked = {name for expression in expressions(dashboard) for name in NAME.findall(expression)}
    assert len(asked) > 20
    # vLLM's are looked for where vLLM runs: tests/language/test_vllm_serve.py.
    assert {name for name in asked if not name.startswith(VLLM)} - ours().keys() - rays() == set()


def test_a_name_without_rays_prefix_or_of_nothing_would_be_found() -> None:
    known = ours().keys() | rays()
    assert "ray_design_agent_tasks" not in known and "design_agent_tasks_total" not in known
    assert "ray_serve_deployment_queue" not in known


def test_each_metric_of_ours_is_shown(dashboard: dict[str, Any]) -> None:
    text = " ".join(expressions(dashboard))
    assert [metric.info["name"] for metric in METRICS if exported_name(metric) not in text] == []


def test_our_metrics_are_asked_by_labels_that_they_have(dashboard: dict[str, Any]) -> None:
    for panel in panels(dashboard):
        for target in panel["targets"]:
            names = [name for name in NAME.findall(target["expr"]) if name in ours()]
            labels = grouped(target["expr"]) | set(re.findall(r"(\w+)!?=~?\"", target["expr"]))
            labels |= set(re.findall(r"\{\{(\w+)\}\}", target["legendFormat"]))
            for name in names:
                assert labels <= {*ours()[name], "le"}, (panel["title"], name)


def grouped(expression: str) -> set[str]:
    return {label.strip() for group in re.findall(r"by \(([^)]*)\)", expression) for label in group.split(",")}


def test_the_application_is_the_one_that_runs(dashboard: dict[str, Any]) -> None:
    named = {name for text in expressions(dashboard) for name in re.findall(r'application="([^"]+)"', text)}
    assert named == {APP_NAME}


def test_panels_do_not_overlap_and_have_ids_of_their_own(dashboard: dict[str, Any]) -> None:
    every = dashboard["panels"]
    assert len({panel["id"] for panel in every}) == len(every)
    taken: set[tuple[int, int]] = set()
    for panel in every:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert place["x"] + place["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
    assert all(panel["datasource"]["uid"] == "${datasource}" for panel in panels(dashboard))
