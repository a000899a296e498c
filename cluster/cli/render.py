"""``render``: a poster.json, edited by hand, becomes pictures and a PSD. Needs no service."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import structlog
import typer
from pydantic import ValidationError as PydanticError

from cluster.cli.console import out, say
from serve_apps.api.problems import field_problems, sentence
from storage.documents.poster import PosterDocument
from storage.errors import ValidationError


def render_command(
    file: Annotated[Path, typer.Argument(help="A poster.json, as generate and export leave it.")],
    out_dir: Annotated[
        Path | None, typer.Option("--out", help="Folder for the files; the file's own if not given.")
    ] = None,
) -> None:
    """Draw preview.png, preview.jpg and source.psd from a poster.json, without a service."""
    _say_warnings()
    document = read_document(file)
    for layer_id in document.elements.keys() - {layer.id for layer in document.layers}:
        say(f"warning: the elements of {layer_id} are not drawn: layers has no such layer")
    files = draw(document, pictures_beside(file))
    folder = out_dir or file.parent
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    out.print(f"{folder}/  {', '.join(files)}")


def read_document(file: Path) -> PosterDocument:
    """The document in the file. Raises ValidationError with what is wrong and where."""
    from pipelines.rendering.paths import validate_path

    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValidationError(f"{file} cannot be read: {error.strerror}.") from None
    except json.JSONDecodeError as error:
        raise ValidationError(
            f"{file} is not valid JSON: line {error.lineno}, column {error.colno}: {error.msg}."
        ) from None
    except (UnicodeDecodeError, RecursionError):
        raise ValidationError(f"{file} is not a poster.json: it must be JSON in UTF-8.") from None
    try:
        document = PosterDocument.model_validate(value)
    except PydanticError as error:
        problems: list[Any] = error.errors()
        raise ValidationError(f"{file}: {sentence(field_problems(problems))}") from None
    for element in document.walk():
        if element.content.shape_path is not None:
            try:
                validate_path(element.content.shape_path)
            except ValidationError as error:
                raise ValidationError(f"{file}: element {element.id}: {error.message}") from None
    return document


def draw(document: PosterDocument, images: Callable[[str], bytes]) -> dict[str, bytes]:
    """The three files by name. A picture that ``images`` does not give is left out."""
    from pipelines.export.psd import write_psd
    from pipelines.export.raster import encode_jpg, encode_png
    from pipelines.rendering.canvas import render

    picture = render(document, images)
    return {
        "preview.png": encode_png(picture),
        "preview.jpg": encode_jpg(picture),
        "source.psd": write_psd(document, images, picture),
    }


def pictures_beside(file: Path) -> Callable[[str], bytes]:
    """Pictures in the file's own folder or below; what the service stores is not here."""
    root = file.parent.resolve()

    def read(url: str) -> bytes:
        path = (root / url).resolve()
        if not path.is_relative_to(root) or not path.is_file():
            raise LookupError("not a file in the folder of the poster.json")
        return path.read_bytes()

    return read


def _say_warnings() -> None:
    """The renderer's warnings as lines on stderr, each once: the PSD draws again what the preview has drawn."""
    seen = set[str]()

    def line(_: object, level: str, event: structlog.typing.EventDict) -> str:
        facts = ", ".join(f"{name} {value}" for name, value in event.items() if name != "event")
        text = f"{level}: {event['event']}: {facts}"
        if text in seen:
            raise structlog.DropEvent
        seen.add(text)
        return text

    structlog.configure(processors=[line], logger_factory=structlog.PrintLoggerFactory(sys.stderr))
