"""Examples of the documentation, cut out and run."""

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def run_examples(name: str, url: str) -> dict[str, Any]:
    """Run the page's Python blocks one after another against the service at ``url``; returns their names."""
    text = (ROOT / name).read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.S)
    assert blocks
    namespace: dict[str, Any] = {}
    for number, block in enumerate(blocks):
        exec(compile(block.replace("http://127.0.0.1:8000", url), f"{name}[{number}]", "exec"), namespace)
    return namespace
