"""The migrated schema on a MySQL server, beside the known one on the same server."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from configs.servers import ServerSettings
from storage.database.mysql import MysqlDatabase
from tests.contract.mysql_databases import connect, lend_bare, settings_of
from tests.storage.mysql_schema import ServerTable, create_seed, describe
from tests.storage.test_schema import ADDED_COLUMNS, ADDED_INDEXES, SEED, SIDE_TABLES


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, ServerTable], dict[str, ServerTable]]:
    """The known schema and ours."""
    folders = [tmp_path_factory.mktemp(name) for name in ("seed", "ours")]
    for folder in folders:
        lend_bare(folder)
    urls = [url_of(folder) for folder in folders]
    create_seed(urls[0])
    database = MysqlDatabase(settings_of(folders[1]))
    database.migrate()
    database.close()
    return describe(urls[0]), describe(urls[1])


def url_of(folder: Path) -> str:
    url = settings_of(folder).database_url
    assert url is not None
    return url.get_secret_value()


@pytest.mark.parametrize("table", SEED)
def test_known_table_is_kept_to_the_letter(
    schemas: tuple[dict[str, ServerTable], dict[str, ServerTable]], table: str
) -> None:
    known, ours = (schema[table] for schema in schemas)
    assert len(known.columns) == len(SEED[table].columns)
    added = ADDED_COLUMNS.get(table, {})
    assert list(ours.columns) == [*known.columns, *added]
    # An index of ours shows in the key of its column; it is compared below.
    indexed = set(ADDED_INDEXES.get(table, {}).values())
    for column, definition in known.columns.items():
        assert ours.columns[column][: -1 if column in indexed else None] == (
            definition[:-1] if column in indexed else definition
        )
    assert {name: index for name, index in ours.indexes.items() if name in known.indexes} == known.indexes
    assert set(ours.indexes) - set(known.indexes) == set(ADDED_INDEXES.get(table, {}))
    assert ours.options == known.options == ("InnoDB", "utf8mb4_unicode_ci")
    assert ours.checks == known.checks


def test_everything_else_is_in_side_tables(
    schemas: tuple[dict[str, ServerTable], dict[str, ServerTable]],
) -> None:
    _, ours = schemas
    assert set(ours) == set(SEED) | SIDE_TABLES | {"alembic_version"}
    assert {ours[name].options for name in SIDE_TABLES} == {("InnoDB", "utf8mb4_unicode_ci")}
    assert ours["outbox"].indexes["idx_queue"] == (False, ["claimed_at", "priority DESC", "turn", "id"])


def test_missing_database_is_made_with_the_known_character_set(tmp_path: Path) -> None:
    lend_bare(tmp_path)
    url = make_url(url_of(tmp_path))
    with connect(url_of(tmp_path)) as connection, connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {url.database}")
    database = MysqlDatabase(ServerSettings(database_url=url_of(tmp_path)))
    database.migrate()
    database.ping()
    database.close()
    with connect(url_of(tmp_path)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT default_character_set_name, default_collation_name FROM information_schema.schemata "
                       "WHERE schema_name = DATABASE()")  # fmt: skip
        assert cursor.fetchone() == ("utf8mb4", "utf8mb4_unicode_ci")
