"""GPU machines that come when replicas need them and go when they are idle."""

import random
from dataclasses import dataclass
from functools import partial
from itertools import count

import simpy

from cluster.capacity.profile import Nodes

ROUNDING = 1e-9


@dataclass
class Node:
    """A machine, asked for at ``since``; ``free`` GPUs are left on it. ``generation`` rises with every use."""

    number: int
    since: float
    gpus: int
    free: float
    up: simpy.Event
    generation: int = 0


class Fleet:
    """At most ``most`` GPUs. A node costs from the moment it is asked for until it is given back."""

    def __init__(self, env: simpy.Environment, nodes: Nodes, most: int, draw: random.Random) -> None:
        self._env, self._kind, self._most, self._draw = env, nodes, most, draw
        self._nodes: dict[int, Node] = {}
        self._numbers = count()
        self._spent_seconds = 0.0

    def take(self, gpus: float, *, warm: bool = False) -> Node | None:
        """A place on a node that is there or on its way; None when the fleet is as large as it may be.

        ``warm``: a new node is there at once.
        """
        for node in self._nodes.values():
            if node.free >= gpus - ROUNDING:
                break
        else:
            room = self._most - sum(node.gpus for node in self._nodes.values())
            size = min(self._kind.gpus, room)
            if size < gpus:
                return None
            node = Node(next(self._numbers), self._env.now, size, size, self._env.event())
            self._nodes[node.number] = node
            wait = self._env.timeout(0 if warm else self._draw.choice(self._kind.provision_seconds))
            wait.callbacks.append(partial(_arrive, node.up))
        node.free -= gpus
        node.generation += 1
        return node

    def give_back(self, node: Node, gpus: float) -> None:
        """A replica left; an empty node goes once it has been idle for long enough."""
        node.free += gpus
        node.generation += 1
        if node.free >= node.gpus - ROUNDING:
            generation = node.generation
            idle = self._env.timeout(self._kind.idle_seconds)
            idle.callbacks.append(lambda _event: self._leave(node, generation))

    def _leave(self, node: Node, generation: int) -> None:
        if node.generation == generation:
            self._spent_seconds += (self._env.now - node.since) * node.gpus
            del self._nodes[node.number]

    @property
    def gpu_seconds(self) -> float:
        """GPU seconds paid for until now."""
        return self._spent_seconds + sum((self._env.now - node.since) * node.gpus for node in self._nodes.values())


def _arrive(up: simpy.Event, _event: simpy.Event) -> None:
    up.succeed()
