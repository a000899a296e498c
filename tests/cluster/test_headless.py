"""The product needs no libGL: a server has none."""

import subprocess
import sys
from pathlib import Path

import pytest

from cluster.headless import NEEDED, detach_gl, library_of, needed_by

SHOW_MAPS = """
import {module}
print(open("/proc/self/maps").read())
"""


@pytest.mark.parametrize("module", ["skia", "cv2"])
def test_drawing_and_reading_load_no_graphics_driver(module: str) -> None:
    maps = subprocess.run([sys.executable, "-c", SHOW_MAPS.format(module=module)], check=True, text=True,
                          capture_output=True).stdout  # fmt: skip
    assert module in maps
    assert not [line for line in maps.splitlines() if "libGL" in line or "libEGL" in line]


def test_detaching_is_done_once(tmp_path: Path) -> None:
    library = library_of("skia")
    assert not set(NEEDED) & set(needed_by(library))
    assert detach_gl(library) is False
