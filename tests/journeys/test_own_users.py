"""Services that run as compose.yaml runs them: each with a broker user, a database and a share of the keys of its own.

There is no Docker here. What compose's jobs call is called, at a real broker and a real database, and the processes
are given compose's own environment, with other hosts and ports.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import amqp
import psycopg
import pytest
import yaml

from chassis import catalogue
from chassis.keys import KeyFolder
from chassis.sealing import unseal
from tests.journeys.town import PLAIN
from tests.nodes import programs
from tests.nodes.keeper import Keeper
from tests.nodes.node import free_port, plain_environment, wait_until
from tests.nodes.postgres import Postgres
from tests.nodes.rabbit import Rabbit, connect
from tests.nodes.street import Process, ask

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose" / "compose.yaml").read_text(encoding="utf-8"))["services"]
SOURCE = "hotline12345"
# Two dozen processes are started before the first test.
pytestmark = pytest.mark.timeout(400)
#: Enough for an appeal's way from its report to who handles it.
RUN = ("intake", "routing", "hotline")
#: What compose fills in: from its file, or, where there is a dash, with what follows it unless the file says otherwise.
_REQUIRED = re.compile(r"\$\{(\w+)(:\?[^}]*)?\}")
_OPTIONAL = re.compile(r"\$\{(\w+):-([^}]*)\}")


class Machine:
    """A machine on which what compose prepares is prepared."""

    def __init__(self, folder: Path, postgres: Postgres, closing: ExitStack) -> None:
        self.folder = folder
        self.postgres = postgres
        paths = [str(Path(sys.executable).parent), str(programs.postgres()), os.environ["PATH"]]
        self.plain = {**plain_environment(), "PATH": os.pathsep.join(paths), "PYTHONWARNINGS": "ignore"}
        self.run(str(DEPLOY / "passwords"), str(folder / ".env"), SOURCE)
        lines = (folder / ".env").read_text(encoding="ascii").splitlines()
        self.passwords = dict(line.split("=", 1) for line in lines)
        self.keys, self.shares = folder / "keys", folder / "shares"
        self.rabbit = self._broker(closing)
        self._databases()
        self._keys()

    def run(self, *command: str, **environment: str) -> str:
        """Call a program, which must succeed, and return what it prints."""
        done = subprocess.run(
            command, env={**self.plain, **environment}, cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _broker(self, closing: ExitStack) -> Rabbit:
        file = self.folder / "definitions.json"
        words = ["jiesu", *COMPOSE["broker-users"]["command"]]
        places = {"/contracts": str(DEPLOY.parent / "contracts"), "/broker/definitions.json": str(file)}
        self.run(*(places.get(word, word) for word in words), **self.passwords, JIESU_SOURCES=SOURCE)
        [(setting, _)] = re.findall(
            r"^(\w+) = (.*)$", (DEPLOY / "rabbitmq" / "rabbitmq.conf").read_text(encoding="utf-8"), re.MULTILINE
        )
        rabbit = Rabbit(**{setting: str(file)})
        # Where definitions are read there is no guest.
        rabbit.url = f"amqp://ops:{self.passwords['JIESU_OPS_PASSWORD']}@127.0.0.1:{rabbit.port}/%2F"
        return closing.enter_context(rabbit)

    def _databases(self) -> None:
        where = {"PGHOST": "127.0.0.1", "PGPORT": str(self.postgres.port), "PGUSER": "jiesu", "PGDATABASE": "postgres"}
        [name] = COMPOSE["databases"]["entrypoint"]
        command = [name.replace("/prepare", str(DEPLOY / "postgres"), 1), *COMPOSE["databases"]["command"]]
        for _ in range(2):
            self.run(*command, **self.passwords, **where)

    def _keys(self) -> None:
        for volume in COMPOSE["keys"]["volumes"]:
            if "/shares/" in volume:
                (self.shares / volume.rpartition("/")[2]).mkdir(parents=True)
        self.run(str(DEPLOY / "hand-out-keys"), str(self.shares), JIESU_KEYS_DIR=str(self.keys))

    def environment(self, process: str) -> dict[str, str]:
        """Return a process's environment as compose gives it, with this machine's places."""
        given: Mapping[str, str] = COMPOSE[process]["environment"]
        service = COMPOSE[process]["command"][1]
        places = {"@rabbitmq:5672": f"@127.0.0.1:{self.rabbit.port}", "@postgres": f"@127.0.0.1:{self.postgres.port}"}
        made = {}
        for name, value in given.items():
            filled = _REQUIRED.sub(lambda found: self.passwords[found[1]], value)
            filled = _OPTIONAL.sub(lambda found: self.passwords.get(found[1], found[2]), filled)
            for there, here in places.items():
                filled = filled.replace(there, here)
            made[name] = filled
        folder = self.folder / process
        own = {"JIESU_KEYS_DIR": str(self.shares / service), "JIESU_DATA": str(folder), "JIESU_OPS_PORT": "0"}
        return {**self.plain, **made, **own, "EVENTLET_NO_GREENDNS": "yes", "JIESU_LOG_LEVEL": "WARNING"}


@pytest.fixture(scope="module")
def machine(private_postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    with ExitStack() as closing:
        yield Machine(tmp_path_factory.mktemp("machine"), private_postgres, closing)


@pytest.fixture(scope="module")
def intake(machine: Machine) -> Iterator[str]:
    """Start what takes an appeal from its report to who handles it, and give the address of intake's web."""
    keeper, port = Keeper(), free_port()
    processes = []
    try:
        for name in RUN:
            environment = machine.environment(f"{name}-worker")
            script, *words = COMPOSE[f"{name}-worker"]["entrypoint"][2:]
            migrating = [*COMPOSE[f"{name}-worker"]["entrypoint"][:2], script.replace("$$", "$"), *words]
            processes.append(Process(f"{name}-worker", [], environment, machine.folder / f"{name}-worker.log", keeper))
            processes[-1].arguments = [*migrating, *COMPOSE[f"{name}-worker"]["command"]]
        command = [*COMPOSE["intake-web"]["command"][:-1], str(port)]
        environment = machine.environment("intake-web")
        processes.append(Process("intake-web", command, environment, machine.folder / "intake-web.log", keeper))
        for process in processes:
            process.start()
        url = f"http://127.0.0.1:{port}"
        wait_until(lambda: tables_stand(machine), seconds=120, what="The tables of those that run")
        wait_until(lambda: answers(f"{url}/intake/readyz"), seconds=60, what="An answer of intake's web")
        yield url
    finally:
        for process in processes:
            process.kill()
        keeper.dismiss()


