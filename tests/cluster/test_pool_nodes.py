"""Which node an operator means, what a cordon holds, and what a drain would leave without a place."""

import pytest

from cluster.pool.drain import check_drain, stranded
from cluster.pool.errors import NodeAmbiguous, NodeNeeded, NodeNotFound
from cluster.pool.holding import actor_options, free_shapes, shape_of
from cluster.pool.looking import HOLDER, SUPERVISOR, Amounts, Look, RayActor, RayNode
from cluster.pool.nodes import find_node, named, short_ids, state_of

HEAD, ONE, TWO = "aa" * 28, "ab" + "01" * 27, "ab" + "02" * 27
GPU: Amounts = {"CPU": 4, "GPU": 1, "sdxl": 1000}
PAINTER, READER = "ServeReplica:design-agent:ImageModel", "ServeReplica:design-agent:TextReader"


def node(node_id: str, address: str, total: Amounts, *, head: bool = False, draining: bool = False) -> RayNode:
    return RayNode(node_id, address, "sdxl", head, draining, total, dict(total))


def pool(*actors: RayActor, draining: bool = False) -> Look:
    nodes = [node(HEAD, "10.0.0.1", {"CPU": 0}, head=True), node(ONE, "10.0.0.2", GPU),
             node(TWO, "10.0.0.3", GPU, draining=draining)]  # fmt: skip
    return Look({known.node_id: known for known in nodes}, list(actors))


def painter(node_id: str) -> RayActor:
    return RayActor(node_id, PAINTER, {"CPU": 2, "GPU": 1, "sdxl": 0.001})


def test_newcomers_of_a_node_are_replicas_that_hold_something_of_it_and_were_not_there() -> None:
    stays, comes = (RayActor(ONE, PAINTER, GPU, actor_id=number) for number in ("1", "2"))
    trifle = RayActor(ONE, READER, {"app": 0.001}, actor_id="3")
    others = (RayActor(ONE, READER, {"app": 0.0}, "4"), RayActor(ONE, HOLDER, GPU, "5"),
              RayActor(ONE, "Stage", GPU, "6"), RayActor(TWO, PAINTER, GPU, "7"))  # fmt: skip
    assert pool(stays, comes, trifle, *others).newcomers(ONE, {"1"}) == [comes, trifle]


@pytest.mark.parametrize("name", [ONE, "10.0.0.2", "ab01", ONE[:20].upper()])
def test_a_node_by_id_address_or_beginning(name: str) -> None:
    assert find_node(pool(), name).node_id == ONE


def test_an_unknown_node_is_answered_with_all_that_live() -> None:
    for name in ("", "ff", "10.0.0.9", "node"):
        with pytest.raises(NodeNotFound) as raised:
            find_node(pool(), name)
        for part in (f"{HEAD[:8]} (10.0.0.1, head)", f"{ONE[:8]} (10.0.0.2)", f"{TWO[:8]} (10.0.0.3)"):
            assert part in raised.value.message


def test_an_ambiguous_node_is_answered_with_those_it_may_be() -> None:
    with pytest.raises(NodeAmbiguous) as raised:
        find_node(pool(), "ab")
    assert ONE[:8] in raised.value.message
    assert TWO[:8] in raised.value.message
    assert HEAD[:8] not in raised.value.message


def test_short_ids_differ() -> None:
    assert short_ids(["a" * 12 + "b", "a" * 12 + "c"]) == {
        "a" * 12 + "b": "a" * 12 + "b",
        "a" * 12 + "c": "a" * 12 + "c",
    }
    assert set(short_ids([ONE, TWO]).values()) == {ONE[:8], TWO[:8]}


def test_states_and_replicas() -> None:
    seen = pool(RayActor(ONE, SUPERVISOR, {}), RayActor(ONE, HOLDER, GPU), painter(TWO), RayActor(TWO, "Stage", {}))
    assert [state_of(seen, node_id) for node_id in (HEAD, ONE, TWO)] == ["ready", "cordoned", "ready"]
    assert named(seen.replicas(TWO), "design-agent") == {"ImageModel": 1}
    assert named(seen.replicas(TWO), "other") == {"design-agent:ImageModel": 1}
    assert seen.replicas(ONE) == {}
    assert state_of(pool(RayActor(TWO, SUPERVISOR, {}), draining=True), TWO) == "draining"


def test_the_last_node_for_a_deployment_is_not_drained_unless_forced() -> None:
    both = pool(painter(ONE), painter(TWO))
    assert stranded(both, ONE) == []
    check_drain(both, both.nodes[ONE], force=False)
    # What is cordoned or drained takes nothing.
    for seen in (pool(painter(ONE), RayActor(TWO, SUPERVISOR, {})), pool(painter(ONE), draining=True)):
        assert stranded(seen, ONE) == ["design-agent:ImageModel"]
        with pytest.raises(NodeNeeded, match="ImageModel"):
            check_drain(seen, seen.nodes[ONE], force=False)
        check_drain(seen, seen.nodes[ONE], force=True)


def test_the_head_is_never_drained() -> None:
    seen = pool()
    with pytest.raises(NodeNeeded, match="head"):
        check_drain(seen, seen.nodes[HEAD], force=True)


def test_a_cordon_holds_what_replicas_are_placed_by() -> None:
    available = {
        "CPU": 1.5, "GPU": 2.25, "sdxl": 999.9990000001, "memory": 1e9, "object_store_memory": 1e8,
        "node:10.0.0.2": 1.0,
        "node:__internal_head__": 1.0, "accelerator_type:H100": 1.0, "CPU_group_0_3f2a1b5c9d00": 1.0,
        "bundle_group_3f2a1b5c9d00": 1000, "app": 0.0,
    }  # fmt: skip
    whole, part = free_shapes(available)
    assert whole == (("CPU", 1.5), ("GPU", 2), ("sdxl", 999.999))
    assert part == (("GPU", 0.25),)
    assert actor_options(whole) == {"num_cpus": 1.5, "num_gpus": 2, "resources": {"sdxl": 999.999}}
    assert free_shapes({"CPU": 0.0, "memory": 1e9}) == []
    assert free_shapes(available, apart=True) == [
        (("CPU", 1.5),), (("sdxl", 999.999),), (("GPU", 1.0),), (("GPU", 1.0),), (("GPU", 0.25),)
    ]  # fmt: skip
    assert free_shapes({"GPU": 0.4}) == [(("GPU", 0.4),)]
    assert shape_of({}) == ()
    assert shape_of(painter(ONE).demands) == (("CPU", 2), ("GPU", 1), ("sdxl", 0.001))
