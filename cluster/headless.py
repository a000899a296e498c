"""Makes skia load on a server without libGL and libEGL: run once by scripts/setup, harmless when repeated.

The wheel's library names both as needed and imports their functions, though drawing on the CPU calls none. The names
are dropped and the imports are pointed at libc's ``abort``, which only a GPU context would reach.
"""

import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

NEEDED = ("libGL.so.1", "libEGL.so.1")
# Names between NULs, as a string table holds them.
_GL_NAME = re.compile(rb"(?<=\0)(?:gl|egl)[A-Z]\w+(?=\0)")


def library_of(module: str) -> Path:
    """The shared library of an extension module, found without loading it. Raises ModuleNotFoundError."""
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(module)
    return Path(spec.origin)


def needed_by(library: Path) -> list[str]:
    """Shared libraries it names as needed."""
    return _patchelf("--print-needed", str(library)).split()


def detach_gl(library: Path) -> bool:
    """Drop the two libraries; False when that is done already. Replaces the file as a whole."""
    if not set(NEEDED) & set(needed_by(library)):
        return False
    names = sorted({name.decode() for name in _GL_NAME.findall(library.read_bytes())})
    with tempfile.TemporaryDirectory(dir=library.parent) as folder:
        copy, renames = Path(folder) / library.name, Path(folder) / "renames"
        shutil.copy2(library, copy)
        renames.write_text("".join(f"{name} abort\n" for name in names))
        drops = [argument for name in NEEDED for argument in ("--remove-needed", name)]
        _patchelf(*drops, "--rename-dynamic-symbols", str(renames), str(copy))
        copy.replace(library)
    return True


def _patchelf(*arguments: str) -> str:
    program = Path(sys.executable).parent / "patchelf"
    return subprocess.run([str(program), *arguments], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    detach_gl(library_of("skia"))
