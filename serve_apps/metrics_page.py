"""The page of every metric, made from the metrics themselves: ``python -m serve_apps.metrics_page`` writes it."""

from pathlib import Path

from ray.util.metrics import Metric

from serve_apps.metrics import METRICS

PAGE = Path(__file__).parents[1] / "docs" / "metrics.md"
_HEAD = """# Metrics

Ray serves them on a page of each node for Prometheus; `design-agent status` names the page. A metric is told by the
process that sees it happen, within about ten seconds, with labels that name the process (`WorkerId`, `NodeAddress`,
`SessionName`): sum counters over them. Counters begin at 0 with each process, as `rate()` expects.

Ray's own metrics stand beside these: each deployment's queue, latency and replicas under `ray_serve_*`, GPUs, memory
and actors under `ray_*`. So do vLLM's under `ray_vllm_*`: chats that wait and run, tokens a step, time to the first
token, use of the key-value cache.

This page is generated: `scripts/metrics-table` writes it from the metrics.

| name in Prometheus | kind | labels | what it tells |
|---|---|---|---|
"""


def metrics_page() -> str:
    """The page, as Markdown."""
    return _HEAD + "\n".join(_row(metric) for metric in METRICS) + "\n"


def exported_name(metric: Metric) -> str:
    """What Prometheus reads; a histogram adds ``_bucket``, ``_sum`` and ``_count``."""
    return f"ray_{metric.info['name']}{'_total' if _kind(metric) == 'counter' else ''}"


def _kind(metric: Metric) -> str:
    return type(metric).__name__.lower()


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.info["tag_keys"])
    return f"| `{exported_name(metric)}` | {_kind(metric)} | {labels} | {metric.info['description']} |"


if __name__ == "__main__":
    PAGE.write_text(metrics_page(), encoding="utf-8")
