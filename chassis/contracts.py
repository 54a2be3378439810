"""Contracts: what each fact means and looks like, as data beside the code; nothing reads them at run time.

One file for each version of a fact, `<teller>/<fact>.v<N>.json`: `means`, `told_by`, `read_by`,
`personal_data`, `schema` (JSON Schema 2020-12) and `examples`. `examine` joins both sides: tellers
and readers that are installed here against what is written. Within a version only additive changes
are compatible (`changes`), since letters of the past are kept and given to new readers.

A service may keep in its own folder, in `reads.json`, a list of what it reads of others: it is then in their `read_by`
although no file of theirs names it. So a service is added, with its rights at the broker, and nobody's contract changes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib import import_module
from inspect import getmembers, isclass
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from marshmallow import ValidationError

from chassis import catalogue
from chassis.blueprint import EXTERNAL, INTERNAL, Subscription, matcher
from chassis.facts import Fact
from chassis.privacy import RevealLogged

PARTS = ("means", "told_by", "read_by", "personal_data", "schema", "examples")
#: The teller of what systems outside write to the exchange for them.
OUTSIDE = "external"
#: What a service reads of others, beside the contracts of what it tells.
READS = "reads.json"
_FILE = re.compile(r"[a-z_]+\.v[1-9]\d*\.json")
#: What may be said otherwise without another reader noticing.
_WORDS = frozenset({"$schema", "$comment", "description", "title", "examples", "properties", "required", "items"})


class ContractError(Exception):
    """A folder of contracts that can't be read; the message says which file and why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What one version of a fact means, who tells and reads it, and its shape."""

    key: str
    means: str
    told_by: str
    read_by: tuple[str, ...]
    personal_data: Mapping[str, str]
    schema: Mapping[str, Any]
    examples: tuple[Mapping[str, Any], ...]

    @property
    def exchange(self) -> str:
        """The exchange that it is told on."""
        return EXTERNAL if self.told_by == OUTSIDE else INTERNAL

    @property
    def address(self) -> str:
        """The routing key, with `*` for a sender that is not ours."""
        return f"*.{self.key.partition('.')[2]}" if self.told_by == OUTSIDE else self.key


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with a contract, named by its key."""

    contract: str
    says: str


# -- reading ------------------------------------------------------------------


def load(folder: Path) -> dict[str, Contract]:
    """Read a folder of contracts, by key. Raises ContractError naming the file."""
    paths = sorted(path for path in folder.glob("*/*.json") if path.name != READS)
    if not paths:
        message = f"{folder} holds no contracts (<teller>/<fact>.v<N>.json)"
        raise ContractError(message)
    found = {contract.key: contract for contract in map(_read, paths)}
    for path in sorted(folder.glob(f"*/{READS}")):
        for key in _own_readings(path, found):
            found[key] = replace(found[key], read_by=tuple(sorted((*found[key].read_by, path.parent.name))))
    return found


def _own_readings(path: Path, contracts: Mapping[str, Contract]) -> list[str]:
    """Return the keys that a service's own list names, each once, of contracts that are there and don't name it."""
    where, name = f"{path.parent.name}/{path.name}", path.parent.name
    try:
        keys = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        message = f"{where}: no JSON: {error}"
        raise ContractError(message) from None
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys) or len({*keys}) < len(keys):
        message = f"{where}: must be a list of the contracts that {name} reads, such as teller.fact.v1, each once"
        raise ContractError(message)
    for key in keys:
        if key not in contracts:
            message = f"{where}: there is no contract {key}"
            raise ContractError(message)
        if name in contracts[key].read_by:
            message = f"{where}: read_by of {key} names {name} already; leave one of the two"
            raise ContractError(message)
    return keys


def _read(path: Path) -> Contract:
    where = f"{path.parent.name}/{path.name}"
    if not _FILE.fullmatch(path.name):
        message = f"{where}: a contract's file is called <fact>.v<N>.json, such as appointment_made.v1.json"
        raise ContractError(message)
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        message = f"{where}: no JSON: {error}"
        raise ContractError(message) from None
    if not isinstance(body, dict) or set(body) != {*PARTS}:
        message = f"{where}: must hold {', '.join(PARTS)} and nothing else"
        raise ContractError(message)
    if body["told_by"] != path.parent.name:
        message = f"{where}: told_by is {body['told_by']!r}, but it lies in {path.parent.name}/"
        raise ContractError(message)
    return Contract(
        key=f"{path.parent.name}.{path.stem}",
        means=body["means"],
        told_by=body["told_by"],
        read_by=tuple(body["read_by"]),
        personal_data=body["personal_data"],
        schema=body["schema"],
        examples=tuple(body["examples"]),
    )


# -- what the code says ---------------------------------------------------------


@cache
def told(service: str) -> Mapping[str, type[Fact]]:
    """Return the facts that a service tells, by key: of its steps, of looks at its cases, and those its rooms name."""
    spec = catalogue.spec(service)
    found = {fact for step in (spec.workflow.steps if spec.workflow else ()) for fact in step.tells}
    if spec.workflow is not None:
        found.add(RevealLogged)
    if (spec.folder / "facts.py").exists():
        room = catalogue.service(service).__module__.rpartition(".")[0]
        rooms = [path for path in spec.folder.rglob("*.py") if path.name != "facts.py"]
        words = {word for path in rooms for word in re.findall(r"\w+", path.read_text(encoding="utf-8"))}
        own = [kind for _, kind in getmembers(import_module(f"{room}.facts"), isclass) if issubclass(kind, Fact)]
        found |= {kind for kind in own if kind is not Fact and kind.__name__ in words}
    return {f"{service}.{fact.name()}": fact for fact in sorted(found, key=lambda fact: fact.name())}


def readings(contract: Contract) -> list[tuple[str, Subscription]]:
    """Return who reads it of the services that are installed, and how."""
    return [
        (name, reading)
        for name in catalogue.names()
        for reading in catalogue.spec(name).subscriptions
        if reading.exchange == contract.exchange
        and (reading.binding == contract.address or matcher(reading.binding).match(contract.address))
    ]


def shape(fact: type[Fact]) -> dict[str, Any]:
    """Return the JSON Schema that a fact's dataclass amounts to, without any words."""
    words = {"datetime": datetime, "date": date, "Decimal": Decimal, "Any": Any}
    hints = get_type_hints(fact, localns=words)
    own = fields(fact)  # type: ignore[arg-type]
    return {
        "type": "object",
        "required": [one.name for one in own if one.default is MISSING and one.default_factory is MISSING],
        "properties": {one.name: _kind(hints[one.name]) for one in own},
    }


