"""A private PostgreSQL with its default durability: `with Postgres() as postgres, postgres.database() as url: …`."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import uuid
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.nodes import programs
from tests.nodes.node import Node, NodeError, free_port, plain_environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import psutil


class DatabaseServer:
    """A PostgreSQL that somebody runs, on which databases may be made."""

    def __init__(self, url: str) -> None:
        self.url = url.replace("postgresql+psycopg://", "postgresql://", 1)

    @contextmanager
    def database(self, template: str | None = None) -> Iterator[str]:
        """Make an empty database, or a copy of the named one, yield its address and drop it in the end."""
        url = self.create_database(template)
        try:
            yield url
        finally:
            self.drop_database(url)

    def create_database(self, template: str | None = None) -> str:
        """Make a database and return its address."""
        name = f"jiesu_test_{uuid.uuid4().hex[:12]}"
        self._do("CREATE DATABASE {} TEMPLATE {}", name, template or "template0")
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    def drop_database(self, url: str) -> None:
        """Drop a database, cutting off who is still connected."""
        self._do("DROP DATABASE IF EXISTS {} WITH (FORCE)", urlsplit(url).path.lstrip("/"))

    def _do(self, statement: str, *names: str) -> None:
        query = sql.SQL(statement).format(*map(sql.Identifier, names))
        with psycopg.connect(self.url, autocommit=True, connect_timeout=10) as connection:
            connection.execute(query)


class Postgres(Node, DatabaseServer):
    """A PostgreSQL of our own, in a folder of its own, on a port of its own, on the loopback address only."""

    name = "postgres"

    def __init__(self, **settings: str) -> None:
        self._programs = programs.postgres()
        Node.__init__(self)
        self.port = free_port()
        DatabaseServer.__init__(self, f"postgresql://jiesu@127.0.0.1:{self.port}/postgres")
        self._settings = {"max_connections": "300", **settings}

    def start(self) -> None:
        """Start it, on a new cluster the first time."""
        if not self._cluster.exists():
            self._make_cluster()
        super().start()

    @property
    def _cluster(self) -> Path:
        return self.folder / "cluster"

    def _make_cluster(self) -> None:
        owner = self._owner()
        if owner:
            shutil.chown(self.folder, owner, pwd.getpwnam(owner).pw_gid)
        made = subprocess.run(
            [
                self._programs / "initdb",
                *("--pgdata", self._cluster),
                *("--username", "jiesu"),
                *("--auth", "trust"),
                *("--encoding", "UTF8"),
                *("--locale", "C"),
                "--no-sync",
                "--no-instructions",
            ],
            cwd=self.folder,
            env=self._environment(),
            user=owner,
            group=owner,
            extra_groups=[] if owner else None,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            message = f"initdb failed:\n{made.stdout}{made.stderr}"
            raise NodeError(message)

    def _command(self) -> Sequence[str | Path]:
        own = {"listen_addresses": "127.0.0.1", "port": str(self.port), "unix_socket_directories": ""}
        return [
            self._programs / "postgres",
            *("-D", self._cluster),
            *(part for name, value in (own | self._settings).items() for part in ("-c", f"{name}={value}")),
        ]

    def _environment(self) -> Mapping[str, str]:
        # A foreign language's messages would hide what to look for.
        return plain_environment() | {"LC_ALL": "C"}

    def _owner(self) -> str | None:
        # PostgreSQL refuses to run as root.
        if os.geteuid() != 0:
            return None
        known = {user.pw_name for user in pwd.getpwall()}
        return "postgres" if "postgres" in known else "nobody"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _ask_to_stop(self, process: psutil.Popen) -> None:
        # Fast shutdown: roll back, cut off, write a checkpoint.
        process.send_signal(signal.SIGINT)
