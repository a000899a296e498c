"""References of a new task: uploads of the caller, or https addresses that the worker fetches later.

Nothing is fetched here: an address is judged by its form, an upload by its owner and its bytes.
"""

from fastapi import Request

from serve_apps.api.addresses import stored_address
from serve_apps.api.auth import User
from serve_apps.api.services import ApiServices
from serve_apps.api.sniffing import sniff
from serve_apps.references.address import address_problem
from storage.documents.picture import MAX_PIXELS, PICTURE_TYPES
from storage.documents.upload import OBJECTS_PATH, UPLOADS
from storage.errors import ObjectNotFound, ValidationError

_NOT_YOURS = "names no upload of yours; upload the picture first and use the url or key of the answer"


def stored_references(request: Request, services: ApiServices, user: User, references: list[str]) -> list[str]:
    """The references as they are stored: uploads as paths, other addresses as they are.

    Raises ValidationError that names each one that cannot be used, and what to do.
    """
    stored = [stored_address(request, reference) for reference in references]
    problems = {}
    for place, address in enumerate(stored):
        key = address.removeprefix(OBJECTS_PATH)
        uploaded = key.startswith(UPLOADS)
        if uploaded:
            problem = _upload_problem(services, user, key)
        else:
            problem = address_problem(address, services.settings.reference_ports)
        if problem is not None:
            problems[f"reference.{place}"] = problem
        elif uploaded:
            stored[place] = f"{OBJECTS_PATH}{key}"
    if problems:
        raise ValidationError(" ".join(f"{name} {problem}." for name, problem in problems.items()), fields=problems)
    return stored


def _upload_problem(services: ApiServices, user: User, key: str) -> str | None:
    try:
        services.database.check_readable(key, user.scope)
        kind = sniff(services.objects.get(key).data)
    except (ObjectNotFound, ValidationError):
        return _NOT_YOURS
    if kind is None or kind.content_type not in PICTURE_TYPES:
        return "is not a picture that can be shown; upload a PNG, JPEG or WebP file"
    if kind.width * kind.height > MAX_PIXELS:
        return f"is {kind.width} x {kind.height} pixels; upload one of at most {MAX_PIXELS // 10**6} million"
    return None
