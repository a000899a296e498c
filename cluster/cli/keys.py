"""``keys``: make, list and revoke API keys, on the database itself: whoever owns the data folder owns the keys."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from pydantic import TypeAdapter
from pydantic import ValidationError as PydanticError

from cluster.cli.console import out, print_table, say
from cluster.cli.options import Data, settings_of
from configs.keys import ROLES, Role
from storage.database.base import Database
from storage.documents.base import format_time
from storage.documents.ids import Id
from storage.documents.key import ApiKey, key_digest, new_secret
from storage.errors import ValidationError
from storage.factory import open_database

keys_app = typer.Typer(help="API keys: create, list, revoke.", no_args_is_help=True, rich_markup_mode=None)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
HEADINGS = ["id", "user", "role", "name", "made", "last used", "state"]
_id: TypeAdapter[str] = TypeAdapter(Id)


@contextmanager
def _database(data: Data) -> Iterator[Database]:
    database = open_database(settings_of(None, data))
    try:
        database.migrate()
        yield database
    finally:
        database.close()


@keys_app.command("create")
def create_command(
    user: Annotated[str, typer.Option(help="Id of the user that the key is for.")],
    role: Annotated[str, typer.Option(help="user: own things only; service: any user's.")] = "user",
    name: Annotated[str, typer.Option(help="A note to know the key by.")] = "",
    data: Data = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and print it once. The user's other keys stay valid: revoke the old one when the new one is in use."""
    known = _checked_role(role)
    try:
        user_id = _id.validate_python(user)
    except PydanticError:
        raise ValidationError(
            "--user must be 1 to 50 letters, digits or - _ . : and begin with one of the first two."
        ) from None
    if len(name) > 100:
        raise ValidationError("--name must be at most 100 characters.")
    secret = new_secret()
    with _database(data) as database:
        key = database.create_key(user_id, known, name, key_digest(secret))
    if as_json:
        out.print(json.dumps({"key": secret, **key.model_dump(mode="json")}, ensure_ascii=False))
        return
    say(f"{key.id} for {user_id} ({role}); shown this once, only its digest is kept:")
    out.print(secret)


@keys_app.command("list")
def list_command(data: Data = None, as_json: AsJson = False) -> None:
    """All keys of the table, without the keys themselves. Those of DESIGN_AGENT_API_KEYS are not in it."""
    with _database(data) as database:
        keys = database.list_keys()
    if as_json:
        out.print(json.dumps([key.model_dump(mode="json") for key in keys], ensure_ascii=False))
        return
    print_table([HEADINGS, *(_row(key) for key in keys)])


@keys_app.command("revoke")
def revoke_command(
    key_id: Annotated[str, typer.Argument(help="Id of the key, as list shows it.")], data: Data = None
) -> None:
    """End a key; the next request with it is refused. Again is harmless."""
    with _database(data) as database:
        key = database.revoke_key(key_id)
    out.print(f"revoked {key.id} of {key.user_id}")


def _checked_role(role: str) -> Role:
    if role == "user":
        return "user"
    if role == "service":
        return "service"
    raise ValidationError(f"--role must be one of: {', '.join(ROLES)}.")


def _row(key: ApiKey) -> list[str]:
    used = format_time(key.last_used_at) if key.last_used_at else "never"
    state = f"revoked {format_time(key.revoked_at)}" if key.revoked_at else "valid"
    return [key.id, key.user_id, key.role, key.name, format_time(key.created_at), used, state]
