"""Who is asking. Without configured keys the service answers on loopback only, any token or none will do."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends


@dataclass(frozen=True, slots=True)
class User:
    """The caller. ``scope`` is the user whose things are visible, None for everybody's."""

    id: str
    scope: str | None = None

    def owner_of_new(self, asked: str | None) -> str:
        """User id that a new task gets."""
        return asked or self.id

    def owner_listed(self, asked: str | None) -> str | None:
        """User id that a list is limited to."""
        return self.scope or asked


LOCAL = User("local")


async def current_user() -> User:
    """The caller of a request or a socket."""
    return LOCAL


CurrentUser = Annotated[User, Depends(current_user)]
