"""The page of metrics says what the metrics say."""

import re

from ray.util.metrics import Histogram, Metric

from serve_apps import metrics
from serve_apps.metrics_page import PAGE, exported_name, metrics_page

NAME = re.compile(r"ray_design_agent_\w+")


def test_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == metrics_page(), "run scripts/metrics-table"


def test_every_metric_is_on_it_once() -> None:
    made = [value for value in vars(metrics).values() if isinstance(value, Metric)]
    assert set(map(id, made)) == set(map(id, metrics.METRICS))
    for metric in made:
        assert metrics_page().count(f"| `{exported_name(metric)}` |") == 1
        assert metric.info["description"].endswith("."), metric.info["name"]


def test_docs_and_dashboard_speak_of_these_metrics_only() -> None:
    known = {f"{exported_name(metric)}{part}" for metric in metrics.METRICS for part in _parts(metric)}
    root = PAGE.parents[1]
    files = [*(root / "docs").glob("*.md"), *(root / "configs" / "grafana").glob("*.json")]
    spoken = {name for file in files for name in NAME.findall(file.read_text(encoding="utf-8"))}
    assert spoken - known == set()


def _parts(metric: Metric) -> tuple[str, ...]:
    return ("", "_bucket", "_sum", "_count") if isinstance(metric, Histogram) else ("",)
