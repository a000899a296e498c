"""Whether a model's folder says it may be used."""

import re
from pathlib import Path

from pipelines.models.sdxl.errors import LicenceRefused

ALLOWED = {
    "openrail++": "CreativeML Open RAIL++-M",
    "creativeml-openrail-m": "CreativeML Open RAIL-M",
    "apache-2.0": "Apache License 2.0",
    "mit": "MIT",
}
"""Licences as model cards spell them; all allow commercial use of the pictures."""

# The heading by which a licence file is known.
HEADINGS = {
    "openrail++": re.compile(r"Open RAIL\+\+-M", re.IGNORECASE),
    "apache-2.0": re.compile(r"Apache License\s+Version 2\.0"),
    "mit": re.compile(r"\bMIT License\b"),
}


def check(folder: Path) -> str:
    """The licence of the model in ``folder``, from its card (README.md), else from its licence file.

    Raises LicenceRefused when none is found or it is not in ``ALLOWED``.
    """
    licence = _of_card(folder / "README.md") or _of_file(folder)
    allowed = ", ".join(sorted(ALLOWED))
    if not licence:
        raise LicenceRefused(
            f"{folder} says no licence: its README.md needs a 'license:' in its head, or a LICENSE file beside it. "
            f"Allowed: {allowed}."
        )
    if licence not in ALLOWED:
        raise LicenceRefused(f"{folder} is under {licence!r}, which is not allowed here. Allowed: {allowed}.")
    return licence


def _of_card(path: Path) -> str:
    if not path.exists():
        return ""
    head = re.match(r"---\s*\n(.*?)\n---", path.read_text(encoding="utf-8", errors="replace"), re.DOTALL)
    found = re.search(r"^license:\s*[\"']?([^\s\"'#]+)", head[1], re.MULTILINE) if head else None
    return found[1].lower() if found else ""


def _of_file(folder: Path) -> str:
    for path in sorted(folder.glob("LICENSE*")):
        text = path.read_text(encoding="utf-8", errors="replace")[:2000]
        for licence, heading in HEADINGS.items():
            if heading.search(text):
                return licence
    return ""
