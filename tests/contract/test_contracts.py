"""What is written in contracts/ is what the services tell and read, and the checker bites."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import fields, replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

import orjson
import pytest
from click.testing import CliRunner, Result

from chassis import catalogue, wire
from chassis.commands import jiesu
from chassis.contracts import (
    OUTSIDE,
    Contract,
    ContractError,
    asyncapi,
    changes,
    disobediences,
    examine,
    load,
    readings,
    told,
)
from chassis.masking import redact
from tests.contract.walks import told_by_chance

if TYPE_CHECKING:
    from collections.abc import Callable

    from chassis.facts import Fact

FOLDER = Path(__file__).parents[2] / "contracts"
CONTRACTS = load(FOLDER)
TOLD = {key: fact for name in catalogue.names() for key, fact in told(name).items()}
ONE = "routing.appeal_dispatched.v1"
WITH_CASES = [name for name in catalogue.names() if catalogue.has_cases(name)]


# -- both sides joined ----------------------------------------------------------


def test_the_contracts_and_the_services_agree() -> None:
    assert examine(CONTRACTS) == []


def test_every_fact_told_has_a_contract_and_every_contract_a_teller() -> None:
    assert {*TOLD} == {key for key, contract in CONTRACTS.items() if contract.told_by != OUTSIDE}


@pytest.mark.parametrize("key", TOLD)
def test_a_fact_made_of_an_example_is_the_example_again_on_the_wire(key: str) -> None:
    for example in CONTRACTS[key].examples:
        letter = wire.Letter(
            id="1",
            key=key,
            subject="A1",
            time=datetime.fromisoformat("2026-11-23T01:00:00Z"),
            data=_made(TOLD[key], example).data(),
        )

        on_the_wire = wire.decode(wire.encode(letter)).data

        assert disobediences(CONTRACTS[key], on_the_wire) == []
        assert {name: on_the_wire[name] for name in example} == example


@pytest.mark.parametrize("name", WITH_CASES)
def test_what_a_service_tells_on_its_way_through_its_own_table_obeys(name: str) -> None:
    workflow = catalogue.spec(name).workflow
    assert workflow is not None
    heard = set()

    for seed in range(25):
        for fact, data in told_by_chance(workflow, seed):
            key = f"{name}.{fact.name()}"
            heard.add(key)

            assert disobediences(CONTRACTS[key], data) == [], key

    assert heard


@pytest.mark.parametrize("key", CONTRACTS)
def test_read_by_is_who_subscribes_and_each_of_them_reads_the_examples(key: str) -> None:
    contract = CONTRACTS[key]

    assert [*contract.read_by] == sorted({name for name, _ in readings(contract)})
    for _, reading in readings(contract):
        for example in contract.examples:
            assert reading.schema.load(dict(example)) is not None


def test_examples_hold_no_number_that_could_be_anybodys() -> None:
    for contract in CONTRACTS.values():
        for example in contract.examples:
            said = {name: value for name, value in example.items() if name != "contact"}
            spoken = json.dumps(
                [value for value in _texts(said) if "-" not in value[:14] and "." not in value], ensure_ascii=False
            )
            assert redact(spoken).text == spoken, contract.key


def _made(fact: type[Fact], example: Any) -> Fact:
    hints = get_type_hints(fact, localns={"datetime": datetime, "date": date, "Decimal": Decimal, "Any": Any})
    readers: dict[Any, Callable[[str], Any]] = {
        datetime: datetime.fromisoformat,
        date: date.fromisoformat,
        Decimal: Decimal,
    }
    known = {item.name: example[item.name] for item in fields(fact) if item.name in example}  # type: ignore[arg-type]
    typed: dict[str, Any] = {
        name: readers[hints[name]](value) if hints[name] in readers else value for name, value in known.items()
    }
    make: Callable[..., Fact] = fact
    return make(**typed)


def _texts(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in _texts(one)]
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value] if isinstance(value, str) else []


# -- the checker refuses ----------------------------------------------------------


def _with(**parts: Any) -> dict[str, Contract]:
    return {**CONTRACTS, ONE: replace(CONTRACTS[ONE], **parts)}


def _schema(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    schema = deepcopy(dict(CONTRACTS[ONE].schema))
    change(schema)
    return schema


def test_a_reader_that_picks_letters_by_another_field_than_they_are_addressed_by_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(TOLD[ONE], "addressed_by", "category")

    said = [finding.says for finding in examine({ONE: CONTRACTS[ONE]}) if finding.contract == ONE]

    assert "relief picks its letters by mechanism, but the fact is addressed by 'category'" in said


def _example(**values: Any) -> tuple[dict[str, Any], ...]:
    example = {**CONTRACTS[ONE].examples[0], **values}
    return ({name: value for name, value in example.items() if value is not ...},)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        (_with(means=" "), "means says nothing"),
        (_with(examples=()), "at least one example"),
        (_with(examples=_example(mechanism=7)), "example 1: $.mechanism: 7 is not of type 'string'"),
        (_with(examples=_example(at="yesterday")), "'yesterday' is not a 'date-time'"),
        (_with(examples=_example(mechanism=...)), "'mechanism' is a required property"),
        (_with(examples=_example(mechanism=...)), "mediation can't read example 1"),
        (_with(examples=_example(colour="red")), "colour is no field of the schema"),
        (_with(personal_data={"phone": "open"}), "personal_data names phone, which is no field"),
        (_with(read_by=("intake", "portal")), "mediation reads it, and read_by does not say so"),
        (_with(read_by=(*CONTRACTS[ONE].read_by, "routing")), "read_by names routing, which does not read it"),
        (_with(schema=_schema(lambda s: s.update(type="thing"))), "no JSON Schema 2020-12"),
        (_with(schema=_schema(lambda s: s["required"].remove("title"))), "which `required` must name"),
        (_with(schema=_schema(lambda s: s["required"].remove("mechanism"))), "relief picks its letters by mechanism"),
        (_with(schema=_schema(lambda s: s["properties"].pop("title"))), "title is a field of the fact alone"),
        (
            _with(schema=_schema(lambda s: s["properties"]["round"].update(type="string"))),
            "round: the fact's type is 'integer'",
        ),
        (_with(schema=_schema(lambda s: s["properties"]["title"].pop("description"))), "title has no description"),
        (
            {**CONTRACTS, "routing.appeal_sung.v1": replace(CONTRACTS[ONE], key="routing.appeal_sung.v1")},
            "routing does not tell it",
        ),
        ({key: one for key, one in CONTRACTS.items() if key != ONE}, "routing tells it, but it has no contract"),
    ],
)
def test_a_broken_contract_is_refused(broken: dict[str, Contract], says: str) -> None:
    assert any(says in finding.says for finding in examine(broken)), examine(broken)


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("fact.json", "{}", "is called <fact>.v<N>.json"),
        ("fact.v1.json", "{", "no JSON"),
        ("fact.v1.json", '{"means": ""}', "must hold means, told_by"),
        (
            "fact.v1.json",
            json.dumps(dict.fromkeys(("means", "told_by", "read_by", "personal_data", "schema", "examples"), "else")),
            "told_by is 'else'",
        ),
    ],
)
def test_a_file_that_is_no_contract_is_named(tmp_path: Path, name: str, text: str, says: str) -> None:
    (tmp_path / "teller").mkdir()
    (tmp_path / "teller" / name).write_text(text, encoding="utf-8")

    with pytest.raises(ContractError, match=says):
        load(tmp_path)


def _with_reader(folder: Path, reads: str) -> Path:
    (folder / "routing").mkdir()
    (folder / "trees").mkdir()
    name = "appeal_dispatched.v1.json"
    (folder / "routing" / name).write_bytes((FOLDER / "routing" / name).read_bytes())
    (folder / "trees" / "reads.json").write_text(reads, encoding="utf-8")
    return folder


def test_a_service_says_in_its_own_folder_what_it_reads_of_others(tmp_path: Path) -> None:
    folder = _with_reader(tmp_path, json.dumps([ONE]))
    others = json.loads((folder / "routing/appeal_dispatched.v1.json").read_text(encoding="utf-8"))["read_by"]

    assert [*load(folder)[ONE].read_by] == sorted([*others, "trees"])


@pytest.mark.parametrize(
    ("reads", "says"),
    [
        ("[", "trees/reads.json: no JSON"),
        (f'{{"reads": "{ONE}"}}', "must be a list"),
        (json.dumps([ONE, ONE]), "each once"),
        ('["routing.nothing.v1"]', "there is no contract routing.nothing.v1"),
    ],
)
def test_a_list_of_what_is_read_that_is_none_is_named(tmp_path: Path, reads: str, says: str) -> None:
    with pytest.raises(ContractError, match=says):
        load(_with_reader(tmp_path, reads))


def test_a_reader_is_named_in_one_place_only(tmp_path: Path) -> None:
    folder = _with_reader(tmp_path, json.dumps([ONE]))
    (folder / "trees").rename(folder / "hotline")

    with pytest.raises(ContractError, match="names hotline already"):
        load(folder)


def test_an_empty_folder_holds_no_contracts(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="holds no contracts"):
        load(tmp_path)


# -- within a version only additions ----------------------------------------------


def _later(change: Callable[[dict[str, Any]], object]) -> dict[str, Contract]:
    return {ONE: replace(CONTRACTS[ONE], schema=_schema(change))}


EARLIER = {ONE: CONTRACTS[ONE]}


@pytest.mark.parametrize(
    ("later", "says"),
    [
        (_later(lambda s: s["required"].remove("title")), "$.title was required and is not"),
        (_later(lambda s: s["properties"].pop("title")), "$.title is gone"),
        (
            _later(lambda s: s["properties"]["round"].update(type="string")),
            "$.round: type was 'integer' and is 'string'",
        ),
        (_later(lambda s: s["properties"]["at"].pop("format")), "$.at: format was 'date-time' and is None"),
        (_later(lambda s: s["properties"]["urgency"]["enum"].append("V")), "$.urgency: enum was"),
        (_later(lambda s: s["properties"]["clocks"]["items"]["properties"].pop("limit")), "$.clocks[].limit is gone"),
        (
            _later(lambda s: (s["properties"].update(colour={"type": "string"}), s["required"].append("colour"))),
            "$.colour is required, and letters of the past lack it",
        ),
        ({}, "it is gone, but enforcement"),
    ],
)
def test_a_change_that_is_no_addition_is_refused(later: dict[str, Contract], says: str) -> None:
    [finding] = changes(later, EARLIER)

    assert finding.contract == ONE
    assert says in finding.says


def test_an_optional_field_and_better_words_may_be_added() -> None:
    later = _later(
        lambda s: (
            s["properties"].update(colour={"type": "string"}),
            s["properties"]["title"].update(description="Better."),
        )
    )

    assert changes(later, EARLIER) == []


def test_a_version_without_readers_may_go() -> None:
    assert changes({}, {ONE: replace(CONTRACTS[ONE], read_by=())}) == []


# -- the command --------------------------------------------------------------------


def _run(*words: str) -> Result:
    return CliRunner().invoke(jiesu, ["contracts", *words])


def test_what_is_exported_is_what_is_here_and_asyncapi_with_it(tmp_path: Path) -> None:
    done = _run("export", "--out", str(tmp_path), "--contracts", str(FOLDER))

    assert done.exit_code == 0, done.output
    assert load(tmp_path) == CONTRACTS
    for path in FOLDER.glob("intake/*_rejected.v1.json"):
        assert (tmp_path / path.parent.name / path.name).read_text(encoding="utf-8") == path.read_text(encoding="utf-8")
    assert json.loads((tmp_path / "asyncapi.json").read_text(encoding="utf-8"))["asyncapi"] == "3.0.0"


def test_the_command_says_that_all_is_well() -> None:
    done = _run("check", "--json", "--contracts", str(FOLDER), "--against", str(FOLDER))

    assert done.exit_code == 0, done.output
    assert json.loads(done.output) == {"ok": True, "contracts": len(CONTRACTS), "findings": []}


def test_the_command_refuses_a_type_that_was_changed_within_a_version(tmp_path: Path) -> None:
    _run("export", "--out", str(tmp_path), "--contracts", str(FOLDER))
    path = tmp_path / "feedback" / "appeal_closed.v1.json"
    earlier = json.loads(path.read_text(encoding="utf-8"))
    earlier["schema"]["properties"]["rounds"]["type"] = "string"
    path.write_text(json.dumps(earlier), encoding="utf-8")

    done = _run("check", "--contracts", str(FOLDER), "--against", str(tmp_path))

    assert done.exit_code == 1
    assert "feedback.appeal_closed.v1: $.rounds: type was 'string' and is 'integer'" in done.output


def test_a_folder_without_contracts_is_a_clear_mistake(tmp_path: Path) -> None:
    done = _run("check", "--contracts", str(tmp_path))

    assert done.exit_code == 2
    assert "holds no contracts" in done.output


# -- AsyncAPI -------------------------------------------------------------------------


def test_asyncapi_has_a_channel_for_each_fact_and_an_operation_for_each_teller_and_reader() -> None:
    document = asyncapi(CONTRACTS)

    assert {*document["channels"]} == {*CONTRACTS}
    assert len(document["operations"]) == sum(1 + len(contract.read_by) for contract in CONTRACTS.values())
    for operation in document["operations"].values():
        assert operation["channel"]["$ref"].removeprefix("#/channels/") in document["channels"]
    for channel in document["channels"].values():
        assert (
            channel["messages"]["fact"]["$ref"].removeprefix("#/components/messages/")
            in document["components"]["messages"]
        )
    assert orjson.dumps(document)