_KINDS: Mapping[Any, dict[str, Any]] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    float: {"type": "number"},
    Decimal: {"type": "string"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
}


def _kind(annotation: Any) -> dict[str, Any]:
    origin = get_origin(annotation)
    if origin is list:
        return {"type": "array"}
    if origin is dict:
        return {"type": "object"}
    if origin in (Union, UnionType):
        [inner] = [one for one in get_args(annotation) if one is not type(None)]
        found = _kind(inner)
        return {**found, "type": [found["type"], "null"]}
    return _KINDS[annotation]


# -- checking -------------------------------------------------------------------


def examine(contracts: Mapping[str, Contract]) -> list[Finding]:
    """Return all that is wrong with contracts by themselves, and against the services that are installed."""
    found = [Finding(key, said) for key, contract in contracts.items() for said in _faults(contract)]
    for name in catalogue.names():
        missing = [key for key in told(name) if key not in contracts]
        found += [Finding(key, f"{name} tells it, but it has no contract") for key in missing]
    return found


def _faults(contract: Contract) -> Iterator[str]:
    yield from _own_faults(contract)
    yield from _teller_faults(contract)
    yield from _reader_faults(contract)


def _own_faults(contract: Contract) -> Iterator[str]:
    from jsonschema import Draft202012Validator  # noqa: PLC0415 - only checking needs it
    from jsonschema.exceptions import SchemaError  # noqa: PLC0415

    try:
        Draft202012Validator.check_schema(contract.schema)
    except SchemaError as error:
        yield f"schema is no JSON Schema 2020-12: {error.message}"
        return
    properties = contract.schema.get("properties", {})
    if contract.schema.get("type") != "object" or not properties:
        yield "schema must be of an object with properties"
    if not contract.means.strip():
        yield "means says nothing"
    yield from (f"{name} has no description" for name, one in properties.items() if not one.get("description"))
    yield from (
        f"personal_data names {name}, which is no field" for name in contract.personal_data if name not in properties
    )
    if not contract.examples:
        yield "it needs at least one example"
    for number, one in enumerate(contract.examples, 1):
        yield from (f"example {number}: {said}" for said in disobediences(contract, one))
        yield from (f"example {number}: {name} is no field of the schema" for name in one if name not in properties)


def disobediences(contract: Contract, data: Mapping[str, Any]) -> list[str]:
    """Return where a letter's data break the contract's schema."""
    from jsonschema import Draft202012Validator, FormatChecker  # noqa: PLC0415 - only checking needs it

    checker = Draft202012Validator(dict(contract.schema), format_checker=FormatChecker())
    return [f"{error.json_path}: {error.message}" for error in checker.iter_errors(dict(data))]


def _teller_faults(contract: Contract) -> Iterator[str]:
    if contract.told_by == OUTSIDE or contract.told_by not in catalogue.names():
        return
    fact = told(contract.told_by).get(contract.key)
    if fact is None:
        yield f"{contract.told_by} does not tell it"
        return
    meant, written = shape(fact), contract.schema
    if sorted(meant["required"]) != sorted(written.get("required", ())):
        yield f"the fact's fields without default are {', '.join(meant['required'])}, which `required` must name"
    for name in sorted({*meant["properties"]} ^ {*written.get("properties", {})}):
        yield f"{name} is a field of the {'fact' if name in meant['properties'] else 'contract'} alone"
    for name, kind in meant["properties"].items():
        one = written.get("properties", {}).get(name, kind)
        wrong = [word for word, value in kind.items() if one.get(word) != value]
        yield from (f"{name}: the fact's {word} is {kind[word]!r}, the contract's {one.get(word)!r}" for word in wrong)


