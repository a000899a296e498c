"""The pictures that came with the task are fetched, looked at and stored, each once (in phase parsing_intent)."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import numpy as np
from PIL import Image
from pydantic import TypeAdapter

from pipelines.context import TaskContext
from pipelines.models.base import TextReader
from pipelines.models.references import NoPicture
from pipelines.pictures.decode import decode, encode
from pipelines.pictures.look import look, without_margins
from pipelines.pictures.picture import Reference
from pipelines.state import DesignState
from storage.documents.ids import poster_id_of
from storage.documents.upload import OBJECTS_PATH, is_foreign
from storage.errors import ObjectNotFound

REFERENCE: TypeAdapter[Reference] = TypeAdapter(Reference)
REFERENCES: TypeAdapter[list[Reference]] = TypeAdapter(list[Reference])
_AT_ONCE = 4
_READ_SIDE = 1600  # longest side at which a picture is read: signs and headlines, no small print
_SURE = 0.8
_MOST_LINES = 40


def read_references(state: DesignState, context: TaskContext) -> str | None:
    """Key of the list of the task's references, in the user's order; None when there are none.

    One that gives no picture stays in the list with the reason: it never fails the task.
    """
    sources: list[str] = list(dict.fromkeys(state["params"].get("reference", [])))
    if not sources:
        return None
    steps = context.steps

    def read(place: int) -> Reference:
        source = sources[place]
        key = steps.once_value(
            "reference", [place, source], REFERENCE, lambda: _read(place, source, state["task_id"], context)
        )
        return steps.load_value(key, REFERENCE)

    # A context each: one cannot be entered by two threads at once.
    contexts = [copy_context() for _ in sources]
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="reference") as pool:
        found = list(pool.map(lambda place: contexts[place].run(read, place), range(len(sources))))
    return steps.once_value("references", sources, REFERENCES, lambda: found)


def load_references(key: str | None, context: TaskContext) -> list[Reference]:
    """What ``read_references`` found."""
    return context.steps.load_value(key, REFERENCES) if key else []


def _read(place: int, source: str, task_id: str, context: TaskContext) -> Reference:
    objects = context.engines.objects
    try:
        if is_foreign(source):
            data = context.engines.references.fetch(source)
        else:
            data = objects.get(source.removeprefix(OBJECTS_PATH)).data
        picture = without_margins(decode(data))
    except ObjectNotFound:
        return Reference(source=source, problem="The uploaded picture is gone; upload it again.")
    except NoPicture as reason:
        return Reference(source=source, problem=str(reason))
    # Beside the poster's files: it lives and is deleted with the poster, and whoever may read that may read it.
    data, content_type, suffix = encode(picture)
    key = f"posters/{poster_id_of(task_id)}/pictures/{place + 1}.{suffix}"
    objects.put(key, data, content_type)
    return Reference(source=source, picture=look(picture, key), lines=_lines(picture, context.engines.text_reader))


def _lines(picture: Image.Image, reader: TextReader) -> list[str]:
    """What is written in the picture, top to bottom."""
    page = Image.new("RGB", picture.size, "white")
    page.paste(picture, mask=picture.getchannel("A") if picture.mode == "RGBA" else None)
    page.thumbnail((_READ_SIDE, _READ_SIDE))
    found = [line for line in reader.read(np.asarray(page)) if line.score >= _SURE and line.text.strip()]
    return [line.text for line in sorted(found, key=lambda line: (line.box.y, line.box.x))[:_MOST_LINES]]
