"""Broker users made from the contracts, at a real RabbitMQ: each does its own work, and is refused all else."""

from __future__ import annotations

import base64
import json
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import amqp
import pytest
from click.testing import CliRunner

from chassis import catalogue, wire
from chassis.broker import OPS, SourceNameError, definitions, grants, hashed
from chassis.commands import jiesu
from chassis.contracts import load
from chassis.relay import declare, mailbox_queue, make_post
from chassis.testing import START, Room
from tests.nodes.rabbit import Rabbit, connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONTRACTS = load(Path(__file__).parents[2] / "contracts")
SPECS = [catalogue.spec(name) for name in catalogue.names()]
GRANTS = {grant.user: grant for grant in grants(CONTRACTS, SPECS, ["hotline12345", "other-line"])}
DISPATCHED = "routing.appeal_dispatched.v1"
SUBMITTED = "hotline12345.appeal_submitted.v1"


def secret(user: str) -> str:
    return f"{user}/密码 secret"


def dispatched(mechanism: str) -> wire.Letter:
    return wire.Letter(id="1", key=DISPATCHED, subject="A", time=START, data={"mechanism": mechanism})


class Users:
    """The users of a broker into which the definitions were loaded."""

    def __init__(self, rabbit: Rabbit) -> None:
        self.rabbit = rabbit

    def url(self, user: str) -> str:
        """Return the address of the broker for a user."""
        quoted = "".join(f"%{byte:02X}" for byte in secret(user).encode())
        return f"amqp://{user}:{quoted}@127.0.0.1:{self.rabbit.port}/%2F"

    @contextmanager
    def channel(self, user: str) -> Iterator[Any]:
        """Open a channel on which what is published is confirmed or refused."""
        with connect(self.url(user)) as connection:
            channel = connection.channel()
            channel.confirm_select()
            yield channel

    def take(self, queue: str) -> Any:
        """Take the next message out of a queue, or None."""
        with self.channel(OPS) as channel:
            return channel.basic_get(queue, no_ack=True)

    def publish(self, user: str, exchange: str, key: str, body: bytes = b"{}", **properties: Any) -> None:
        """Publish one message."""
        with self.channel(user) as channel:
            channel.basic_publish_confirm(amqp.Message(body, **properties), exchange, key)


@pytest.fixture(scope="module")
def users(private_rabbit: Rabbit, tmp_path_factory: pytest.TempPathFactory) -> Users:
    file = tmp_path_factory.mktemp("broker") / "definitions.json"
    found = definitions(CONTRACTS, SPECS, sources=["hotline12345", "other-line"], password=secret)
    file.write_text(json.dumps(found), encoding="utf-8")
    private_rabbit.ctl("import_definitions", str(file))
    return Users(private_rabbit)


@pytest.fixture(autouse=True)
def _emptied(users: Users) -> Iterator[None]:
    yield
    with users.channel(OPS) as channel:
        for spec in SPECS:
            channel.queue_purge(spec.mailbox)
        channel.queue_purge("hotline12345.answers")


# -- what each may do -------------------------------------------------------------


def test_each_service_finds_its_mailbox_binds_it_and_posts(users: Users) -> None:
    for spec in SPECS:
        declare(users.url(spec.name), [spec])

    post = make_post(users.url("routing"), catalogue.spec("routing"))
    post.send([type("Row", (), {"id": "1", "key": DISPATCHED, "body": wire.encode(dispatched("mediation"))})])
    post.close()

    with connect(users.url("mediation")) as connection:
        message = connection.channel().basic_get("mediation.mailbox", no_ack=True)
    assert message.delivery_info["routing_key"] == DISPATCHED
    assert users.take("enforcement.mailbox") is None


def test_a_binding_that_went_astray_is_made_again_by_the_service_itself(users: Users) -> None:
    key = f"{DISPATCHED}.to.mediation"
    with users.channel(OPS) as channel:
        channel.queue_unbind("mediation.mailbox", "jiesu", key)

    declare(users.url("mediation"), [catalogue.spec("mediation")])
    users.publish("routing", "jiesu", key)

    assert users.take("mediation.mailbox") is not None


def test_a_source_submits_under_its_own_name_and_reads_what_is_addressed_to_it(users: Users) -> None:
    users.publish("hotline12345", "jiesu.external", SUBMITTED)
    told = "intake.submission_rejected.v1"
    users.publish("intake", "jiesu", told, b"mine", application_headers={"CC": [f"{told}.to.hotline12345"]})
    users.publish("intake", "jiesu", told, b"another's", application_headers={"CC": [f"{told}.to.other-line"]})

    assert users.take("intake.mailbox").delivery_info["routing_key"] == SUBMITTED
    with users.channel("hotline12345") as channel:
        assert channel.basic_get("hotline12345.answers", no_ack=True).body == b"mine"
        assert channel.basic_get("hotline12345.answers", no_ack=True) is None


