"""Which methods an address takes."""

import re

from fastapi import FastAPI

_METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH")
# The one parameter that may hold slashes.
_MANY_SEGMENTS = "key"


def allowed_methods(app: FastAPI, path: str) -> list[str]:
    """Methods that the address takes; the router names those of its first route only."""
    found: set[str] = set()
    paths = app.openapi()["paths"]
    # An address that is spelt out is not also an id.
    for template, methods in ({path: paths[path]} if path in paths else paths).items():
        pattern = re.sub(r"\\{(\w+)\\}", _segment, re.escape(template))
        if re.fullmatch(pattern, path):
            found |= {method.upper() for method in methods}
    return [method for method in _METHODS if method in found]


def _segment(match: re.Match[str]) -> str:
    return ".+" if match[1] == _MANY_SEGMENTS else "[^/]+"
