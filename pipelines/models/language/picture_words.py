"""A model's English words for a picture, without what a picture must not show or the user did not give."""

import re

from pipelines.models.designer.source import Source, fold
from pipelines.topics import vocabulary

LONGEST = 300
_PARTS = re.compile(r"(?:[,;!?]|\.(?=\s|$))+\s*")
_QUOTED = re.compile(r"[\"“”«»`*#{}<>\[\]|\\]|''")
_LETTERING = re.compile(
    r"(?<![a-z])(?:text|texts|lettering|letters|words?|wording|slogans?|captions?|headlines?|titles?|typography|fonts?"
    r"|logos?|watermarks?|signatures?|qr|says|saying|reads|reading|written|writes|titled|labell?ed)(?![a-z])"
)
_NAME = re.compile(r"(?<![\w'])[A-Z][\w'-]*")
_TIMES = ("date", "time")  # without numbers they are light: dusk, noon
# Capitals that name nobody and no place in particular.
_COMMON = frozenset([
    "chinese", "japanese", "korean", "asian", "european", "african", "american", "english", "french", "italian",
    "spanish", "indian", "nordic", "scandinavian", "western", "eastern", "oriental", "art", "deco", "nouveau",
    "bauhaus", "christmas", "easter", "halloween",
])  # fmt: skip


def picture_words(written: str, prompt: str) -> str:
    """The clauses that only say what is to be seen; empty where none does.

    A clause goes when it holds a number, a fact by its form, a name that the prompt has not, or speaks of lettering.
    """
    plain = " ".join(written.split())
    parts = [part.strip(" -—:'") for part in _PARTS.split(plain)]
    kept = [part for part in parts if part and _is_seen(part, fold(prompt))]
    words = ", ".join(dict.fromkeys(kept))
    return words if len(words) <= LONGEST else words[:LONGEST].rsplit(", ", 1)[0]


def _is_seen(part: str, prompt: str) -> bool:
    if not part.isascii() or not part.isprintable() or len(part) < 3:
        return False
    if _QUOTED.search(part) or any(char.isdigit() for char in part):
        return False
    if any(fact.kind not in _TIMES for fact in Source(part).facts):
        return False
    return not _LETTERING.search(part.lower()) and all(
        _is_given(name.group().lower(), prompt) for name in _NAME.finditer(part[:1].lower() + part[1:])
    )


def _is_given(name: str, prompt: str) -> bool:
    bare = name.removesuffix("'s")
    return bare in _COMMON or bare in _topic_words() or re.search(rf"(?<![a-z]){re.escape(bare)}", prompt) is not None


def _topic_words() -> frozenset[str]:
    return frozenset(word for topic in vocabulary().values() for phrase in topic.en for word in phrase.split())