def answers(url: str) -> bool:
    try:
        return ask("GET", url)[0] == 200
    except OSError:
        return False


def tables_stand(machine: Machine) -> bool:
    try:
        return all(rows(machine, name, "SELECT count(*) FROM alembic_version") for name in RUN)
    except psycopg.errors.UndefinedTable:
        return False


def rows(machine: Machine, service: str, query: str) -> list[Any]:
    """Ask a service's database as its own role."""
    url = machine.environment(f"{service.replace('_', '-')}-worker")["JIESU_DATABASE_URL"]
    with psycopg.connect(url, options=f"-csearch_path={service}") as connection:
        return connection.execute(query).fetchall()


def test_an_appeal_goes_its_way_through_processes_of_which_each_is_a_user_of_its_own(
    machine: Machine, intake: str
) -> None:
    contact = {"name": "居民甲", "phone": "13800000000"}
    body = {"text": PLAIN, "place": {"text": "黄河八路 1 号"}, "contact": contact}

    status, registered = ask("POST", f"{intake}/intake/api/v1/appeals", body)

    assert status == 201
    case = f"SELECT details FROM cases WHERE subject = '{registered['appeal_id']}' AND details ? 'sealed'"
    wait_until(lambda: bool(rows(machine, "hotline", case)), seconds=60, what="The case and its petitioner")
    [(details,)] = rows(machine, "hotline", case)
    assert unseal(details["sealed"], KeyFolder(machine.shares / "hotline").private("hotline"))["phone"] == "13800000000"


