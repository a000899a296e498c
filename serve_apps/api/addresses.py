"""Addresses on their way in: those of this service become paths, so that they outlive its host name."""

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlsplit

from starlette.requests import Request

from storage.documents.element import ElementContent, ElementSpec, ElementUpdate
from storage.documents.external import NewPoster, TaskCompletion
from storage.documents.style import ElementStyle
from storage.documents.upload import OBJECTS_PATH, is_foreign

ElementT = TypeVar("ElementT", ElementSpec, ElementUpdate)
_OURS = (OBJECTS_PATH, "/posters/", "/api/v1/posters/")


def stored_address(request: Request, url: str) -> str:
    """The path of an address of this service, without what signs it; any other as it is."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    ours = parts.scheme in {"http", "https"} and parts.netloc == request.url.netloc and parts.path.startswith(_OURS)
    return parts.path if ours else url


def stored_poster(request: Request, new: NewPoster) -> NewPoster:
    """The poster with its files as paths."""
    return new.model_copy(
        update={name: stored_address(request, getattr(new, name)) for name in ("preview_url", "source_url")}
    )


def stored_completion(request: Request, completion: TaskCompletion) -> TaskCompletion:
    """The completion with its preview as a path."""
    return completion.model_copy(update={"preview": stored_address(request, completion.preview)})


def stored_element(request: Request, element: ElementT) -> ElementT:
    """The element with its pictures as paths."""
    return _with_pictures(element, lambda url: stored_address(request, url))


def with_element_links(request: Request, element: ElementT) -> ElementT:
    """The element with addresses of its pictures that can be fetched as they are."""
    base = str(request.base_url).rstrip("/")

    def linked(url: str) -> str:
        return url if is_foreign(url) or ":" in url else f"{base}{OBJECTS_PATH}{url.removeprefix(OBJECTS_PATH)}"

    return _with_pictures(element, linked)


def _with_pictures(element: ElementT, change: Callable[[str], str]) -> ElementT:
    changes: dict[str, ElementContent | ElementStyle] = {}
    content, style = element.content, element.style
    if content is not None and content.image_url is not None:
        changes["content"] = content.model_copy(update={"image_url": change(content.image_url)})
    if style is not None and style.fill is not None and style.fill.image is not None:
        image = style.fill.image.model_copy(update={"image_url": change(style.fill.image.image_url)})
        changes["style"] = style.model_copy(update={"fill": style.fill.model_copy(update={"image": image})})
    return element.model_copy(update=changes) if changes else element
