"""Questions to our own pages over plain HTTP, asked many times a second while something starts."""

import ssl
from typing import Any

import httpx

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody: httpx reads all certificates of the system otherwise, for each request, which takes it 26 ms."""


def get(url: str, *, timeout: float, **options: Any) -> httpx.Response:
    """Raises httpx.HTTPError. ``timeout``: seconds."""
    return httpx.get(url, timeout=timeout, verify=NO_TLS, **options)
