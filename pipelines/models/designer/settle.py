"""What the neighbours of a piece, or all pieces together, say about it: places in two parts, the brand."""

import re

from pipelines.brief import Purpose
from pipelines.models.designer.draft import Draft, Piece
from pipelines.models.designer.organisations import is_issuer, is_organisation, is_studio

_LONGEST_PLACE = 60
_POSTCODE = re.compile(r"[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}|(?:[A-Z]{2} )?\d{5}")
_CAPITALS = re.compile(
    r"(?:[A-Z][\w'’-]*|of|the|de|la|upon|on|and|&)(?: (?:[A-Z][\w'’-]*|of|the|de|la|upon|on|and|&))*"
)
_TOWN = re.compile(rf"(?:{_CAPITALS.pattern})(?: (?:{_POSTCODE.pattern}))?|{_POSTCODE.pattern}")
_UNISSUED: tuple[Purpose, ...] = ("concert", "exhibition", "sport")  # a name there is more likely an act or a venue


def settle(draft: Draft, purpose: Purpose) -> None:
    """Change the roles of pieces in place; no text is added or lost."""
    draft.pieces.sort(key=lambda piece: (piece.start, piece.end))
    _name_the_brand(draft, purpose)
    if draft.source.language == "en":
        _find_the_place(draft)
        _join_places(draft)


def _is_plain(piece: Piece) -> bool:
    return piece.role in ("line", "head") or (
        piece.role == "fact" and piece.kind in (None, "other") and piece.label is None
    )


def _name_the_brand(draft: Draft, purpose: Purpose) -> None:
    """The last organisation that stands alone is who the poster is from, unless one is named already."""
    if any(piece.role == "brand" for piece in draft.pieces) or len(draft.pieces) < 2:
        return
    heads = [piece for piece in draft.pieces if piece.role == "head"]
    for piece in reversed(draft.pieces):
        if piece.role == "head" and piece is next(iter(heads), None) and purpose != "hiring":
            continue  # a title
        place = piece.role == "fact" and piece.kind == "place" and piece.label is None
        if (
            (_is_plain(piece) and is_organisation(piece.text))
            or (place and is_studio(piece.text))
            or (
                (place or _is_plain(piece))
                and purpose not in _UNISSUED
                and is_issuer(piece.text, signed=purpose == "notice" and piece is draft.pieces[-1])
            )
        ):
            piece.role, piece.kind = "brand", None
            return


def _find_the_place(draft: Draft) -> None:
    """A name beside the date is where it is, if nothing else says where."""
    if any(piece.kind == "place" for piece in draft.pieces):
        return
    for index, piece in enumerate(draft.pieces):
        beside = any(other.kind in ("date", "time") for other in draft.pieces[max(0, index - 1) : index + 2])
        if beside and piece.role == "line" and " " in piece.text and _CAPITALS.fullmatch(piece.text):
            piece.role, piece.kind = "fact", "place"
            return


def _join_places(draft: Draft) -> None:
    """A town or postcode belongs to the place before it: "12 Mill Lane, Bath"."""
    joined: list[Piece] = []
    for piece in draft.pieces:
        last = joined[-1] if joined else None
        named = piece.role in ("line", "head") and _TOWN.fullmatch(piece.text)
        if (
            last is not None and last.role == "fact" and last.kind == "place" and named
            and re.fullmatch(r",\s*", draft.source.raw[last.end : piece.start])
            and piece.end - last.start <= _LONGEST_PLACE
        ):  # fmt: skip
            last.end, last.text = piece.end, draft.source.raw[last.start : piece.end]
        else:
            joined.append(piece)
    draft.pieces[:] = joined
