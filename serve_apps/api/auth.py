"""Who is asking. Without any key the service answers on loopback only, and any token or none will do."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends
from fastapi.requests import HTTPConnection

from storage.errors import ForbiddenError


@dataclass(frozen=True, slots=True)
class User:
    """The caller. ``scope`` is the user whose things are visible, None for everybody's.

    ``key_id`` names the key, None where none is asked for.
    """

    id: str
    scope: str | None = None
    role: Literal["local", "user", "service", "link"] = "local"
    key_id: str | None = None

    def owner_of_new(self, asked: str | None) -> str:
        """User id that a new thing gets. Raises ForbiddenError for another's than the key's."""
        return self._own(asked) or asked or self.id

    def owner_listed(self, asked: str | None) -> str | None:
        """User id that a list is limited to. Raises ForbiddenError for another's than the key's."""
        return self._own(asked) or asked

    def _own(self, asked: str | None) -> str | None:
        if self.scope is not None and asked not in {None, self.scope}:
            raise ForbiddenError("user_id must be your own, the one this key is for, or be left out.")
        return self.scope


LOCAL = User("local")


async def current_user(connection: HTTPConnection) -> User:
    """The caller of a request or a socket, found by the Authentication middleware."""
    user: User = connection.state.user
    return user


CurrentUser = Annotated[User, Depends(current_user)]
