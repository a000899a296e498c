"""What a text reader's process loads."""

import subprocess
import sys
from pathlib import Path

START = """
import sys
from pathlib import Path
from pipelines.models.paddle_ocr import PaddleOcrReader
import numpy
reader = PaddleOcrReader(threads=1, models_dir=Path(sys.argv[1]))
assert reader.read(numpy.full((64, 64, 3), 255, numpy.uint8)) == []
print(sorted({"torch", "diffusers", "modelscope"} & set(sys.modules)))
"""


def test_reader_brings_no_other_engine_along(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", START, tmp_path], capture_output=True, text=True, timeout=180)
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["[]"]), done.stderr
