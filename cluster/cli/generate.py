"""``generate``: a sentence in, a folder with the poster out."""

import json
import re
import time
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError as PydanticError

from cluster import lifecycle
from cluster.cli.connection import connect
from cluster.cli.console import out, say
from cluster.cli.follow import follow
from cluster.cli.options import (
    Data,
    Fallback,
    ImageModel,
    LanguageModel,
    Port,
    Tiny,
    choose_models,
    settings_of,
)
from cluster.cli.references import read_references, save_pictures, uploaded
from cluster.cli.service import serve_in_foreground
from cluster.client import Client, Conflict, ExportFormat, TaskOptions
from cluster.errors import ServiceError
from storage.documents.poster import Poster
from storage.documents.task import CreateTask, Task
from storage.errors import ValidationError

INTERRUPTED = 130
FILES: dict[ExportFormat, str] = {
    "png": "preview.png",
    "jpg": "preview.jpg",
    "psd": "source.psd",
    "json": "poster.json",
}
POSITIONS = ("top", "center", "bottom")


def generate(
    prompt: Annotated[str | None, typer.Argument(help="What the poster is for, in Chinese or English.")] = None,
    out_dir: Annotated[Path, typer.Option("--out", help="Folder for the results.", envvar="DESIGN_AGENT_OUT")] = Path(
        "out"
    ),
    size: Annotated[str, typer.Option(help="WIDTHxHEIGHT in pixels.", envvar="DESIGN_AGENT_SIZE")] = "1080x1920",
    style: Annotated[str, typer.Option(help="business, minimalist, festival ...", envvar="DESIGN_AGENT_STYLE")] = "",
    element: Annotated[
        list[str] | None, typer.Option(help='Text that must appear: "top:诚聘英才", "center:..." (repeatable).')
    ] = None,
    color: Annotated[list[str] | None, typer.Option(help="Colour to use: #1890ff (repeatable).")] = None,
    reference: Annotated[
        list[str] | None, typer.Option(help="Picture to show, FILE or https URL: a photo, a logo (repeatable).")
    ] = None,
    priority: Annotated[int, typer.Option(help="0-9, higher first.", envvar="DESIGN_AGENT_PRIORITY")] = 0,
    seed: Annotated[int | None, typer.Option(help="Same seed, same pixels.", envvar="DESIGN_AGENT_SEED")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")] = False,
    image_model: ImageModel = None,
    language_model: LanguageModel = None,
    tiny: Tiny = False,
    fallback: Fallback = None,
    port: Port = None,
    data: Data = None,
    or_serve: Annotated[bool, typer.Option("--or-serve", hidden=True)] = False,
) -> None:
    """Make one poster and save preview.png, preview.jpg, source.psd and poster.json."""
    started = time.monotonic()
    own_models = choose_models(image_model, language_model, tiny, fallback)
    if prompt is None:
        if not or_serve:
            raise ValidationError('Say what the poster is for: design-agent generate "a prompt in one sentence".')
        serve_in_foreground(settings_of(port, data))
        return
    options = task_options(prompt, size, style, element or [], color or [], priority, seed, reference or [])
    references = read_references(reference or [])
    settings = settings_of(port, data)
    lifecycle.up(settings, say, any_settings=True, own_models=own_models)
    with connect(settings) as client:
        options["reference"] = uploaded(client, references)
        poster = client.get_poster(poster_of(_make(client, prompt, options)))
        folder = _save(client, poster.id, out_dir)
    _print_result(poster, folder, time.monotonic() - started, as_json)


def task_options(
    prompt: str, size: str, style: str, elements: list[str], colors: list[str], priority: int, seed: int | None,
    references: Sequence[str] = (),
) -> TaskOptions:  # fmt: skip
    """What ``POST /api/v1/tasks`` takes beside the prompt. Raises ValidationError naming what is wrong."""
    match = re.fullmatch(r"\s*(\d{1,6})\s*[xX×*]\s*(\d{1,6})\s*", size)
    if match is None:
        raise ValidationError(f"size {size!r} is not WIDTHxHEIGHT, for example --size 1080x1920.")
    options: TaskOptions = {
        "style": style,
        "size": {"width": int(match[1]), "height": int(match[2])},
        "elements": [_requirement(element) for element in elements],
        "color_scheme": colors,
        "reference": list(references),
        "priority": priority,
    }
    if seed is not None:
        options["seed"] = seed
    try:
        CreateTask.model_validate({"prompt": prompt, **options})
    except PydanticError as error:
        raise ValidationError(" ".join(_sentence(problem) for problem in error.errors())) from error
    return options


def _requirement(text: str) -> dict[str, Any]:
    position, separator, content = text.partition(":")
    if separator and position.strip().lower() in POSITIONS:
        return {"type": "text", "content": content.strip(), "position": position.strip().lower()}
    return {"type": "text", "content": text}


def _sentence(problem: Any) -> str:
    field = ".".join(str(part) for part in problem["loc"])
    return f"{field}: {problem['msg'].removeprefix('Value error, ')}."


def poster_of(task: Task) -> str:
    """Id of a completed task's poster."""
    if task.result is None:
        raise ServiceError(f"Task {task.id} is {task.status} but names no poster.")
    return task.result.poster_id


def _make(client: Client, prompt: str, options: TaskOptions) -> Task:
    task_id, key = None, uuid.uuid4().hex
    try:
        task_id = client.create_task(prompt, idempotency_key=key, **options).id
        follow(client.watch(task_id))
        return client.wait(task_id)
    except KeyboardInterrupt:
        # It may be there, and only the answer be missing: the same key names it.
        _cancel(client, task_id or client.create_task(prompt, idempotency_key=key, **options).id)
        raise typer.Exit(INTERRUPTED) from None


def _cancel(client: Client, task_id: str) -> None:
    try:
        client.cancel_task(task_id)
    except Conflict:
        say(f"{task_id} had ended before")
    else:
        say(f"cancelled {task_id}")


def _save(client: Client, poster_id: str, out_dir: Path) -> Path:
    folder = out_dir / poster_id
    folder.mkdir(parents=True, exist_ok=True)
    for file_format, name in FILES.items():
        (folder / name).write_bytes(client.export_poster(poster_id, file_format))
    save_pictures(client, folder)
    return folder


def _print_result(poster: Poster, folder: Path, seconds: float, as_json: bool) -> None:
    facts = poster.metadata.model_extra or {}
    quality = facts.get("quality") or {}
    if as_json:
        result = {"poster_id": poster.id, "task_id": poster.task_id, "folder": str(folder.resolve()),
                  "seconds": round(seconds, 2), "verdict": quality.get("verdict"),
                  "seed": poster.metadata.ai_params.get("seed"),
                  "files": {key: str((folder / name).resolve()) for key, name in FILES.items()}}  # fmt: skip
        out.print(json.dumps(result, ensure_ascii=False))
        return
    out.print(f"{folder}/  {', '.join(FILES.values())}")
    repairs = quality.get("repair_rounds", 0)
    out.print(f"verdict {quality.get('verdict')}, repairs {repairs}, {seconds:.1f} s")
    for text in quality.get("texts", []):
        if text.get("problem"):
            out.print(f"  {text.get('problem')}: {text.get('text')}  {text.get('sentence') or ''}")
    for given in facts.get("references", []):
        if given.get("problem"):
            out.print(f"not used: {given.get('source')}: {given.get('problem')}")
    if missing := facts.get("missing"):
        out.print("asked for but not given (placeholders are in the file): " + ", ".join(missing))
