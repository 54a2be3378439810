"""The ways in are data, checked when they are read, and say what a letter lacks."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from chassis.terms import Terms
from services.intake.ways_in import entrances
from tests.services.intake.test_service import SUBMITTED

if TYPE_CHECKING:
    from chassis.keys import KeyFolder
    from chassis.testing import Room

ROOT = Path(__file__).resolve().parents[3]
WEB = {"code": "web", "zh": "网页", "en": "Web page", "trust": "public", "required": ["text"]}
DESK = {"code": "visit", "zh": "来访", "en": "Visit", "trust": "staff", "roles": ["desk"], "required": ["text"]}


def table(*rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"channel": [WEB, *rows], **more}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"channel": [DESK]}, "the channel web is missing"),
        (table(WEB), r"channel 2 \(web\): there is such a channel already"),
        (table({**DESK, "trust": "blind"}), r"channel 2 \(visit\): unknown trust 'blind'; there are public, staff"),
        (table({**DESK, "photos": "two"}), "unknown photos 'two'"),
        (table({**DESK, "roles": []}), "`roles` are for channels that are not public"),
        (table({**WEB, "code": "open", "roles": ["desk"]}), "`roles` are for channels that are not public"),
        (table({**DESK, "required": ["text", "colour"]}), "unknown field 'colour'"),
        (table({**DESK, "required": ["text", "origin.house"]}), "unknown field 'origin.house'"),
        (table({**DESK, "optional": ["text"]}), "a field is named twice"),
        (table({**DESK, "required": ["title"]}), "text is always required"),
        (table({**DESK, "link": True}), "only a public channel can be had on the public page"),
        (table({**DESK, "colour": "red"}), "unexpected keyword argument 'colour'"),
        (table(origin={"house": {"zh": "楼"}}), r"\[origin.house\]: it has zh and en"),
    ],
)
def test_channels_that_make_no_sense_are_refused_with_their_place(given: dict[str, Any], said: str) -> None:
    with pytest.raises(entrances.ChannelsError, match=said):
        entrances.read(given)


def test_a_street_adds_a_channel_with_fields_of_its_own_in_the_file_alone() -> None:
    row = {**DESK, "required": ["text", "origin.house"]}

    found = entrances.read(table(row, origin={"house": {"zh": "楼", "en": "House"}}))

    assert found.by_code["visit"].asked == ("text", "origin.house")


@pytest.mark.parametrize(
    ("code", "body", "lacking"),
    [
        ("web", {"text": "路灯"}, []),
        ("web", {"text": "  "}, ["text"]),
        ("street_hotline", {"text": "路灯"}, ["contact.phone"]),
        ("street_hotline", {"text": "路灯", "contact": {"anonymous": True}}, []),
        ("street_hotline", {"text": "路灯", "contact": {"phone": "13800000000"}}, []),
        ("hotline_12345", {"text": "路灯"}, ["external.number"]),
        ("hotline_12345", {"text": "路灯", "external": {"number": "N-1"}}, []),
        ("walk_in", {"text": "路灯"}, []),
        ("grid_report", {"text": "路灯", "origin": {}}, ["origin.grid", "place.text"]),
        ("grid_report", {"text": "路灯", "origin": {"grid": "一格"}, "place": {"text": "东门"}}, []),
        ("web", {"text": "路灯", "origin": {"grid": "一格"}}, ["origin.grid"]),
        ("walk_in", {"text": "路灯", "origin": {"grid": "一格"}}, ["origin.grid"]),
        ("walk_in", {"text": "路灯", "origin": [], "contact": "x"}, []),
    ],
)
def test_a_letter_is_told_what_it_lacks_for_its_channel(code: str, body: dict[str, Any], lacking: list[str]) -> None:
    found = entrances.errors(code, body)

    flat = [f"{name}.{inner}" for name, said in found.items() if isinstance(said, dict) for inner in said]
    assert sorted([*flat, *(name for name, said in found.items() if isinstance(said, list))]) == sorted(lacking)


def test_a_field_that_is_not_asked_is_refused_with_those_that_are() -> None:
    [said] = entrances.errors("walk_in", {"text": "路灯", "origin": {"grid": "一格"}})["origin"]["grid"]

    assert said["zh"] == "“来访”没有这一项；可以填写的有：visitors。"
    assert said["en"] == "Visit has no such field; there are: visitors."


def test_channels_are_called_the_same_wherever_they_are_shown() -> None:
    room = ROOT / "services" / "intake"
    terms = Terms(ROOT / "chassis" / "terms.toml", room / "terms.toml")
    file = tomllib.loads((room / "data" / "channels.toml").read_text(encoding="utf-8"))

    assert [row["code"] for row in file["channel"]] == [*entrances.codes()]
    assert {row["code"]: terms.value(row["code"], "zh") for row in file["channel"]} == {
        row["code"]: row["zh"] for row in file["channel"]
    }
    assert all(terms.knows("fields", name) for name in file["origin"])


def test_what_a_street_asks_of_other_systems_holds_on_the_bus_too(
    room: Room, folder: KeyFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    del folder
    own = {
        **entrances.table().by_code,
        "external": replace(entrances.channel("external"), required=("text", "place.text")),
    }
    monkeypatch.setattr(entrances, "table", lambda: entrances.Channels(own, {}))

    room.hear(SUBMITTED, "", {"external_number": "N-1", "text": "路灯不亮"})

    [told] = room.told("submission_rejected.v1")
    assert told["reasons"] == ["/place/text: 此项必填。 / Please fill this in."]
    assert room.told("appeal_registered.v1") == []
