"""The private servers do what the other tests rely on."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import amqp
import psutil
import psycopg
import pytest

from tests.nodes import programs
from tests.nodes.node import wait_until
from tests.nodes.postgres import DatabaseServer, Postgres
from tests.nodes.rabbit import Broker, Rabbit, connect

ROOT = Path(__file__).resolve().parents[2]
PERSISTENT = 2
QUORUM = {"x-queue-type": "quorum"}

OWNER = """
import time
from tests.nodes.postgres import Postgres

with Postgres() as postgres:
    print(postgres.folder, *[process.pid for process in postgres.family()], flush=True)
    time.sleep(60)
"""

# A machine without the packages, and a person who may not install them.
BARE_MACHINE = """
import os, sys
from tests.nodes import programs

os.geteuid = lambda: 1000
programs._rabbitmq = lambda: None
sys.exit(programs.main())
"""


def test_what_a_queue_has_confirmed_survives_a_killed_broker(private_rabbit: Rabbit) -> None:
    with private_rabbit.virtual_host() as url:
        with connect(url) as connection:
            channel = connection.channel()
            channel.confirm_select()
            channel.queue_declare("letters", durable=True, auto_delete=False, arguments=QUORUM)
            channel.basic_publish_confirm(amqp.Message("one", delivery_mode=PERSISTENT), routing_key="letters")
        private_rabbit.settle()

        private_rabbit.kill()
        private_rabbit.start()

        with connect(url) as connection:
            assert connection.channel().basic_get("letters").body == "one"


def test_what_was_committed_survives_a_killed_database(private_postgres: Postgres) -> None:
    with private_postgres.database() as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")

        private_postgres.kill()
        private_postgres.start()

        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT one FROM kept").fetchall() == [(1,)]


def test_a_private_database_keeps_the_default_durability(private_postgres: Postgres) -> None:
    with psycopg.connect(private_postgres.url) as connection:
        settings = [connection.execute(f"SHOW {name}").fetchone() for name in ("fsync", "synchronous_commit")]

    assert settings == [("on",), ("on",)]


def test_private_servers_listen_on_the_loopback_address_only(
    private_rabbit: Rabbit, private_postgres: Postgres
) -> None:
    listening = set()
    for process in (*private_rabbit.family(), *private_postgres.family()):
        # One of the servers' helpers may end while it is looked at.
        with contextlib.suppress(psutil.NoSuchProcess):
            found = process.net_connections("inet")
            listening |= {one.laddr.ip for one in found if one.status == psutil.CONN_LISTEN}

    assert listening
    assert listening <= {"127.0.0.1", "::1"}


def test_each_virtual_host_is_empty(rabbit: Broker) -> None:
    with rabbit.virtual_host() as url, connect(url) as connection:
        connection.channel().exchange_declare("jiesu", "topic", durable=True, auto_delete=False)

    with rabbit.virtual_host() as url, connect(url) as connection, pytest.raises(amqp.NotFound):
        connection.channel().exchange_declare("jiesu", "topic", passive=True)


def test_a_database_can_be_the_copy_of_another(postgres: DatabaseServer) -> None:
    with postgres.database() as url:
        with psycopg.connect(url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")

        with postgres.database(template=url.rpartition("/")[2]) as copy, psycopg.connect(copy) as connection:
            assert connection.execute("SELECT one FROM kept").fetchall() == [(1,)]


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_of_a_server_whose_owner_was_killed(end: signal.Signals) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    folder, *pids = owner.stdout.readline().split()
    assert pids
    assert Path(folder).exists()

    owner.send_signal(end)
    owner.wait()

    wait_until(lambda: not Path(folder).exists(), seconds=20, what="The removal of the server's folder")
    assert not [pid for pid in map(int, pids) if psutil.pid_exists(pid) and _runs(pid)]
    owner.stdout.close()


def test_a_missing_server_is_named_in_one_sentence(tmp_path: Path) -> None:
    asked = subprocess.run(
        [sys.executable, "-c", BARE_MACHINE],
        cwd=ROOT,
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert asked.returncode == 1
    assert asked.stderr == (
        "The tests need RabbitMQ: install it (Debian, Ubuntu: apt-get install rabbitmq-server),"
        " or set JIESU_TEST_AMQP_URL.\n"
    )


def test_the_browser_is_here() -> None:
    assert programs.chromium().exists()


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
