"""Fixtures of the registry: each test that asks for ``address`` runs on both databases."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Engine

from greenanalysis.registry import store
from tests.support.registry_databases import private_server

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with private_server() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'registry.sqlite'}"
    root = request.getfixturevalue("server")
    name = f"registry{next(_numbers)}"
    with psycopg.connect(f"{root}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return f"{root}/{name}"


@pytest.fixture
def engine(address: str) -> Iterator[Engine]:
    made = store.open_engine(store.registry_url(address))
    store.migrate(made)
    yield made
    made.dispose()
