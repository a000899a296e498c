"""Elements: read and edit."""

from typing import Annotated

from fastapi import APIRouter, Request

from pipelines.rendering.paths import validate_path
from serve_apps.api.addresses import stored_address, stored_element, with_element_links
from serve_apps.api.auth import CurrentUser
from serve_apps.api.bodies import json_body, strictly
from serve_apps.api.errors import answers
from serve_apps.api.examples import ELEMENT_BODY, PATCH_BODY, TITLE, example
from serve_apps.api.schemas import ElementEdit, ElementId, ElementPatch, Success
from serve_apps.api.services import ApiServices, Services
from storage.documents.element import Element, ElementContent, ElementUpdate
from storage.errors import ConflictError, ValidationError

router = APIRouter(prefix="/api/v1/elements", tags=["elements"])
EditBody = Annotated[ElementEdit, strictly(ElementEdit), json_body(ELEMENT_BODY)]
PatchBody = Annotated[ElementPatch, strictly(ElementPatch), json_body(PATCH_BODY)]


@router.get("/{element_id}", responses={200: example(TITLE), **answers(404)})
def get_element(element_id: ElementId, request: Request, services: Services, user: CurrentUser) -> Success[Element]:
    """An element."""
    return Success(
        data=with_element_links(request, services.cache.read_element(services.database, element_id, user.scope))
    )


@router.put("/{element_id}", responses={200: example(TITLE), **answers(400, 404, 409, 413)})
def update_element(
    element_id: ElementId, body: EditBody, request: Request, services: Services, user: CurrentUser
) -> Success[Element]:
    """Replace each object given, whole. The poster gets a new version, and its files are drawn anew."""
    update = stored_element(request, body.update())
    if update == ElementUpdate():
        return Success(data=with_element_links(request, services.database.get_element(element_id, user.scope)))
    if update.content is not None:
        _check_content(services, element_id, user, update.content)
    element = services.database.update_element(element_id, update, user.scope)
    return Success(data=with_element_links(request, element))


@router.patch("/{element_id}", responses={200: example(TITLE), **answers(400, 404, 409, 413)})
def patch_element(
    element_id: ElementId, body: PatchBody, request: Request, services: Services, user: CurrentUser
) -> Success[Element]:
    """Merge what is given into the element, as RFC 7396 says; 409 when it has another version by now."""
    change = body.change()
    if content := change.get("content"):
        checked = ElementContent(shape_path=content.get("shape_path"), children=content.get("children"))
        _check_content(services, element_id, user, checked)
        if url := content.get("image_url"):
            content["image_url"] = stored_address(request, url)
    image = ((change.get("style") or {}).get("fill") or {}).get("image") or {}
    if url := image.get("image_url"):
        image["image_url"] = stored_address(request, url)
    element = services.database.patch_element(element_id, body.version, change, user.scope)
    return Success(data=with_element_links(request, element))


def check_outlines(content: ElementContent, where: str = "") -> None:
    """Raise ValidationError for a path that could be stored but not drawn."""
    if content.shape_path is not None:
        try:
            validate_path(content.shape_path)
        except ValidationError as error:
            raise _invalid(f"{where}content.shape_path", error.message.removeprefix("shape_path ")) from None


def _check_content(services: ApiServices, element_id: str, user: CurrentUser, content: ElementContent) -> None:
    """Raise ValidationError for what could be stored but not drawn, ConflictError for children that do not fit."""
    check_outlines(content)
    if content.children:
        poster_id = services.database.poster_of_element(element_id, user.scope)
        elements = {entry.id: entry for entry in services.database.get_document(poster_id, user.scope).walk()}
        families = {key: entry.content.children or [] for key, entry in elements.items()}
        families[element_id] = content.children
        for index, child in enumerate(content.children):
            if child not in families:
                raise _misfit(index, "is not an element of this poster")
            if _reaches(families, child, element_id):
                raise _misfit(index, "contains the group itself")


def _reaches(families: dict[str, list[str]], start: str, goal: str) -> bool:
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        current = ahead.pop()
        if current == goal:
            return True
        if current not in seen:
            seen.add(current)
            ahead.extend(families.get(current, []))
    return False


def _misfit(index: int, problem: str) -> ConflictError:
    field = f"content.children[{index}]"
    return ConflictError(f"{field} {problem}.", fields={field: problem})


def _invalid(field: str, problem: str) -> ValidationError:
    return ValidationError(f"{field} {problem}.", fields={field: problem})
