"""A real browser: the distribution's Chromium."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

NAMES = ("chromium", "chromium-headless-shell", "google-chrome")
UNPACKED = Path(__file__).parents[2] / ".venv" / "debian" / "usr"


def executable() -> str:
    """Raises RuntimeError saying how to bring it."""
    path = os.pathsep.join((os.environ.get("PATH", os.defpath), str(UNPACKED / "bin")))
    for name in NAMES:
        if found := shutil.which(name, path=path):
            return found
    raise RuntimeError("There is no Chromium; scripts/test-servers brings it.")


@contextmanager
def browser_page() -> Iterator[Page]:
    """A page that shows nothing yet."""
    # Its sandbox refuses to work for root.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    libraries = f"{UNPACKED / 'lib' / 'x86_64-linux-gnu'}:{os.environ.get('LD_LIBRARY_PATH', '')}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable(), args=arguments, env={**os.environ, "LD_LIBRARY_PATH": libraries}
        )
        try:
            yield browser.new_page()
        finally:
            browser.close()
