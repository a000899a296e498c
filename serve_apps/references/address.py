"""What an address must look like before anybody looks it up."""

import re
from collections.abc import Collection
from ipaddress import ip_address

import httpx

from serve_apps.references.policy import is_public

HTTPS = 443
_HOST = re.compile(rb"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")


def address_problem(url: str, ports: Collection[int] = (HTTPS,)) -> str | None:
    """What is wrong with the address of a reference, as a continuation of its name; None when it may be tried."""
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError, ValueError):
        return "is not an address; give an https:// address, or upload the picture and use its url or key"
    if parsed.scheme != "https" or not _HOST.fullmatch(parsed.raw_host):
        return "must be an https:// address, or the url or key of a picture that you uploaded"
    if parsed.userinfo:
        return "must not carry a user name or password; give an address that is open to read, or upload the picture"
    if (parsed.port or HTTPS) not in ports:
        return f"must use port {' or '.join(map(str, sorted(ports)))}; upload the picture instead"
    if _is_private_literal(parsed.host):
        return "must lead to a public internet address; upload the picture instead"
    return None


def _is_private_literal(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    return not is_public(host)
