"""The schema: one history for both databases, the same as the models, safe to run by everybody at once."""

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import SQLModel, select

from desk.store import models
from desk.store.engine import DatabaseUrlError, create_engine, database_url, reading, writing
from desk.store.migrate import (
    MIGRATIONS,
    SchemaTooNewError,
    head,
    is_of_kind,
    locked_connection,
    migrate,
    revision_of,
)
from desk.store.settings import load_site
from sessions.ids import GroupId, SeatId
from sessions.settings import Group

pytestmark = pytest.mark.anyio


OLD_SESSION = """
    INSERT INTO session VALUES ('20261123-0001', 'demo:o1', 'demo', 'billing', 'closed', NULL,
    5, 5, 6, 7, 8, 9, 's1', 'agent1', 'seat_end', '', '', 1, 1, 1, 1, 0, 0)
"""


@pytest.fixture(params=["sqlite_url", "empty_postgres_url"], ids=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest) -> str:
    """An empty database, one of each kind in turn."""
    return str(request.getfixturevalue(request.param))


def test_migrations_and_models_agree(url: str) -> None:
    migrate(url)
    with locked_connection(url) as connection:
        opts = {"compare_type": True, "include_object": is_of_kind(connection)}
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, SQLModel.metadata) == []
        assert connection.dialect.has_table(connection, models.MessageTable.__tablename__)


def test_a_second_migration_finds_nothing_to_do_and_is_quick(url: str) -> None:
    assert migrate(url) is True
    started = time.perf_counter()
    assert migrate(url) is False
    assert time.perf_counter() - started < 0.5


async def test_what_an_older_desk_kept_is_kept(url: str) -> None:
    migrate(url, to="0001")
    with locked_connection(url) as connection:
        for statement in (
            "INSERT INTO skill_group (id, name, name_en, required_level) VALUES ('billing', '账单分期', '', 2)",
            "INSERT INTO seat (id, name, soft_cap, active) VALUES ('s1', '一号席', 6, (1 = 1))",
            "INSERT INTO seat_skill (seat, skill_group, level) VALUES ('s1', 'billing', 3)",
            OLD_SESSION,
        ):
            connection.execute(text(statement))
    assert migrate(url) is True
    engine = create_engine(url)
    try:
        async with reading(engine) as session:
            site = await load_site(session)
            kept = (await session.exec(select(models.SessionTable))).one()
    finally:
        await engine.dispose()
    billing = site.groups[GroupId("billing")]
    assert (billing.dispositions.choices[0], billing.dispositions.required) == ("业务咨询", True), (
        "what was in the code"
    )
    as_before = Group(id=GroupId("billing"), name="账单分期", required_level=2, dispositions=billing.dispositions)
    assert billing == as_before
    assert site.seats[SeatId("s1")].skills == {"billing": 3}
    assert (kept.case_id, kept.origin, kept.parks) == ("20261123-0001", "customer", 0)


def test_the_newest_revision_is_told_by_the_file_names() -> None:
    assert head() == ScriptDirectory(str(MIGRATIONS)).get_current_head()


def test_processes_that_start_together_migrate_once(url: str) -> None:
    program = f"from desk.store.migrate import migrate; print(migrate({url!r}))"
    starting = [
        subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=60) for process in starting]
    assert sorted(said.strip() for said, _ in answers) == ["False", "True"], answers


def test_a_database_of_a_newer_desk_is_left_alone(url: str) -> None:
    migrate(url)
    with locked_connection(url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaTooNewError, match="9999"):
        migrate(url)


def test_a_migration_that_fails_leaves_nothing_behind(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_options: object) -> None:
        raise RuntimeError("the power went")

    with monkeypatch.context() as broken:
        broken.setattr("alembic.operations.Operations.create_index", fail)
        with pytest.raises(RuntimeError, match="power"):
            migrate(url)
    with locked_connection(url) as connection:
        assert revision_of(connection) is None
        assert not connection.dialect.has_table(connection, "archive_position")


def test_the_folder_of_a_new_sqlite_file_is_made(tmp_path: Path) -> None:
    file = tmp_path / "var" / "desk.sqlite3"
    assert migrate(f"sqlite:///{file}")
    assert file.exists()


async def test_what_is_written_can_be_read_on_both(url: str) -> None:
    migrate(url)
    engine = create_engine(url)
    try:
        async with writing(engine) as session:
            session.add(models.SkillGroup(id="billing", name="账单分期", name_en="Billing"))
        async with reading(engine) as session:
            found = (await session.exec(select(models.SkillGroup))).one()
        assert found.name == "账单分期"
    finally:
        await engine.dispose()


async def test_a_failed_block_writes_nothing(url: str) -> None:
    migrate(url)
    engine = create_engine(url)
    try:
        with suppress(ZeroDivisionError):
            async with writing(engine) as session:
                session.add(models.SkillGroup(id="billing", name="账单分期"))
                await session.flush()
                raise ZeroDivisionError
        async with reading(engine) as session:
            assert (await session.exec(select(models.SkillGroup))).all() == []
    finally:
        await engine.dispose()


async def test_sqlite_commits_reach_the_disk_and_foreign_keys_hold(sqlite_url: str) -> None:
    migrate(sqlite_url)
    engine = create_engine(sqlite_url)
    try:
        async with engine.connect() as connection:
            wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}
            for pragma, value in wanted.items():
                assert (await connection.exec_driver_sql(f"PRAGMA {pragma}")).scalar() == value
    finally:
        await engine.dispose()


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:///var/desk.sqlite3", "sqlite+aiosqlite"),
        ("postgresql://desk@db/desk", "postgresql+psycopg"),
        ("postgres://desk@db/desk", "postgresql+psycopg"),
        ("postgresql+asyncpg://desk@db/desk", "postgresql+psycopg"),
    ],
)
def test_the_driver_is_ours_however_the_url_is_spelled(given: str, driver: str) -> None:
    assert database_url(given).drivername == driver


@pytest.mark.parametrize("given", ["mysql://desk@db/desk", "var/desk.sqlite3", "sqlite://", "sqlite:///:memory:", ""])
@pytest.mark.parametrize("use", [create_engine, migrate])
def test_a_url_that_will_not_do_is_refused_with_an_example(given: str, use: Callable[[str], object]) -> None:
    with pytest.raises(DatabaseUrlError, match="use sqlite:///"):
        use(given)
