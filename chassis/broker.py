"""Who may do what at the broker, read off the contracts: a user for each service, and one for each system outside.

    service   writes to `jiesu`, with keys that begin with its own name, and binds and reads its own mailbox
    source    writes to `jiesu.external`, with the keys `<source>.<fact>` of the contracts, and reads `<source>.answers`

Nobody but `ops` makes or deletes anything: a mailbox of a service's own making could dead-letter forged keys into the
exchange, since the broker checks no topic on that way. Exchanges, mailboxes and bindings are those of `chassis.relay`.

https://www.rabbitmq.com/docs/access-control · https://www.rabbitmq.com/docs/definitions
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from chassis.blueprint import EXTERNAL, INTERNAL
from chassis.contracts import OUTSIDE
from chassis.relay import EXCHANGES, mailbox_queue

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

    from chassis.blueprint import Blueprint
    from chassis.contracts import Contract

#: The user that may do everything: it makes what is missing, and replays history into mailboxes.
OPS: Final = "ops"
#: Whose passwords `deploy/passwords` keeps beside those of the broker's users.
_OTHERS: Final = ("postgres", "grafana")
NOTHING: Final = "^$"
_SALT_BYTES = 4
#: The oldest of the answers that a source never fetches make way.
_MOST_ANSWERS = 100_000


class SourceNameError(ValueError):
    """A name that no system outside can have; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What one user may do, as RabbitMQ's regular expressions; `topics` holds those of routing keys, by exchange."""

    user: str
    write: str
    read: str
    configure: str = NOTHING
    topics: Mapping[str, Topics]


@dataclass(frozen=True, slots=True, kw_only=True)
class Topics:
    """The routing keys that a user may write to an exchange, and those that it may bind its mailbox by."""

    write: str = NOTHING
    read: str = NOTHING


# -- grants -------------------------------------------------------------------


def grants(
    contracts: Mapping[str, Contract], blueprints: Iterable[Blueprint], sources: Collection[str] = ()
) -> list[Grant]:
    """Return what each service of the contracts and each source may do; raises SourceNameError.

    A service that is not among the blueprints may bind by every key that the contracts let it read; one that is, by
    those alone that it binds by: what is addressed to others is none of its business.
    """
    services = _services(contracts)
    specs = {blueprint.name: blueprint for blueprint in blueprints}
    # A password is known by a name in which _ and - are the same: nobody gets that of another.
    known = {*services, OPS, OUTSIDE, *_OTHERS}
    for source in dict.fromkeys(sources):
        plain = source.replace("-", "_")
        if plain in known or not re.fullmatch(r"[a-z0-9_-]+", source):
            message = (
                f"a source can't be called {source!r}: write a name of its own, in lower-case letters, digits, _, -"
                " (which count as the same)"
            )
            raise SourceNameError(message)
        known.add(plain)
    return [
        *(_service(name, contracts.values(), specs.get(name)) for name in services),
        *(_source(name, contracts.values()) for name in sorted(sources)),
    ]


def _services(contracts: Mapping[str, Contract]) -> list[str]:
    named = {name for contract in contracts.values() for name in (contract.told_by, *contract.read_by)}
    return sorted(named - {OUTSIDE})


def _service(name: str, contracts: Collection[Contract], blueprint: Blueprint | None) -> Grant:
    mailbox = f"{name}.mailbox"
    heard = {exchange: _readable(name, exchange, contracts) for exchange in (INTERNAL, EXTERNAL)}
    if blueprint is not None:
        heard = {exchange: _bound(blueprint, exchange, allowed) for exchange, allowed in heard.items()}
    topics = {INTERNAL: Topics(write=rf"^{name}\.", read=heard[INTERNAL])}
    if heard[EXTERNAL] != NOTHING:
        topics[EXTERNAL] = Topics(read=heard[EXTERNAL])
    return Grant(user=name, write=_one_of(INTERNAL, mailbox), read=_one_of(*topics, mailbox), topics=topics)


def _bound(blueprint: Blueprint, exchange: str, allowed: str) -> str:
    """Return the keys by which a service binds its mailbox, as far as they are allowed."""
    bindings = [one for one in mailbox_queue(blueprint).bindings if one.exchange.name == exchange]
    keys = sorted(one.routing_key for one in bindings if re.search(allowed, one.routing_key))
    return _one_of(*keys) if keys else NOTHING