# -- what each may not do ---------------------------------------------------------


def published(exchange: str, key: str, **properties: Any) -> Callable[[Any], object]:
    return lambda channel: channel.basic_publish_confirm(amqp.Message("{}", **properties), exchange, key)


def bound(queue: str, exchange: str, key: str) -> Callable[[Any], object]:
    return lambda channel: channel.queue_bind(queue, exchange, key)


def taken(queue: str) -> Callable[[Any], object]:
    return lambda channel: channel.basic_get(queue)


def made_to_forge(channel: Any) -> None:
    """Make a queue of which what is refused goes on with another's key."""
    arguments = {"x-dead-letter-exchange": "jiesu", "x-dead-letter-routing-key": DISPATCHED}
    channel.queue_declare("mediation.forgery", durable=True, auto_delete=True, arguments=arguments)


FORBIDDEN: dict[str, tuple[str, Callable[[Any], object]]] = {
    "tell as another service": ("mediation", published("jiesu", DISPATCHED)),
    "tell as a service whose name begins alike": ("mediation", published("jiesu", "mediation_two.case_accepted.v1")),
    "submit as a source": ("mediation", published("jiesu.external", SUBMITTED)),
    "put into another's mailbox": ("mediation", published("", "enforcement.mailbox")),
    "put into its own mailbox past the exchange": ("mediation", published("", "mediation.mailbox")),
    "read another's mailbox": ("mediation", taken("enforcement.mailbox")),
    "read a source's answers": ("mediation", taken("hotline12345.answers")),
    "hear everything": ("mediation", bound("mediation.mailbox", "jiesu", "#")),
    "hear what no contract lets it read": ("mediation", bound("mediation.mailbox", "jiesu", "intake.appeal_merged.v1")),
    "hear what is addressed to anybody": ("mediation", bound("mediation.mailbox", "jiesu", DISPATCHED)),
    "hear what is addressed to another": ("mediation", bound("mediation.mailbox", "jiesu", f"{DISPATCHED}.to.relief")),
    "hear what sources submit": ("mediation", bound("mediation.mailbox", "jiesu.external", "*.appeal_submitted.v1")),
    "bind another's mailbox": ("mediation", bound("enforcement.mailbox", "jiesu", DISPATCHED)),
    "empty another's mailbox": ("mediation", lambda channel: channel.queue_purge("relief.mailbox")),
    "make a queue": ("mediation", made_to_forge),
    "make an exchange": ("mediation", lambda channel: channel.exchange_declare("made", "topic", auto_delete=True)),
    "submit as another source": ("hotline12345", published("jiesu.external", "other-line.appeal_submitted.v1")),
    "submit another fact": ("hotline12345", published("jiesu.external", "hotline12345.case_concluded.v1")),
    "tell on the inner exchange": ("hotline12345", published("jiesu", "intake.appeal_registered.v1")),
    "put into intake's mailbox": ("hotline12345", published("", "intake.mailbox")),
    "read intake's mailbox": ("hotline12345", taken("intake.mailbox")),
    "read another source's answers": ("hotline12345", taken("other-line.answers")),
    "hear more answers": ("hotline12345", bound("hotline12345.answers", "jiesu", "#")),
    "hear what others submit": ("hotline12345", bound("hotline12345.answers", "jiesu.external", "#")),
}


@pytest.mark.parametrize(("user", "act"), FORBIDDEN.values(), ids=FORBIDDEN.keys())
def test_what_a_user_has_no_business_with_is_refused_to_it_alone(
    users: Users, user: str, act: Callable[[Any], object]
) -> None:
    with users.channel(user) as channel, pytest.raises(amqp.AccessRefused):
        act(channel)
    # The same by who may do everything is no error: it was the rights that were missing.
    with users.channel(OPS) as channel:
        act(channel)


@pytest.mark.parametrize("remove", ["queue_delete", "exchange_delete"])
def test_a_service_can_delete_neither_its_mailbox_nor_the_exchange(users: Users, remove: str) -> None:
    name = "mediation.mailbox" if remove == "queue_delete" else "jiesu"

    with users.channel("mediation") as channel, pytest.raises(amqp.AccessRefused):
        getattr(channel, remove)(name)


def test_a_user_that_gives_itself_out_for_another_is_refused(users: Users) -> None:
    users.publish("hotline12345", "jiesu.external", SUBMITTED, user_id="hotline12345")
    with pytest.raises(amqp.PreconditionFailed):
        users.publish("hotline12345", "jiesu.external", SUBMITTED, user_id="other-line")


