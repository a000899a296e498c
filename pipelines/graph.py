"""The workflow: parse intent -> layout -> background -> elements -> render text -> quality check -> save.

A failed quality check goes back to layout with what must be repaired, at most ``Engines.repair_rounds`` times.
"""

from collections.abc import Callable
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph

from pipelines.context import TaskContext
from pipelines.nodes.background import generate_background
from pipelines.nodes.elements import generate_elements
from pipelines.nodes.layout import generate_layout
from pipelines.nodes.parse_intent import parse_intent
from pipelines.nodes.quality_check import quality_check
from pipelines.nodes.render_text import render_text
from pipelines.nodes.save import save_result
from pipelines.state import DesignState

Node = Callable[[DesignState, TaskContext], DesignState]
Graph = CompiledStateGraph[DesignState, None, DesignState, DesignState]

# In order: the phase a client sees, and the node that does it.
PHASE_NODES: list[tuple[str, Node]] = [
    ("parsing_intent", parse_intent),
    ("generating_layout", generate_layout),
    ("generating_background", generate_background),
    ("generating_elements", generate_elements),
    ("rendering_text", render_text),
    ("quality_check", quality_check),
    ("saving_result", save_result),
]


def build_graph(context: TaskContext, checkpointer: BaseCheckpointSaver[Any]) -> Graph:
    """Compile the workflow for one task."""
    graph = StateGraph(DesignState)
    for phase, node in PHASE_NODES:
        graph.add_node(phase, _reported(phase, node, context))  # type: ignore[call-overload]
    phases = [phase for phase, _ in PHASE_NODES]
    for before, after in zip([START, *phases], phases, strict=False):
        if before != "quality_check":
            graph.add_edge(before, after)
    graph.add_conditional_edges("quality_check", _after_quality, ["generating_layout", "saving_result"])
    graph.add_edge("saving_result", END)
    return graph.compile(checkpointer=checkpointer)


def _after_quality(state: DesignState) -> str:
    return "generating_layout" if state.get("repair") else "saving_result"


def _reported(phase: str, node: Node, context: TaskContext) -> Callable[[DesignState], DesignState]:
    """The node behind its progress report. During a repair the percentage stays at the quality check's."""

    def run(state: DesignState) -> DesignState:
        if state.get("repair"):
            context.executor.check()
            if phase == "quality_check":
                context.executor.report(phase, {"repair_round": state["repair_round"]})
        else:
            context.executor.report(phase, _details(phase, state))
        return node(state, context)

    return run


def _details(phase: str, state: DesignState) -> dict[str, Any] | None:
    if phase == "parsing_intent":
        return {"prompt": state["params"]["prompt"], "style": state["params"]["style"]}
    return None
