"""The order in which a document is drawn, with its groups resolved."""

from collections.abc import Iterator
from dataclasses import dataclass

from storage.documents.element import Element, Layer
from storage.documents.poster import PosterDocument


@dataclass(frozen=True, slots=True)
class Node:
    """An element with, for a group, its children from bottom to top."""

    element: Element
    children: tuple["Node", ...] = ()

    def walk(self) -> Iterator[Element]:
        """This element and all below it."""
        yield self.element
        for child in self.children:
            yield from child.walk()


def ordered_elements(document: PosterDocument) -> list[tuple[Layer, list[Node]]]:
    """Layers by ``order``, each with its elements from bottom to top.

    A child of a group is drawn once, at the group's place, in the order the group names. Unknown ids are ignored; in a
    circle of groups the link that closes it is; of several groups that name a child the first has it.
    """
    by_id = {element.id: element for element in document.walk()}
    parent: dict[str, str] = {}
    for element in by_id.values():
        for child in element.content.children or [] if element.type == "group" else []:
            if child in by_id and child not in parent and not _descends(element.id, child, parent):
                parent[child] = element.id

    def node(element: Element) -> Node:
        names = element.content.children or [] if element.type == "group" else []
        own = [name for name in dict.fromkeys(names) if parent.get(name) == element.id]
        return Node(element, tuple(node(by_id[name]) for name in own))

    layers = sorted(document.layers, key=lambda layer: layer.order)
    return [
        (layer, [node(element) for element in document.elements.get(layer.id, []) if element.id not in parent])
        for layer in layers
    ]


def _descends(element_id: str, ancestor: str, parent: dict[str, str]) -> bool:
    """Whether the element is the ancestor or lies below it."""
    current: str | None = element_id
    while current is not None:
        if current == ancestor:
            return True
        current = parent.get(current)
    return False