def _reader_faults(contract: Contract) -> Iterator[str]:
    found = readings(contract)
    real = {name for name, _ in found}
    written = {*contract.read_by}
    yield from (f"{name} reads it, and read_by does not say so" for name in sorted(real - written))
    lost = sorted((written - real) & {*catalogue.names()})
    yield from (f"read_by names {name}, which does not read it" for name in lost)
    needed = contract.schema.get("required", ())
    fact = told(contract.told_by).get(contract.key) if contract.told_by in catalogue.names() else None
    for name, reading in found:
        yield from (
            f"{name} picks its letters by {word}, which is not required" for word in reading.only if word not in needed
        )
        if reading.only and fact is not None and [*reading.only] != [fact.addressed_by]:
            yield f"{name} picks its letters by {', '.join(reading.only)}, but the fact is addressed by {fact.addressed_by!r}"
        for number, one in enumerate(contract.examples, 1):
            try:
                reading.schema.load(dict(one))
            except ValidationError as error:
                yield f"{name} can't read example {number}: {error.messages}"


def changes(new: Mapping[str, Contract], old: Mapping[str, Contract]) -> list[Finding]:
    """Return the changes since `old` that are not additive: each needs a new version instead."""
    found = []
    for key, before in old.items():
        after = new.get(key)
        if after is not None:
            found += [Finding(key, said) for said in _breaks(before.schema, after.schema, "$")]
        elif before.read_by:
            found.append(Finding(key, f"it is gone, but {', '.join(before.read_by)} read it"))
    return found


def _breaks(old: Mapping[str, Any], new: Mapping[str, Any], path: str) -> Iterator[str]:
    words = sorted(({*old} | {*new}) - _WORDS)
    for word in words:
        if old.get(word) != new.get(word):
            yield f"{path}: {word} was {old.get(word)!r} and is {new.get(word)!r}"
    before, after = {*old.get("required", ())}, {*new.get("required", ())}
    yield from (f"{path}.{name} was required and is not" for name in sorted(before - after))
    yield from (f"{path}.{name} is required, and letters of the past lack it" for name in sorted(after - before))
    for name, one in old.get("properties", {}).items():
        if name not in new.get("properties", {}):
            yield f"{path}.{name} is gone"
        else:
            yield from _breaks(one, new["properties"][name], f"{path}.{name}")
    if "items" in old or "items" in new:
        yield from _breaks(old.get("items", {}), new.get("items", {}), f"{path}[]")


# -- AsyncAPI -------------------------------------------------------------------


def asyncapi(contracts: Mapping[str, Contract]) -> dict[str, Any]:
    """Return the contracts as an AsyncAPI 3.0 document.

    https://www.asyncapi.com/docs/reference/specification/v3.0.0
    """
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Jiesu",
            "version": "1",
            "description": "Facts between the services, as CloudEvents 1.0 in JSON over AMQP 0-9-1. Generated from contracts/.",
        },
        "defaultContentType": "application/cloudevents+json",
        "servers": {"broker": {"host": "localhost:5672", "protocol": "amqp", "protocolVersion": "0.9.1"}},
        "channels": {key: _channel(contract) for key, contract in contracts.items()},
        "operations": {name: operation for contract in contracts.values() for name, operation in _operations(contract)},
        "components": {"messages": {key: _message(contract) for key, contract in contracts.items()}},
    }


def _channel(contract: Contract) -> dict[str, Any]:
    exchange = {"name": contract.exchange, "type": "topic", "durable": True}
    return {
        "address": contract.address,
        "messages": {"fact": {"$ref": f"#/components/messages/{contract.key}"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}},
    }


def _operations(contract: Contract) -> Iterator[tuple[str, dict[str, Any]]]:
    channel = {"$ref": f"#/channels/{contract.key}"}
    yield f"{contract.told_by}.tells.{contract.key}", {"action": "send", "channel": channel}
    for name in contract.read_by:
        yield f"{name}.reads.{contract.key}", {"action": "receive", "channel": channel}


def _message(contract: Contract) -> dict[str, Any]:
    envelope = {
        "type": "object",
        "required": ["specversion", "id", "source", "type", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {"type": "string"},
            "source": {"type": "string"},
            "type": {"type": "string"} if contract.told_by == OUTSIDE else {"const": f"cn.jiesu.{contract.key}"},
            "subject": {"type": "string"},
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"const": "application/json"},
            "causationid": {"type": "string"},
            "correlationid": {"type": "string"},
            "traceparent": {"type": "string"},
            "data": {word: value for word, value in contract.schema.items() if word != "$schema"},
        },
    }
    said = {"name": contract.key, "summary": contract.means, "payload": envelope}
    if contract.personal_data:
        said["x-personal-data"] = dict(contract.personal_data)
    examples = [{"payload": {"data": dict(one)}} for one in contract.examples]
    return {**said, "examples": examples}
