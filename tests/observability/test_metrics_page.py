"""The page of metrics says what the metrics say."""

from ray.util.metrics import Metric

from serve_apps import metrics
from serve_apps.metrics_page import PAGE, exported_name, metrics_page


def test_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == metrics_page(), "run scripts/metrics-table"


def test_every_metric_is_on_it_once() -> None:
    made = [value for value in vars(metrics).values() if isinstance(value, Metric)]
    assert set(map(id, made)) == set(map(id, metrics.METRICS))
    for metric in made:
        assert metrics_page().count(f"| `{exported_name(metric)}` |") == 1
        assert metric.info["description"].endswith("."), metric.info["name"]
