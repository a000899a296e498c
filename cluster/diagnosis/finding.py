"""What a look at one thing found."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from urllib.parse import quote

from pydantic import SecretStr

from configs.settings import Settings
from configs.weak import password_of

SECONDS = 8.0
# A shorter one would blot out ordinary words, and no driver prints it.
SHORTEST_HIDDEN = 4
Examination = Callable[[Settings], list["Finding"]]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. ``advice`` says what to do when it is not ok."""

    what: str
    ok: bool
    detail: str
    advice: str = ""


def side_by_side(examinations: dict[str, Examination], settings: Settings, seconds: float = SECONDS) -> list[Finding]:
    """What all of them found, in their order; one that takes longer than that is a finding too. No secret is in it."""
    waiting: dict[str, SimpleQueue[list[Finding]]] = {}
    for name, examine in examinations.items():
        waiting[name] = SimpleQueue()
        # Daemons: nobody waits for one that hangs.
        Thread(target=lambda n=name, e=examine: waiting[n].put(_safely(n, e, settings)), daemon=True).start()
    deadline = monotonic() + seconds
    found: list[Finding] = []
    for name, answer in waiting.items():
        try:
            found += answer.get(timeout=max(0.0, deadline - monotonic()))
        except Empty:
            found.append(Finding(name, False, f"no answer in {seconds:.0f} s", f"Look at the {name} server's own log."))
    return [replace(finding, detail=masked(finding.detail, settings)) for finding in found]


def _safely(name: str, examine: Examination, settings: Settings) -> list[Finding]:
    try:
        return examine(settings)
    except Exception as error:
        return [Finding(name, False, f"{type(error).__name__}: {error}", f"Look at the {name} server's own log.")]


def masked(text: str, settings: Settings) -> str:
    """The text without any secret of the settings, or of their URLs."""
    for secret in secrets_of(settings):
        text = text.replace(secret, "***")
    return text


def secrets_of(settings: Settings) -> set[str]:
    """Each secret, as it is and as a URL holds it; of a URL its password."""
    found = {entry.key.get_secret_value() for entry in settings.api_keys}
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr):
            plain = value.get_secret_value()
            found |= {plain, password_of(plain)[1]}
    return {form for secret in found if len(secret) >= SHORTEST_HIDDEN for form in (secret, quote(secret, safe=""))}