def test_a_second_key_forges_nothing_since_readers_go_by_the_first(users: Users, tmp_path: Path) -> None:
    """RabbitMQ 3 checks no rights for the keys in CC: it takes the letter to another's mailbox, under its true name."""
    body = wire.encode(dispatched("enforcement"))
    copies = {"CC": [f"{DISPATCHED}.to.enforcement"]}
    users.publish("mediation", "jiesu", "mediation.case_accepted.v1", body, application_headers=copies)
    message = users.take("enforcement.mailbox")
    room = Room(catalogue.service("enforcement"), tmp_path)

    room.inbox.take([(bytes(message.body), message.delivery_info["routing_key"])])

    with room.database.read() as session:
        [parked] = session.execute(room.blueprint.store.parked.select())
    assert (parked.kind, parked.dead) == ("malformed", True)
    assert parked.reason == f"type says '{DISPATCHED}' but it came as 'mediation.case_accepted.v1'"


# -- how they are made ------------------------------------------------------------


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_every_subscription_has_a_contract_that_lets_it_be_bound(spec: Any) -> None:
    topics = GRANTS[spec.name].topics

    refused = [
        (one.exchange.name, one.routing_key)
        for one in mailbox_queue(spec).bindings
        if one.exchange.name not in topics or not re.search(topics[one.exchange.name].read, one.routing_key)
    ]

    assert refused == []


def test_a_service_that_is_not_installed_here_may_hear_what_its_contracts_say() -> None:
    [mediation] = [grant for grant in grants(CONTRACTS, []) if grant.user == "mediation"]
    heard = mediation.topics["jiesu"].read

    assert re.search(heard, DISPATCHED)
    assert re.search(heard, f"{DISPATCHED}.to.mediation")
    assert not re.search(heard, f"{DISPATCHED}.to.relief")
    assert not re.search(heard, "intake.appeal_merged.v1")


def test_a_fact_that_one_service_tells_as_yet_may_be_heard_from_all_that_will() -> None:
    heard = GRANTS["routing"].topics["jiesu"].read

    assert re.search(heard, "*.case_paused.v1")
    assert not re.search(heard, "*.upstream_extended.v1")


def test_no_two_mailboxes_are_open_to_one_user() -> None:
    for user, grant in GRANTS.items():
        assert grant.configure == "^$"
        assert [spec.mailbox for spec in SPECS if re.search(grant.read, spec.mailbox)] == (
            [f"{user}.mailbox"] if user in catalogue.names() else []
        )


@pytest.mark.parametrize(
    "name", ["mediation", "ops", "external", "Hotline", "a.b", "", "a|b", "wage-recovery", "postgres"]
)
def test_a_source_needs_a_name_of_its_own(name: str) -> None:
    with pytest.raises(SourceNameError, match=re.escape(repr(name))):
        grants(CONTRACTS, SPECS, [name])


def test_two_sources_whose_passwords_would_be_the_same_are_refused() -> None:
    with pytest.raises(SourceNameError, match="'line_1'"):
        grants(CONTRACTS, SPECS, ["line-1", "line_1"])


def test_a_password_is_hashed_as_rabbitmq_documents_it() -> None:
    # https://www.rabbitmq.com/docs/passwords#computing-password-hash
    assert hashed("test12", bytes.fromhex("908DC60A")) == "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"


def test_the_command_takes_passwords_from_environment_and_files_and_writes_none(tmp_path: Path) -> None:
    file = tmp_path / "intake"
    file.write_text("very-secret-file\n", encoding="utf-8")
    env: dict[str, str | None] = {f"JIESU_{name.upper()}_PASSWORD": f"very-secret-{name}" for name in catalogue.names()}
    env |= {"JIESU_OPS_PASSWORD": "very-secret-ops", "JIESU_OTHER_LINE_PASSWORD": "very-secret-line"}
    env |= {"JIESU_INTAKE_PASSWORD": None, "JIESU_INTAKE_PASSWORD_FILE": str(file)}
    words = ["contracts", "broker", "--out", str(tmp_path / "definitions.json"), "--source", "other-line"]

    done = CliRunner().invoke(jiesu, words, env=env)
    missing = CliRunner().invoke(jiesu, words, env={**env, "JIESU_RELIEF_PASSWORD": None})

    assert done.exit_code == 0, done.output
    written = (tmp_path / "definitions.json").read_text(encoding="utf-8")
    assert "very-secret" not in written
    kept = {one["name"]: base64.b64decode(one["password_hash"]) for one in json.loads(written)["users"]}
    assert base64.b64decode(hashed("very-secret-file", kept["intake"][:4])) == kept["intake"]
    assert {*kept} == {"ops", "other-line", *catalogue.names()}
    assert missing.exit_code == 2
    assert "JIESU_RELIEF_PASSWORD is not set" in missing.output