def _readable(name: str, exchange: str, contracts: Iterable[Contract]) -> str:
    """Return the binding keys by which a service hears what it reads and nothing else; `*` where it hears every teller."""
    tellers: dict[str, set[str]] = {}
    read: dict[str, set[str]] = {}
    for contract in contracts:
        if contract.exchange == exchange:
            teller, _, fact = contract.address.partition(".")
            tellers.setdefault(fact, set()).add(teller)
            if name in contract.read_by:
                read.setdefault(fact, set()).add(teller)
    keys = []
    for fact, heard in sorted(read.items()):
        everybody = heard == tellers[fact]
        keys += [rf"[^.]+\.{re.escape(fact)}"] if everybody else [re.escape(f"{one}.{fact}") for one in sorted(heard)]
    # A letter to one reader has a second key that ends with its name.
    return rf"^({'|'.join(keys)})(\.to\.{name})?$" if keys else NOTHING


def _source(name: str, contracts: Iterable[Contract]) -> Grant:
    facts = [contract.key.partition(".")[2] for contract in contracts if contract.told_by == OUTSIDE]
    return Grant(
        user=name,
        write=_one_of(EXTERNAL),
        read=_one_of(_answers(name)),
        topics={EXTERNAL: Topics(write=_one_of(*(f"{name}.{fact}" for fact in facts)))},
    )


def _answers(source: str) -> str:
    return f"{source}.answers"


def _one_of(*names: str) -> str:
    found = [re.escape(name) for name in names]
    return f"^({'|'.join(found)})$" if len(found) > 1 else f"^{found[0]}$"


# -- definitions --------------------------------------------------------------


def definitions(
    contracts: Mapping[str, Contract],
    blueprints: Iterable[Blueprint],
    *,
    sources: Collection[str] = (),
    password: Callable[[str], str],
    vhost: str = "/",
) -> dict[str, Any]:
    """Return RabbitMQ's definitions: users, what they may do, exchanges, mailboxes and bindings.

    `password` gives each user's secret, of which only a salted hash is kept. Raises SourceNameError.
    """
    specs = [*blueprints]
    found = grants(contracts, specs, sources)
    queues = [mailbox_queue(spec) for spec in specs]
    return {
        "vhosts": [{"name": vhost}],
        "users": [_user(OPS, password(OPS), "administrator"), *(_user(one.user, password(one.user)) for one in found)],
        "permissions": [
            {"user": OPS, "vhost": vhost, "configure": ".*", "write": ".*", "read": ".*"},
            *(
                {"user": one.user, "vhost": vhost, "configure": one.configure, "write": one.write, "read": one.read}
                for one in found
            ),
        ],
        "topic_permissions": [
            {"user": one.user, "vhost": vhost, "exchange": exchange, "write": topics.write, "read": topics.read}
            for one in found
            for exchange, topics in one.topics.items()
        ],
        "exchanges": [
            {
                "name": exchange.name,
                "vhost": vhost,
                "type": exchange.type,
                "durable": exchange.durable,
                "auto_delete": exchange.auto_delete,
                "internal": False,
                "arguments": exchange.arguments or {},
            }
            for exchange in EXCHANGES
        ],
        "queues": [
            *(_queue(queue.name, vhost, queue.queue_arguments) for queue in queues),
            *(
                _queue(_answers(source), vhost, {"x-queue-type": "quorum", "x-max-length": _MOST_ANSWERS})
                for source in sources
            ),
        ],
        "bindings": [
            *(
                _binding(one.exchange.name, queue.name, one.routing_key, vhost)
                for queue in queues
                for one in queue.bindings
            ),
            *(_binding(INTERNAL, _answers(source), f"*.*.*.to.{source}", vhost) for source in sources),
        ],
    }


def hashed(password: str, salt: bytes) -> str:
    """Return a password as RabbitMQ keeps it (https://www.rabbitmq.com/docs/passwords#computing-password-hash)."""
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode("ascii")


def _user(name: str, password: str, *tags: str) -> dict[str, Any]:
    return {
        "name": name,
        "password_hash": hashed(password, secrets.token_bytes(_SALT_BYTES)),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": [*tags],
    }


def _queue(name: str, vhost: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "vhost": vhost, "durable": True, "auto_delete": False, "arguments": dict(arguments)}


def _binding(source: str, queue: str, key: str, vhost: str) -> dict[str, Any]:
    return {
        "source": source,
        "vhost": vhost,
        "destination": queue,
        "destination_type": "queue",
        "routing_key": key,
        "arguments": {},
    }


def table(found: Iterable[Grant]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each user and exchange, with its patterns, for a person to read."""
    for one in found:
        for exchange, topics in one.topics.items():
            yield one.user, one.configure, one.write, one.read, exchange, topics.write, topics.read