def test_a_source_submits_and_is_answered_by_its_own_user(machine: Machine, intake: str) -> None:
    del intake
    url = f"amqp://{SOURCE}:{machine.passwords['JIESU_HOTLINE12345_PASSWORD']}@127.0.0.1:{machine.rabbit.port}/%2F"
    key = f"{SOURCE}.appeal_submitted.v1"
    data = {"external_number": "N-1", "text": "三号楼前路灯不亮。"}
    event = {"specversion": "1.0", "id": "1", "source": "/other", "type": f"cn.jiesu.{key}", "data": data}

    with connect(url) as connection:
        channel = connection.channel()
        channel.confirm_select()
        channel.basic_publish_confirm(amqp.Message(json.dumps(event), delivery_mode=2), "jiesu.external", key)

        answers: list[Any] = []

        def answered() -> bool:
            answers.append(channel.basic_get(f"{SOURCE}.answers", no_ack=True))
            return answers[-1] is not None

        wait_until(answered, seconds=60, what="The answer")
    told = json.loads(answers[-1].body)
    assert told["type"] == "cn.jiesu.intake.appeal_registered.v1"
    assert told["data"]["external"] == {"source": SOURCE, "number": "N-1"}


def test_no_service_connects_to_anothers_database_or_makes_one(machine: Machine) -> None:
    address = f"host=127.0.0.1 port={machine.postgres.port} user=mediation"

    assert rows(machine, "mediation", "SELECT current_user, current_database()") == [("mediation", "mediation")]
    for service in {*catalogue.names()} - {"mediation"}:
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            psycopg.connect(f"{address} dbname={service}")
    with psycopg.connect(f"{address} dbname=mediation", autocommit=True) as connection:
        for more in ("CREATE DATABASE more", "CREATE ROLE more", "SET ROLE relief", "COPY pg_class TO PROGRAM 'cat'"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(more)


def test_each_service_has_its_own_password(machine: Machine) -> None:
    with psycopg.connect(machine.postgres.url) as connection:
        kept = connection.execute("SELECT rolname, rolpassword FROM pg_authid WHERE rolcanlogin AND NOT rolsuper")
        hashes: dict[str, str] = dict(kept.fetchall())

    assert {*hashes} == {*catalogue.names()}
    assert all(str(hashed).startswith("SCRAM-SHA-256") for hashed in hashes.values())
    assert len({*machine.passwords.values()}) == len(machine.passwords)


def test_each_share_of_the_keys_opens_what_is_for_its_service_and_no_more(machine: Machine) -> None:
    more = {"intake": {"lookup"}, "portal": {"tokens"}}

    for service in catalogue.names():
        private = {file.stem for file in (machine.shares / service / "private").glob("*.jwk")}
        assert private == {service, f"{service}.records", *more.get(service, ())}
        assert KeyFolder(machine.shares / service).services() == catalogue.names()


def test_passwords_are_kept_and_nobody_else_reads_them(machine: Machine) -> None:
    file = machine.folder / ".env"
    before = file.read_text(encoding="ascii")

    added = machine.run(str(DEPLOY / "passwords"), str(file), SOURCE)

    assert added == ""
    assert {name for name, _ in _REQUIRED.findall(str(COMPOSE))} <= {*machine.passwords}
    assert file.read_text(encoding="ascii") == before
    assert file.stat().st_mode & 0o077 == 0


def test_the_doctor_finds_each_service_well_where_it_runs(machine: Machine, intake: str) -> None:
    del intake

    report = json.loads(machine.run("jiesu", "doctor", "hotline", "--json", **machine.environment("hotline-worker")))

    assert report["ok"], report
    assert [one["what"] for one in report["findings"]] == ["mailbox hotline.mailbox", "keys", "PDF", "hotline"]


def test_a_broker_that_reads_the_definitions_has_no_guest(machine: Machine) -> None:
    with (
        pytest.raises(amqp.AccessRefused),
        connect(f"amqp://guest:guest@127.0.0.1:{machine.rabbit.port}/%2F"),
    ):
        pass
