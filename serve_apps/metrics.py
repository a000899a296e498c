"""Every metric of ours. Ray exports them at each node, their names prefixed with ``ray_``, for Prometheus to read.

docs/metrics.md is made from this table. ``model``: text_reader, image_model or language_model; ``engine``: who does its
work, such as sdxl/tiny-random. A metric is of one process: sum counters, and look at gauges by process.
"""

from ray.util.metrics import Counter, Gauge, Histogram, Metric

_CALL_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0]
_STAGE_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 1200.0, 3600.0]

MODEL_CALLS = Counter(
    "design_agent_model_calls",
    "Calls to a model's deployment as their caller saw them end: answered, refused (by an error of the request), "
    "unavailable (no answer in time, or it broke), not_asked (known to be away), stopped (the task was not wanted).",
    ("model", "outcome"),
)
MODEL_CALL_SECONDS = Histogram(
    "design_agent_model_call_seconds",
    "How long a caller waited for the end of such a call, waiting for room and asking again included.",
    _CALL_BUCKETS, ("model",),
)  # fmt: skip
MODEL_RETRIES = Counter(
    "design_agent_model_retries",
    "Times that a call was made again: queue_full, replica_lost.",
    ("model", "reason"),
)
BREAKER_OPEN = Gauge(
    "design_agent_model_breaker_open",
    "1 while this process takes the model for away and asks it with one call at a time only.",
    ("model",),
)
FALLBACKS = Counter(
    "design_agent_fallbacks",
    "Times that the rule-based designer or the procedural painter did the work of a model that was away.",
    ("stage",),
)
TOKENS = Counter("design_agent_tokens", "Tokens that language models read and wrote for tasks.", ("engine",))
ENGINE_SECONDS = Counter(
    "design_agent_engine_seconds", "Seconds that language and image models worked for tasks.", ("engine",)
)
GPU_SECONDS = Counter(
    "design_agent_gpu_seconds", "Those seconds, times the GPUs that worked, parts of one included.", ("engine",)
)
IMAGES = Counter(
    "design_agent_images",
    "Pictures that left an SDXL engine: finished, cancelled, failed.",
    ("engine", "outcome"),
)
IMAGES_AT_WORK = Gauge(
    "design_agent_images_at_work",
    "Pictures in an SDXL engine now: waiting for a place, running in its batch, decoding to pixels.",
    ("engine", "state"),
)
DENOISING_STEPS = Counter(
    "design_agent_denoising_steps", "Denoising steps of single pictures that an SDXL engine did.", ("engine",)
)
DENOISED_ROWS = Counter(
    "design_agent_denoised_rows",
    "Rows of its batches that an SDXL engine denoised; a guided picture takes two a step.",
    ("engine",),
)
FORWARDS = Counter(
    "design_agent_forwards",
    "Steps of its batch that an SDXL engine did, by how many rows were in it: rows over forwards is rows a step.",
    ("engine", "rows"),
)
TASKS = Counter(
    "design_agent_tasks",
    "Attempts at tasks by their end. Final: completed, failed, cancelled (while at work). The task goes on after: "
    "retried (an error, counted), postponed (storage was away), given_back (a drain), lapsed (its worker died), lost "
    "(another attempt has it).",
    ("outcome",),
)
STAGE_SECONDS = Histogram(
    "design_agent_stage_seconds",
    "How long a stage took: each phase, queued (until the first attempt), task (from its creation to its poster). "
    "Repairs count to quality_check.",
    _STAGE_BUCKETS, ("stage",),
)  # fmt: skip
STAGE_GOALS = Counter(
    "design_agent_stage_goals",
    "Stages that have a goal in DESIGN_AGENT_GOAL_SECONDS, by whether they met it: yes, no.",
    ("stage", "met"),
)
TASKS_WAITING = Gauge("design_agent_tasks_waiting", "Tasks that a worker could take now.")
QUEUE_LAG = Gauge("design_agent_queue_lag", "Records that no consumer has settled.", ("topic",))

METRICS: tuple[Metric, ...] = (
    TASKS, STAGE_SECONDS, STAGE_GOALS, TASKS_WAITING, QUEUE_LAG, MODEL_CALLS, MODEL_CALL_SECONDS, MODEL_RETRIES,
    BREAKER_OPEN, FALLBACKS, TOKENS, ENGINE_SECONDS, GPU_SECONDS, IMAGES, IMAGES_AT_WORK, DENOISING_STEPS,
    DENOISED_ROWS, FORWARDS,
)  # fmt: skip
