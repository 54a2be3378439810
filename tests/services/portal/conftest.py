"""What the portal's tests stand on: both kinds of databases, and passwords that hash quickly."""

from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from sqlalchemy import create_engine, text

from services.portal import accounts


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash passwords with the least effort: what is tested is not argon2."""
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(accounts, "_HASHER", quick)
    monkeypatch.setattr(accounts, "_NOBODYS", quick.hash("nobody's password"))


@pytest.fixture(params=["sqlite", "postgresql"])
def database_address(request: pytest.FixtureRequest) -> Iterator[str]:
    """Give the address of an empty database of each kind; an empty one stands for an SQLite file."""
    if request.param == "sqlite":
        yield ""
        return
    address = str(request.getfixturevalue("database_url")).replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(address)
    with engine.begin() as connection:
        connection.execute(text("CREATE SCHEMA portal"))
    engine.dispose()
    yield address
