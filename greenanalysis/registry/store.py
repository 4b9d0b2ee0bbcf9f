"""The database of the registry: SQLite file by default, PostgreSQL by URL, the same code."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, func, inspect, select, text, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError
from sqlalchemy.orm import Session

from greenanalysis.core.errors import InputError, input_error
from greenanalysis.core.paths import user_dir
from greenanalysis.registry.models import Base, Change

_VARIABLE = "GREENANALYSIS_REGISTRY"
_LOCK = 5_728_417_001
_WAIT_SECONDS = 120
_CONNECT_SECONDS = 10
_FULL = ("disk is full", "disk i/o error", "no space left", "disk full", "could not extend file")


def registry_url(given: str | None = None) -> URL:
    """Return the address of the registry: given, else of ``$GREENANALYSIS_REGISTRY``, else a file.

    Raises
    ------
    InputError : not an address of SQLite or PostgreSQL.
    """
    stated = given or os.environ.get(_VARIABLE) or f"sqlite:///{user_dir() / 'registry.sqlite'}"
    if "://" not in stated:
        stated = f"sqlite:///{Path(stated).expanduser().resolve()}"
    allowed = "a file, sqlite:///FILE or postgresql://USER@HOST/NAME"
    try:
        stated.encode()  # the databases take no name that is not Unicode
        url = make_url(stated)
    except (ArgumentError, UnicodeEncodeError):
        raise input_error("registry", where="--registry", allowed=allowed, got=stated) from None
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() != "sqlite" or not url.database:
        got = url.render_as_string(hide_password=True)
        raise input_error("registry", where="--registry", allowed=allowed, got=got)
    return url


def open_engine(url: URL, *, read_only: bool = False, wait: float = _WAIT_SECONDS) -> Engine:
    """Return an engine whose writers wait for each other and whose readers never write.

    Parameters
    ----------
    url : as of :func:`registry_url`.
    read_only : whether nothing can be written. A file on a medium that cannot be written is
        opened as one that nobody changes.
    wait : how long a writer waits for another one, s.
    """
    if url.get_backend_name() == "postgresql":
        options = (
            "-c default_transaction_read_only=on -c statement_timeout=30000 "
            r"-c default_transaction_isolation=repeatable\ read"
            if read_only
            else f"-c lock_timeout={int(wait * 1000)}"
        )
        arguments = {"options": options, "connect_timeout": _CONNECT_SECONDS}
        return create_engine(url, connect_args=arguments, pool_pre_ping=True)
    file = Path(str(url.database)).resolve()
    if read_only:
        query = {"mode": "ro", "uri": "true"}
        if not os.access(file.parent, os.W_OK):  # a reader of a log in WAL mode writes beside it
            query["immutable"] = "1"
        url = url.set(database=f"file:{quote(file.as_posix())}", query=query)
    else:
        file.parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": wait})
    event.listen(engine, "connect", _sqlite_read if read_only else _sqlite_write)
    event.listen(engine, "begin", _begin_read if read_only else _begin_write)
    return engine


def _sqlite_write(connection: Any, record: object) -> None:
    del record
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_read(connection: Any, record: object) -> None:
    del record
    connection.isolation_level = None
    connection.execute("PRAGMA query_only=ON")


def _begin_write(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_read(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def migrate(engine: Engine) -> str:
    """Bring the database to the newest layout, in one transaction; return its revision."""
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext

    config = Config()
    config.set_main_option(
        "script_location", str(Path(__file__).parent / "migrations").replace("%", "%%")
    )
    config.set_main_option("path_separator", "os")
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        return str(MigrationContext.configure(connection).get_current_revision())


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """Give one connection in one transaction: all of it or nothing, one writer at a time.

    Raises
    ------
    InputError : the disk is full, the database cannot be reached or is not a registry.
    """
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            yield connection
    except DBAPIError as error:
        raise _database_error(error, engine) from error


@contextmanager
def write_session(engine: Engine) -> Iterator[Session]:
    """Give a session in one transaction, see :func:`writing`."""
    with writing(engine) as connection, Session(bind=connection, autoflush=True) as session:
        yield session
        session.flush()


@contextmanager
def read_session(engine: Engine) -> Iterator[Session]:
    """Give a session to read with; what it sees does not change while it lasts.

    Raises
    ------
    InputError : the database cannot be reached or is not a registry.
    """
    try:
        with Session(bind=engine) as session:
            yield session
            session.expunge_all()
    except DBAPIError as error:
        raise _database_error(error, engine) from error


def _database_error(error: DBAPIError, engine: Engine) -> Exception:
    """Return an error of the database as one clear line; a mistake in the code stays what it is."""
    said = str(error.orig).strip().splitlines()[0] if error.orig else str(error)
    where = engine.url.render_as_string(hide_password=True)
    if any(words in said.lower() for words in _FULL):
        return InputError(
            f"the disk of the registry {where} is full or cannot be written ({said}); "
            "nothing was changed: free some space and try again"
        )
    if "no such table" in said or "does not exist" in said:
        return InputError(f"{where} is not a registry yet ({said}): greenanalysis registry init")
    if isinstance(error, OperationalError) or "not a database" in said:
        return InputError(f"the registry {where} cannot be used: {said}")
    return error


def _is_registry(engine: Engine) -> bool:
    """Return whether the database has the tables of the registry."""
    try:
        return inspect(engine).has_table("change")
    except DBAPIError:
        return False


def newest_change(url: URL) -> int:
    """Return the number of the newest change of a registry.

    Raises
    ------
    InputError : there is no registry at that address.
    """
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        raise InputError(f"there is no registry {url.database} yet: greenanalysis registry init")
    engine = open_engine(url, read_only=True)
    try:
        with read_session(engine) as session:
            return int(session.scalar(select(func.max(Change.id))) or 0)
    finally:
        engine.dispose()


def now() -> dt.datetime:
    """Return the time in UTC without zone, to the second, as all tables keep it."""
    return dt.datetime.now(dt.UTC).replace(tzinfo=None, microsecond=0)


def insert_rows(
    session: Session, model: type[Base], rows: Sequence[dict[str, Any]], *, who: str
) -> list[int]:
    """Insert rows in few statements; the database writes their history. Return their ids."""
    from sqlalchemy import insert

    if not rows:
        return []
    table: Any = model
    first = (session.scalar(select(func.max(table.id))) or 0) + 1
    stamp = {"changed_by": who, "changed_at": now(), "deleted_at": None}
    session.execute(
        insert(table.__table__), [{**row, **stamp, "id": first + n} for n, row in enumerate(rows)]
    )
    if session.get_bind().dialect.name == "postgresql":
        name = model.__tablename__
        session.execute(
            text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), :last)"),
            {"last": first + len(rows) - 1},
        )
    return list(range(first, first + len(rows)))


def change_row(
    session: Session, model: type[Base], key: int, values: dict[str, Any], *, who: str
) -> None:
    """Change a row; what it was before stays in the history."""
    table: Any = model
    stamp = {"changed_by": who, "changed_at": now()}
    session.execute(update(model).where(table.id == key).values(**values, **stamp))


def remove_row(session: Session, model: type[Base], key: int, *, who: str) -> None:
    """Take a row out of all views; it stays in the table and in the history."""
    change_row(session, model, key, {"deleted_at": now()}, who=who)


def history(session: Session, entity: str, key: int) -> list[Change]:
    """Return all states of one row, the oldest first."""
    query = select(Change).where(Change.entity == entity, Change.entity_id == key)
    return list(session.scalars(query.order_by(Change.id)))
