"""Layers of executors outside the cluster: made at their first use, each joins one poster."""

from sqlmodel import Session, col, func, select

from storage.database import locking
from storage.database.clock import at
from storage.database.tables import ElementRow, LayerRow, PosterLayerRow, PosterRow
from storage.documents.ids import poster_layer_id_of
from storage.errors import ConflictError


def taken() -> ConflictError:
    """The refusal; it tells nothing of whose the layer is."""
    return ConflictError("A layer belongs to the user and the poster that first named it; use layer ids of your own.")


def named(session: Session, layer_id: str, owner: str, now: float) -> LayerRow:
    """The locked row of a layer; a new one is ``owner``'s."""
    row = locking.lock(session, LayerRow, layer_id)
    if row is None:
        row = LayerRow(id=layer_id, name=f"Layer {layer_id}", type="content", blend_mode="normal", created_at=at(now),
                       updated_at=at(now), user_id=owner)  # fmt: skip
        session.add(row)
        session.flush()
    return row


def poster_of(session: Session, layer_id: str) -> str | None:
    """Id of the poster that the layer has joined."""
    query = select(PosterLayerRow.poster_id).where(PosterLayerRow.layer_id == layer_id).limit(1)
    return session.exec(query).first()


def link(session: Session, poster: PosterRow, layer_ids: list[str], caller: str, now: float) -> None:
    """Give the poster these layers first, in order; those it had beside them stay above. Raises ConflictError."""
    joined = {entry.layer_id: entry for entry in links(session, poster.id)}
    order = [*layer_ids, *(layer_id for layer_id in joined if layer_id not in layer_ids)]
    for place, layer_id in enumerate(order):
        layer = named(session, layer_id, poster.user_id, now)
        entry = joined.get(layer_id)
        if entry is None:
            if layer.user_id not in {poster.user_id, caller} or poster_of(session, layer_id) is not None:
                raise taken()
            entry = PosterLayerRow(id=poster_layer_id_of(poster.id, layer_id), poster_id=poster.id, layer_id=layer_id,
                                   created_at=at(now))  # fmt: skip
        entry.order = layer.order = place
        layer.user_id = poster.user_id
        session.add_all([entry, layer])
    session.flush()


def links(session: Session, poster_id: str) -> list[PosterLayerRow]:
    """Bottom to top."""
    query = (
        select(PosterLayerRow)
        .where(PosterLayerRow.poster_id == poster_id)
        .order_by(col(PosterLayerRow.order), col(PosterLayerRow.id))
    )
    return list(session.exec(query).all())


def next_position(session: Session, layer_id: str) -> int:
    """Place of an element on top of the layer."""
    highest = session.exec(select(func.max(ElementRow.position)).where(ElementRow.layer_id == layer_id)).one()
    return 0 if highest is None else int(highest) + 1
