"""Nodes and replicas come with the load and go with it; losing a node, or a redeploy, loses no work."""

from collections import Counter
from typing import Any

import pytest

from cluster.jobs.held import run_again
from cluster.multinode.burst import SIZE, Burst
from cluster.multinode.timeline import passes
from pipelines.models.sdxl.latents import SavedLatent
from pipelines.models.sdxl_painter.latents import ObjectLatents
from storage.documents.cold_start import STAGES
from storage.documents.progress import PHASES, TaskEvent
from storage.objects.folder import FolderStore
from tests.durability.rig import Stream, until
from tests.multinode.conftest import LONG, MODEL, MOST, READER, SETTINGS, Pool, at_rest, sees

pytestmark = pytest.mark.stack


def painted(pool: Pool, task_id: str) -> list[dict[str, Any]]:
    """What the image model's replicas journalled of the task's picture."""
    return [line for line in pool.service.lines() if line["task"] == task_id and "job" in line]


def starts_in_order(events: list[TaskEvent]) -> None:
    """The stream tells the image model's start from some stage before its weights on to its end, and then goes on."""
    told = [event for event in events if event.cold_start]
    stages = [event.cold_start.stage for event in told if event.cold_start]
    assert stages == list(STAGES[-len(stages) :])
    assert "weights_loading" in stages
    assert {(event.phase, event.percentage, event.message) for event in told} == {
        ("generating_background", *PHASES["generating_background"])
    }
    seconds = [event.cold_start.seconds for event in told if event.cold_start]
    assert seconds == sorted(seconds)
    later = [event for event in events[events.index(told[-1]) + 1 :] if event.phase != "generating_background"]
    # A busy machine may take the task back and begin it again.
    again = later[0].attempt != told[-1].attempt
    assert "generating_elements" in [event.phase for event in (later if again else later[:1])]
    assert (events[-1].type, events[-1].status) == ("end", "completed")


def test_load_brings_gpu_nodes_and_replicas_and_rest_takes_them_away(pool: Pool) -> None:
    with pool.timeline() as timeline, pool.client() as client:
        sees(timeline, at_rest, "a pool at rest")
        one, many = Burst(client), Burst(client)
        one.send(1)
        sees(timeline, lambda sample: sample.running(MODEL) == 1, "the first replica")
        # Tasks wait behind two that are held, so the wish lasts however fast the pictures would be.
        pool.service.barrier("layout").touch()
        many.send(6)
        sees(timeline, lambda sample: sample.running(MODEL) == MOST, "as many replicas as there may be")
        pool.service.barrier("layout").unlink()
        tasks = one.wait(LONG) + many.wait(LONG)
        sees(timeline, at_rest, "a pool at rest again")
        sees(timeline, lambda sample: sample.running(READER) == 1, "one text reader")
        made = [client.get_poster(str(task.result and task.result.poster_id)) for task in tasks]
        streams = [list(client.watch(task.id, since=0)) for task in tasks]
    starts_in_order(streams[0])
    # The others found a replica that was ready.
    assert [event for stream in streams[1:] for event in stream if event.cold_start] == []
    assert Counter(task.status for task in tasks) == {"completed": 7}
    for poster in made:
        used = poster.metadata.model_dump()["ai_params"]
        assert (used["image_model"], used["fallbacks"]) == ("sdxl/tiny-random", [])
    for count in (lambda sample: sample.running(MODEL), lambda sample: sample.gpu_nodes):
        levels = timeline.levels(count)
        assert passes(levels, [0, 1, MOST, 0]), levels
    assert max(timeline.levels(lambda sample: sample.wanted(MODEL))) == MOST
    # No replica before its node, and each model scales on its own.
    assert all(sample.running(MODEL) <= sample.gpu_nodes for sample in timeline.samples)
    reading = timeline.levels(lambda sample: sample.running(READER))
    assert passes(reading, [1, 2, 1]), reading
    assert set(reading) == {1, 2}


def test_a_node_killed_in_the_middle_of_a_picture_costs_no_task_and_no_saved_step(pool: Pool) -> None:
    store = FolderStore(pool.service.data / "objects")
    with pool.timeline() as timeline, pool.client() as client:
        burst = Burst(client)
        burst.send(1)
        (task_id,) = burst.task_ids
        first = until(lambda: painted(pool, task_id), "a picture begun", LONG)[0]
        job, node = first["job"], pool.cluster.node_of(first["pid"])
        until(lambda: ObjectLatents(store).load(job), "a saved step")
        pool.cluster.kill_node(node)
        blob = ObjectLatents(store).load(job)
        assert blob is not None
        saved = SavedLatent.unpack(blob).step
        (task,) = burst.wait(LONG)
        told = [event.cold_start for event in client.watch(task_id, since=0) if event.cold_start]
        sees(timeline, at_rest, "a pool at rest again")
    assert task.status == "completed"
    # It waited for a replica twice; how long the second would take was known from the first.
    stages = [start.stage for start in told]
    assert (stages.count("ready"), stages[-1]) == (2, "ready")
    again = [start for start in told[stages.index("ready") + 1 :] if start.stage == "weights_loading"]
    assert again and all(start.expected_seconds for start in again)
    assert node in {known.node_id for known in pool.cluster.dashboard.nodes() if known.gpus and not known.alive}
    begun, again, stored = painted(pool, task_id)
    assert [line["event"] for line in (begun, again, stored)] == ["start", "start", "stored"]
    assert begun["pid"] != again["pid"] == stored["pid"]
    assert int(stored["first_step"]) >= saved > 0
    # Steps are numbered over the whole schedule, of which a picture that starts from a sketch leaves out the first.
    assert int(stored["steps_run"]) == int(SETTINGS["IMAGE_STEPS"]) - int(stored["first_step"])
    mine = [line for line in pool.service.lines() if line["task"] == task_id and "job" not in line]
    assert run_again(mine) == []


def test_a_rolling_redeploy_under_load_loses_no_task_and_no_stream(pool: Pool) -> None:
    body = {"prompt": "社区读书会 11月28日 14:00 城市书房", "size": dict(SIZE)}
    before = {name: pool.replicas(name) for name in ("Api", "Orchestrator", "Ingress", READER)}
    task_ids = [pool.service.create(body | {"seed": number}) for number in range(2)]
    streams = [Stream(pool.service, task_id) for task_id in task_ids]
    until(lambda: any(line["task"] in task_ids for line in pool.service.lines()), "a task at work")
    pool.application.deploy("second")
    late = [pool.service.create(body | {"seed": number}) for number in range(2, 4)]
    streams += [Stream(pool.service, task_id) for task_id in late]
    for name, pids in before.items():
        until(lambda name=name, pids=pids: (new := pool.replicas(name)) and not new & pids, f"a new {name}", LONG)
    pool.application.wait()
    ends = [stream.ended() for stream in streams]
    for events in ends:
        assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
        assert [event["type"] for event in events].count("end") == 1
        assert events[-1]["status"] == "completed", events[-1]
    assert any(stream.connections > 1 for stream in streams)
    database = pool.service.open_database()
    try:
        assert [len(database.list_posters(task_id=stream.task_id).items) for stream in streams] == [1] * 4
    finally:
        database.close()
    assert run_again([line for line in pool.service.lines() if "job" not in line]) == []
