"""Signatures: the record, the chain that vouches for it, who signs in whose place, and many at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import psycopg
import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import delete, insert, select, update
from werkzeug.test import TestResponse

from chassis import keys, listing, migrate, moments, pages, serving, settings
from chassis.access import Principal, sign_token
from chassis.testing import Room
from chassis.wire import dumps
from chassis.workflow import RefusedError, Role
from services.routing import rules
from services.routing.models import Base, Delegation, Signature, SignatureHead
from services.routing.rules import RulesError
from services.routing.service import RoutingService
from services.routing.signatures_command import signatures as command
from services.routing.signoff import signatures, signing, signing_pages
from services.routing.web import create_app
from tests.nodes.postgres import DatabaseServer
from tests.services.routing.conftest import ORDINARY, SERIOUS, URGENT, Go, registered

Say = Callable[..., str]
Walk = Callable[..., None]

REGISTERED = "intake.appeal_registered.v1"
#: Accounts: whoever holds no other post signs as the principal leader.
PRINCIPAL, DEPUTY = "p1", "demo-deputy"
LINKS = Signature.__table__
HEAD = SignatureHead.__table__


def bodies(room: Room) -> list[dict[str, Any]]:
    with room.database.read() as session:
        return [orjson.loads(row.body) for row in session.execute(select(LINKS).order_by(LINKS.c.serial))]


def faults(room: Room) -> list[tuple[str, int]]:
    with room.database.read() as session:
        found = signatures.verify(session, room.blueprint.store, signatures.own_secrets())
        return [(fault.kind, fault.serial) for fault in found]


def execute(room: Room, *statements: Any) -> None:
    with room.database.write() as session:
        for statement in statements:
            session.execute(statement)


def delegate(room: Room, **changed: Any) -> str:
    entered = {
        "id": "d1",
        "kind": "delegation",
        "from_post": "principal",
        "to_post": "deputy_order",
        "starts_at": room.now - timedelta(hours=1),
        "ends_at": room.now + timedelta(days=2),
        "urgencies": [],
        "mechanisms": [],
        "reason": "外出开会",
        "entered_by": PRINCIPAL,
        "entered_name": "街道领导甲",
        "entered_at": room.now,
        **changed,
    }
    execute(room, insert(Delegation).values(**entered))
    return str(entered["id"])


# -- the record -----------------------------------------------------------------


def test_a_leaders_signature_is_one_record_with_all_that_he_decided(room: Room, say: Say) -> None:
    say(REGISTERED, **SERIOUS)
    assert room.case("A1").details["proposal"].startswith("拟由物业管理办公室主办")
    due = room.now + timedelta(days=2)

    room.act(
        "A1",
        "signed",
        {
            "phrase": signing.phrases()[0],
            "opinion": "另请派出所到场。",
            "assigned_leader": "deputy_order",
            "assisting_units": ["police_station"],
            "required_due_at": due.isoformat(),
        },
        role=Role.LEADER,
        person=PRINCIPAL,
    )

    [body] = bodies(room)
    assert (
        body
        | {
            "kind": "signed",
            "signer_id": PRINCIPAL,
            "signer": "处办员甲",
            "role": "principal",
            "by_rule": False,
            "opinion": "同意拟办意见，请按时限办理。另请派出所到场。",
            "assigned_leader": "deputy_order",
            "lead_unit": "property_office",
            "co_units": ["police_station"],
            "required_due_at": due.isoformat(),
            "signed_at": room.now.isoformat(),
            "is_retroactive": False,
            "delegation_id": "",
        }
        == body
    )
    assert body["proposal"]
    [told] = room.told("appeal_signed.v1")
    assert (told["signature"], told["assigned_leader"]) == ("彭李签00000001号", "deputy_order")
    assert told["hash"] == room_hashes(room)[0]


def room_hashes(room: Room) -> list[str]:
    with room.database.read() as session:
        return list(session.scalars(select(LINKS.c.hash).order_by(LINKS.c.serial)))


def test_the_rules_signature_is_a_link_like_a_leaders(room: Room, say: Say) -> None:
    say(REGISTERED)

    [body] = bodies(room)
    assert (body["kind"], body["by_rule"], body["signer"], body["role"]) == ("signed_by_rule", True, "ordinary", "rule")
    assert (body["lead_unit"], body["assigned_leader"]) == ("mediation_committee", "deputy_order")
    assert faults(room) == []


def test_a_leader_who_names_a_unit_of_another_mechanism_names_that_and_the_category_as_well(
    room: Room, say: Say, walk: Walk
) -> None:
    say(REGISTERED, **SERIOUS)
    with pytest.raises(RefusedError, match="wage_recovery"):
        walk("signed", signed={"lead_unit": "labour_office"})
    with pytest.raises(RefusedError, match="category"):
        walk("signed", signed={"lead_unit": "labour_office", "mechanism": "wage_recovery"})

    walk("signed", signed={"lead_unit": "labour_office", "mechanism": "wage_recovery", "category": "0402"})

    [told] = room.told("appeal_dispatched.v1")
    assert (told["mechanism"], told["lead_unit"], told["category"]) == ("wage_recovery", "labour_office", "0402")


def test_the_leader_in_charge_of_the_unit_is_assigned_where_nobody_else_is(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED, **SERIOUS)
    walk("signed")

    assert bodies(room)[0]["assigned_leader"] == "deputy_livelihood"


def test_what_the_desk_proposes_is_in_the_record(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED, **SERIOUS)
    walk(
        "sent_back",
        "corrected",
        "signed",
        corrected={"mechanism": "property", "category": "0602", "proposal": "拟约谈物业"},
    )

    assert [body["kind"] for body in bodies(room)] == ["sent_back", "signed"]
    assert bodies(room)[1]["proposal"] == "拟约谈物业"
    assert faults(room) == []


@pytest.mark.parametrize("words", [{}, URGENT], ids=["signed by rule", "signed afterwards"])
def test_what_is_dispatched_by_rule_has_the_proposal_that_whoever_signs_reads(
    room: Room, say: Say, words: dict[str, str]
) -> None:
    say(REGISTERED, **words)

    case = room.case("A1")
    assert case.state == "dispatched"
    assert case.details["proposal"].startswith("拟由")
    assert bodies(room)[0]["proposal"] == case.details["proposal"]


def test_the_proposal_goes_by_the_rules_that_are_live(room: Room, go_live: Go, say: Say, walk: Walk) -> None:
    grades = {"mechanism": "mediation", "category": "0101", "proposal": ""}
    say(REGISTERED, **SERIOUS)
    walk("sent_back", "corrected", corrected=grades)
    before = room.case("A1").details["proposal"]

    go_live()
    walk("sent_back", "corrected", corrected=grades)

    assert before.startswith("拟由街道人民调解委员会主办，")
    assert room.case("A1").details["proposal"].startswith("拟由辖区派出所主办、街道人民调解委员会协办，")


def test_the_proposal_names_the_urgency_that_the_desk_sets_with_it(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED, **SERIOUS)
    set_to = {"mechanism": "property", "category": "0602", "proposal": ""}
    for urgency, said in (("IV", "复杂"), ("III", "一般")):
        walk("sent_back", "corrected", corrected={**set_to, "urgency": urgency})

        assert f"按“{said}”时限" in room.case("A1").details["proposal"]


def test_an_opinion_is_a_phrase_or_words(say: Say, walk: Walk) -> None:
    say(REGISTERED, **SERIOUS)

    with pytest.raises(Exception, match="选择常用批示语"):
        walk("signed", signed={"opinion": "  ", "phrase": ""})


@pytest.mark.parametrize(
    ("form", "reason"),
    [
        ({"required_due_at": datetime(2026, 11, 22, tzinfo=UTC)}, "已经过去"),
        ({"required_due_at": datetime(2026, 12, 31, tzinfo=UTC)}, "晚于对诉求人承诺的时限"),
        ({"required_due_at": datetime(2027, 3, 1, tzinfo=UTC)}, "最远为 60 天"),
    ],
)
def test_a_required_time_that_breaks_the_promise_is_refused(
    room: Room, say: Say, walk: Walk, form: dict[str, Any], reason: str
) -> None:
    say(REGISTERED, **SERIOUS)

    with pytest.raises(RefusedError) as refused:
        walk("signed", signed={name: value.isoformat() for name, value in form.items()})

    assert reason in refused.value.refusals[0].zh
    assert (room.state("A1"), bodies(room)) == ("awaiting_signoff", [])


def test_a_later_time_needs_a_reason_and_an_earlier_one_is_a_clock_of_its_own(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED, **SERIOUS)
    walk("signed", signed={"required_due_at": "2026-12-31T09:00:00+08:00", "due_reason": "须等省里检测"})

    assert bodies(room)[0]["due_reason"] == "须等省里检测"
    assert room.clocks("A1")["required"].due_at(room.blueprint.calendar) == datetime(2026, 12, 31, 1, tzinfo=UTC)
    assert room.clocks("A1")["finish"].due_at(room.blueprint.calendar) < datetime(2026, 12, 31, tzinfo=UTC)
    [dispatched] = room.told("appeal_dispatched.v1")
    assert "required" in [clock["name"] for clock in dispatched["clocks"]]

    room.hear(
        "property.case_concluded.v1", "A1", {"outcome": "solved", "reply": "已处理", "handler_claims_solved": True}
    )
    assert room.clocks("A1")["required"].state == "stopped"


def test_what_a_leader_requires_is_urged_and_supervised_when_its_time_is_over_each_once(
    room: Room, say: Say, walk: Walk
) -> None:
    say(REGISTERED, **SERIOUS)
    walk("signed", signed={"opinion": "两日内办结", "required_due_at": (room.now + timedelta(hours=10)).isoformat()})
    say(f"{room.case('A1').mechanism}.case_accepted.v1")

    for _ in range(3):
        room.pass_time(timedelta(hours=9))
        room.run("watch_promises")

    urged = [one["light"] for one in room.told("appeal_urged.v1") if one["clock"] == "required"]
    watched = [one["level"] for one in room.told("appeal_supervised.v1") if one["clock"] == "required"]
    assert (urged, watched) == (["yellow"], [1])


# -- the chain ------------------------------------------------------------------


@pytest.fixture
def chain(room: Room) -> Room:
    """Give a room with eight signatures."""
    for number in range(1, 9):
        room.hear(REGISTERED, f"A{number}", registered(**ORDINARY))
    assert (faults(room), len(bodies(room))) == ([], 8)
    return room


def changed_opinion(room: Room, serial: int) -> str:
    body = bodies(room)[serial - 1]
    return dumps({**body, "opinion": "不同意。"}, in_order=True).decode()


def test_a_changed_signature_is_named(chain: Room) -> None:
    execute(chain, update(Signature).where(LINKS.c.serial == 3).values(body=changed_opinion(chain, 3)))

    assert faults(chain) == [("changed", 3)]


def test_a_changed_signature_with_its_hash_made_again_is_named(chain: Room) -> None:
    body = changed_opinion(chain, 3)
    new = hashlib.sha256(body.encode()).hexdigest()
    execute(chain, update(Signature).where(LINKS.c.serial == 3).values(body=body, hash=new))

    assert faults(chain) == [("inserted", 3)]


def test_a_signature_given_to_another_case_is_named(chain: Room) -> None:
    execute(chain, update(Signature).where(LINKS.c.serial == 3).values(case_id="another"))

    assert ("changed", 3) in faults(chain)


@pytest.mark.parametrize("serial", [1, 4, 8])
def test_a_removed_signature_is_named(chain: Room, serial: int) -> None:
    execute(chain, delete(Signature).where(LINKS.c.serial == serial))

    assert ("removed", serial) in faults(chain)
    # The timeline still has it.
    assert ("unsigned", 0) in faults(chain)


def test_the_last_signature_removed_with_the_head_set_back_is_named(chain: Room) -> None:
    before = room_hashes(chain)[6]
    execute(
        chain,
        delete(Signature).where(LINKS.c.serial == 8),
        update(SignatureHead).values(serial=7, hash=before),
    )

    assert [kind for kind, _ in faults(chain)] == ["head_changed", "unsigned"]


def test_a_head_kept_from_before_hides_no_removed_signature(chain: Room) -> None:
    with chain.database.read() as session:
        old = dict(session.execute(select(HEAD)).one()._mapping)
    chain.hear(REGISTERED, "A9", registered(**ORDINARY))
    execute(
        chain,
        delete(Signature).where(LINKS.c.serial == 9),
        update(SignatureHead).values(**{name: value for name, value in old.items() if name != "id"}),
    )

    assert faults(chain) == [("unsigned", 0)]


def test_an_inserted_signature_is_named(chain: Room) -> None:
    with chain.database.read() as session:
        last = session.execute(select(LINKS).where(LINKS.c.serial == 8)).one()
    body = dumps({**bodies(chain)[7], "serial": 9, "previous": last.hash, "opinion": "同意。"}, in_order=True).decode()
    forged = {"serial": 9, "case_id": last.case_id, "entry": last.entry, "body": body, "kid": last.kid}
    forged["hash"] = hashlib.sha256(body.encode()).hexdigest()
    execute(
        chain, insert(Signature).values(**forged, seal=signatures.seal(signatures.keyed_by(b"guessed"), forged["hash"]))
    )

    assert {*faults(chain)} == {("inserted", 9)}


def test_signatures_that_changed_places_are_named(chain: Room) -> None:
    execute(
        chain,
        *(update(Signature).where(LINKS.c.serial == old).values(serial=new) for old, new in ((3, 0), (5, 3), (0, 5))),
    )

    assert faults(chain) == [("reordered", 3), ("reordered", 5)]


def test_a_head_that_is_gone_or_a_key_that_is_missing_is_named(chain: Room) -> None:
    with chain.database.read() as session:
        found = [fault.kind for fault in signatures.verify(session, chain.blueprint.store, {})]
    assert found == ["key_missing"] * 9

    execute(chain, delete(SignatureHead))
    assert faults(chain) == [("head_changed", 8)]


def test_signatures_of_before_a_new_key_stay_verified(chain: Room, key_folder: keys.KeyFolder) -> None:
    for _ in range(3):
        keys.rotate(key_folder.path, "routing.records", keep=1)
    chain.hear(REGISTERED, "A9", registered(**ORDINARY))

    with chain.database.read() as session:
        assert len({*session.scalars(select(LINKS.c.kid))}) == 2
    assert faults(chain) == []


def test_without_its_key_nothing_is_signed_and_the_appeal_waits_with_the_reason(
    room: Room, key_folder: keys.KeyFolder
) -> None:
    secret = key_folder.path / "private" / "routing.records.jwk"
    kept = secret.read_bytes()
    secret.unlink()

    room.hear(REGISTERED, "A1", registered(**ORDINARY))
    [parked] = room.parked()
    assert "routing.records.jwk" in parked.reason
    assert (room.case("A1"), bodies(room)) == (None, [])

    secret.write_bytes(kept)
    assert room.inbox.retry(parked.id, force=True)
    assert (room.state("A1"), room.parked(), faults(room)) == ("dispatched", [], [])


def test_the_command_names_what_is_wrong_and_ends_with_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    monkeypatch.delenv("JIESU_DATABASE_URL", raising=False)
    found = settings.load()
    serving.prepare(found, ["routing"])
    room = Room(RoutingService, tmp_path, found.database_for("routing"))
    for number in range(3):
        room.hear(REGISTERED, f"A{number}", registered(**ORDINARY))

    good = CliRunner().invoke(command, ["verify", "--json"])
    execute(room, update(Signature).where(LINKS.c.serial == 2).values(body=changed_opinion(room, 2)))
    bad = CliRunner().invoke(command, ["verify", "--json"])
    said = CliRunner().invoke(command, ["verify"])
    room.database.close()

    assert (good.exit_code, json.loads(good.output)) == (0, {"signatures": 3, "intact": True, "faults": []})
    assert (bad.exit_code, json.loads(bad.output)["faults"][0]["kind"]) == (1, "changed")
    assert "彭李签00000002号 彭李诉〔2026〕000002号 内容被改动" in said.output


@pytest.mark.parametrize(
    "changed",
    [
        {"form": {"opinion": "不同意，退回"}},
        {"form": []},
        {"actor": "somebody"},
        {"actor_name": "另一位领导"},
        {"at": datetime(2026, 1, 1, tzinfo=UTC)},
        None,
    ],
    ids=["opinion", "no form at all", "signer", "signer's name", "time", "removed"],
)
def test_an_opinion_changed_on_the_timeline_alone_is_found_and_shown(
    room: Room, app: Flask, say: Say, walk: Walk, changed: dict[str, Any] | None
) -> None:
    say(REGISTERED, **SERIOUS)
    walk("signed", signed={"opinion": "同意"})
    assert faults(room) == []
    timeline, [signed] = room.blueprint.store.timeline, bodies(room)
    entry = (timeline.c.case_id == signed["case_id"], timeline.c.seq == signed["entry"])

    execute(room, update(timeline).where(*entry).values(**changed) if changed else delete(timeline).where(*entry))

    assert faults(room) == [("differs", 1)]
    page = app.test_client().get(f"/cases/{signed['case_id']}", headers=bearer(app)).text
    assert "与办理记录中的签批不一致" in page
    assert "校验通过" not in page


def test_three_replicas_and_a_leader_make_one_chain(postgres: DatabaseServer, tmp_path: Path) -> None:
    with postgres.database() as url, psycopg.connect(url) as connection:
        connection.execute("CREATE SCHEMA routing")
        connection.commit()
        rooms = [
            Room(RoutingService, tmp_path, url.replace("postgresql://", "postgresql+psycopg://", 1)) for _ in range(3)
        ]
        for number in range(30):
            rooms[0].hear(REGISTERED, f"S{number}", registered(**SERIOUS))

        def register(place: int) -> None:
            for number in range(30):
                rooms[place].hear(REGISTERED, f"A{place}-{number}", registered(**ORDINARY))

        def sign() -> None:
            for number in range(30):
                rooms[2].act(f"S{number}", "signed", {"opinion": "同意"}, role=Role.LEADER)

        with ThreadPoolExecutor(3) as pool:
            for done in [pool.submit(register, 0), pool.submit(register, 1), pool.submit(sign)]:
                done.result()

        assert faults(rooms[0]) == []
        assert [body["serial"] for body in bodies(rooms[0])] == [*range(1, 91)]
        assert rooms[0].parked() == []
        for one in rooms:
            one.database.close()


def test_the_migrated_tables_are_those_of_the_models(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    monkeypatch.setenv("JIESU_DATABASE_URL", database_url)
    found = settings.load()
    serving.prepare(found, ["routing"])
    app = create_app(found)
    door = app.extensions["jiesu"]

    assert migrate.differences(door.database, Base.metadata) == []
    door.database.close()
    door.blueprint.dialect = "sqlite"


# -- who signs ------------------------------------------------------------------


def sign(room: Room, person: str) -> None:
    room.act("A1", "signed", {"opinion": "同意"}, role=Role.LEADER, person=person)


def test_nobody_signs_in_the_principals_place_without_a_delegation(room: Room, say: Say) -> None:
    say(REGISTERED, **SERIOUS)

    with pytest.raises(RefusedError) as refused:
        sign(room, DEPUTY)

    assert "没有其有效委托" in refused.value.refusals[0].zh
    assert bodies(room) == []


def test_a_delegate_signs_at_once_and_the_delegation_is_in_the_signature(room: Room, say: Say) -> None:
    say(REGISTERED, **SERIOUS)
    delegate(room)

    sign(room, DEPUTY)

    [body] = bodies(room)
    assert (body["signer_id"], body["role"], body["delegation_id"]) == (DEPUTY, "deputy_order", "d1")
    assert room.told("appeal_signed.v1")[0]["delegation_id"] == "d1"


@pytest.mark.parametrize(
    "changed",
    [
        {"ends_at": datetime(2026, 11, 23, 0, 59, tzinfo=UTC)},
        {"starts_at": datetime(2026, 11, 23, 1, 1, tzinfo=UTC)},
        {"urgencies": ["I"]},
        {"mechanisms": ["relief"]},
        {"to_post": "deputy_livelihood"},
        {"revoked_at": datetime(2026, 11, 23, 0, 30, tzinfo=UTC)},
        {"kind": "absence", "to_post": ""},
    ],
)
def test_a_delegation_that_is_over_or_for_other_appeals_gives_no_right(
    room: Room, say: Say, changed: dict[str, Any]
) -> None:
    say(REGISTERED, **SERIOUS)
    delegate(room, **changed)

    with pytest.raises(RefusedError):
        sign(room, DEPUTY)


def test_an_account_without_a_post_signs_nothing_where_the_principal_is_listed(
    room: Room, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = rules.table("leaders")
    rows = [
        {**row, "accounts": ["the-principal"] if row.get("principal") else row["accounts"]} for row in table["leader"]
    ]
    listed = signing.read_leaders({**table, "leader": rows})
    monkeypatch.setattr(signing, "leaders", lambda: listed)
    say(REGISTERED, **SERIOUS)

    with pytest.raises(RefusedError) as refused:
        sign(room, "somebody")
    assert "没有列入领导职务表" in refused.value.refusals[0].zh

    sign(room, "the-principal")
    assert bodies(room)[0]["signer_id"] == "the-principal"


# -- reminders and passing on -----------------------------------------------------


def awaited(room: Room) -> list[tuple[str, str]]:
    return [(fact["level"], fact["leader"]) for fact in room.told("signature_awaited.v1")]


@pytest.fixture
def every_post_is_somebodys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the post that is shipped without an account one."""
    table = rules.table("leaders")
    posts = [{**post, "accounts": post["accounts"] or [f"of-{post['code']}"]} for post in table["leader"]]
    held = signing.read_leaders({**table, "leader": posts})
    monkeypatch.setattr(signing, "leaders", lambda: held)


@pytest.mark.usefixtures("every_post_is_somebodys")
def test_after_four_working_hours_the_leader_is_reminded_and_after_eight_it_is_passed_on_each_once(
    room: Room, say: Say
) -> None:
    # Monday, 9:00.
    say(REGISTERED, **SERIOUS)

    room.pass_time(timedelta(hours=3, minutes=59))
    assert awaited(room) == []
    room.pass_time(timedelta(hours=3))
    assert awaited(room) == [("reminded", "principal")]
    room.pass_time(timedelta(days=1))
    room.pass_time(timedelta(hours=1))
    assert awaited(room) == [("reminded", "principal"), ("passed_on", "deputy_livelihood")]

    passed = room.case("A1").details["passed_on"]
    assert passed == {"post": "deputy_livelihood", "delegation_id": "duty-2026-11-24-deputy_livelihood"}
    with pytest.raises(RefusedError):
        sign(room, DEPUTY)


def test_what_nobody_on_duty_could_sign_is_passed_on_to_a_post_that_somebody_holds(room: Room, say: Say) -> None:
    say(REGISTERED, **SERIOUS)

    # On Tuesday a post is on duty that has no account as shipped.
    room.pass_time(timedelta(days=1, hours=1))
    sign(room, DEPUTY)

    assert [body["delegation_id"] for body in bodies(room)] == ["duty-2026-11-24-deputy_order"]


def test_whoever_it_was_passed_on_to_signs_by_the_roster_and_the_principal_still_may(room: Room, say: Say) -> None:
    room.now = datetime(2026, 11, 24, 1, tzinfo=UTC)
    say(REGISTERED, **SERIOUS)
    room.hear(REGISTERED, "A2", registered(**SERIOUS))
    room.pass_time(timedelta(days=1, hours=1))

    sign(room, DEPUTY)
    room.act("A2", "signed", {"opinion": "同意"}, role=Role.LEADER, person=PRINCIPAL)

    assert [body["delegation_id"] for body in bodies(room)] == ["duty-2026-11-25-deputy_order", ""]
    assert room.clocks("A1")["duty_sign_off"].state == "stopped"
    assert faults(room) == []


def test_an_absent_leaders_appeals_go_to_his_delegate(room: Room, say: Say) -> None:
    say(REGISTERED, **SERIOUS)
    delegate(room, kind="absence", to_post="deputy_order", starts_at=room.now, ends_at=room.now + timedelta(days=9))

    room.pass_time(timedelta(days=1, hours=1))

    assert room.case("A1").details["passed_on"] == {"post": "deputy_order", "delegation_id": "d1"}


@pytest.mark.parametrize("end", ["revoked", "over"])
def test_what_was_passed_on_by_a_delegation_is_the_principals_again_once_that_has_ended(
    room: Room, say: Say, end: str
) -> None:
    say(REGISTERED, **SERIOUS)
    delegate(room, starts_at=room.now, ends_at=room.now + timedelta(days=1, hours=2))
    room.pass_time(timedelta(days=1, hours=1))
    assert room.case("A1").details["passed_on"]["delegation_id"] == "d1"

    if end == "revoked":
        execute(room, update(Delegation).values(revoked_at=room.now))
    else:
        room.now += timedelta(hours=2)

    with pytest.raises(RefusedError, match="no delegation that is running"):
        room.act("A1", "signed", {"opinion": "同意。"}, role=Role.LEADER, person=DEPUTY)
    room.act("A1", "signed", {"opinion": "同意。"}, role=Role.LEADER, person=PRINCIPAL)
    assert room.state("A1") == "dispatched"


def test_a_deputy_who_sends_back_says_by_which_delegation(room: Room, say: Say) -> None:
    say(REGISTERED, **SERIOUS)
    delegate(room)

    room.act("A1", "sent_back", {"opinion": "请补充核实情况。"}, role=Role.LEADER, person=DEPUTY)

    assert [(body["kind"], body["delegation_id"]) for body in bodies(room)] == [("sent_back", "d1")]


def test_whoever_signs_while_the_chain_is_verified_is_no_fault(chain: Room, monkeypatch: Any) -> None:
    links = signatures._links
    before = len(bodies(chain))

    def meanwhile(session: Any, **more: Any) -> Any:
        for number in range(3):
            chain.hear(REGISTERED, f"M{number}", registered(appeal_id=f"M{number}"))
        return links(session, **more)

    monkeypatch.setattr(signatures, "_links", meanwhile)

    assert faults(chain) == []
    assert len(bodies(chain)) == before + 3


@pytest.mark.usefixtures("every_post_is_somebodys")
def test_an_absent_leader_on_duty_gets_nothing(room: Room, say: Say) -> None:
    say(REGISTERED, **SERIOUS)
    away = {"kind": "absence", "to_post": "", "from_post": "deputy_livelihood", "ends_at": room.now + timedelta(days=9)}
    delegate(room, **away)

    room.pass_time(timedelta(days=1, hours=1))

    assert room.case("A1").details["passed_on"]["post"] == "deputy_order"


def test_what_was_passed_on_and_not_signed_is_overdue_once_and_then_found_silent(room: Room, say: Say) -> None:
    say(REGISTERED, **SERIOUS)
    room.pass_time(timedelta(days=1, hours=1))
    for _ in range(4):
        room.pass_time(timedelta(days=1))
    assert [level for level, _leader in awaited(room)] == ["reminded", "passed_on", "overdue"]

    room.run("find_silent_appeals")

    assert [fact["state"] for fact in room.told("appeal_silent.v1")] == ["awaiting_signoff"]


def test_an_urgent_appeal_that_nobody_signs_afterwards_is_called_in_once(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED, **URGENT)
    assert room.state("A1") == "dispatched"
    due = room.case("A1").sign_by

    for _ in range(3):
        room.pass_time(timedelta(days=1))
    assert awaited(room) == [("reminded", "principal"), ("overdue", "principal")]

    walk("countersigned")
    assert (room.case("A1").sign_by, due) == (None, datetime(2026, 11, 24, 15, 59, 59, tzinfo=UTC))
    assert [(body["kind"], body["is_retroactive"]) for body in bodies(room)] == [
        ("signed_by_rule", False),
        ("countersigned", True),
    ]


def test_what_was_closed_meanwhile_can_still_be_signed_afterwards(room: Room, say: Say, walk: Walk) -> None:
    say(REGISTERED, **URGENT)
    say(f"{room.case('A1').mechanism}.case_concluded.v1")
    say("feedback.appeal_closed.v1")
    ended = room.case("A1").ended_at

    room.now += timedelta(hours=1)
    walk("countersigned")

    assert (room.state("A1"), room.case("A1").ended_at) == ("closed", ended)
    assert bodies(room)[1]["kind"] == "countersigned"


# -- pages and API ----------------------------------------------------------------


def bearer(app: Flask, person: str = PRINCIPAL, role: str = "leader") -> dict[str, str]:
    who = Principal(
        id=person, name="街道领导甲", roles=frozenset({role}), services=frozenset({"*"}), units=frozenset({"*"})
    )
    token = sign_token(who, app.extensions["jiesu"].keys.signing(), moments.now(), timedelta(days=30))
    return {"Authorization": f"Bearer {token}", "Accept": "text/html"}


def post(app: Flask, path: str, person: str = PRINCIPAL, **form: Any) -> TestResponse:
    browser = app.test_client()
    browser.set_cookie("jiesu_csrf", "token")
    return browser.post(path, data={"_csrf_token": "token", **form}, headers=bearer(app, person))


def pile(app: Flask, person: str = PRINCIPAL) -> dict[str, Any]:
    found: dict[str, Any] = app.test_client().get("/api/v1/sign-off", headers=bearer(app, person)).get_json()
    return found


def test_the_pile_has_what_is_overdue_first_then_urgent_then_by_due_time(room: Room, app: Flask) -> None:
    room.hear(REGISTERED, "old", registered(**SERIOUS))
    room.pass_time(timedelta(days=2))
    room.hear(REGISTERED, "serious", registered(**SERIOUS))
    room.pass_time(timedelta(minutes=1))
    room.hear(REGISTERED, "urgent", registered(**URGENT))

    found = pile(app)

    ids = {room.case(subject).id: subject for subject in ("old", "serious", "urgent")}
    assert [ids[one["id"]] for one in found["items"]] == ["old", "urgent", "serious"]
    assert [one["overdue"] for one in found["items"]] == [True, False, False]
    assert [one["retroactive"] for one in found["items"]] == [False, True, False]
    theirs = pile(app, DEPUTY)
    assert (found["total"], found["others"], theirs["total"], theirs["others"]) == (3, 0, 1, 2)
    assert theirs["items"][0]["delegation_id"] == "duty-2026-11-25-deputy_order"


@pytest.mark.parametrize(
    ("text", "cautions"),
    [("阳台要掉下来了快砸到人", ["sent_unsure"]), ("楼道里烧起来了，下不去，快来人", [])],
)
def test_what_went_at_once_though_nobody_was_sure_to_whom_says_so_until_a_leader_has_signed_it(
    room: Room, app: Flask, text: str, cautions: list[str]
) -> None:
    room.hear(REGISTERED, "A1", registered(title="", text=text))
    case = room.case("A1")
    assert (room.state("A1"), case.urgency, case.details["confidence"] < rules.LEAST_CONFIDENCE) == (
        "dispatched",
        "I",
        True,
    )

    [waiting] = pile(app)["items"]
    shown = "把握不足" in app.test_client().get("/sign-off", headers=bearer(app)).text

    assert [one.code for one in rules.sent_unsure(room.case("A1"), room.now)] == cautions
    assert len(room.page("A1")["warnings"]) == len(cautions)
    assert (len(waiting["warnings"]), shown) == (len(cautions), bool(cautions))
    room.act("A1", "countersigned", {"opinion": "同意"}, role=Role.LEADER, person=PRINCIPAL)
    assert room.page("A1")["warnings"] == []


def test_what_the_desk_has_graded_itself_and_sent_is_not_said_to_be_the_machines(
    room: Room, go_live: Go, walk: Walk
) -> None:
    go_live()
    room.hear(REGISTERED, "A1", registered(title="", text="救命"))
    unsure = room.case("A1").details
    assert (room.state("A1"), rules.cannot_wait(unsure), unsure["confidence"] < rules.LEAST_CONFIDENCE) == (
        "triage_due",
        True,
        True,
    )

    walk("sent_first", sent_first={"mechanism": "mediation", "category": "0101", "urgency": "I"})

    assert (room.state("A1"), room.page("A1")["warnings"]) == ("dispatched", [])


def test_what_was_only_graded_more_or_less_urgent_is_as_unsure_as_before(room: Room, walk: Walk) -> None:
    room.hear(REGISTERED, "A1", registered(title="", text="救命"))

    walk("regraded", regraded={"urgency": "II", "severity": "serious", "reason": "现场核实，可以稍缓"})

    assert [one.code for one in rules.sent_unsure(room.case("A1"), room.now)] == ["sent_unsure"]


def test_of_more_than_anybody_reads_the_first_are_shown_and_not_all_are_counted(
    room: Room, app: Flask, monkeypatch: Any
) -> None:
    for number in range(4):
        room.hear(REGISTERED, f"S{number}", registered(**SERIOUS))
    monkeypatch.setattr(listing, "COUNTED", 3)
    monkeypatch.setattr(signing_pages, "_AT_ONCE", 2)

    own, theirs = pile(app), pile(app, DEPUTY)

    assert (len(own["items"]), own["total"], own["or_more"]) == (2, 3, True)
    assert (theirs["total"], theirs["others"], theirs["or_more"]) == (0, 3, True)
    page = app.test_client().get("/sign-off", headers=bearer(app)).text
    assert "待您签批 3+ 件" in page
    assert "共 3+ 件，先列出 2 件" in page


@pytest.mark.parametrize("ended", ["withdrawn", "answered"])
def test_what_nobody_has_to_sign_any_more_leaves_the_pile_for_good(room: Room, app: Flask, ended: str) -> None:
    room.hear(REGISTERED, "A1", registered(**SERIOUS))
    assert room.case("A1").sign_by is not None

    room.hear(f"intake.appeal_{ended}.v1", "A1", {"reply": "", "reason": ""})

    assert room.case("A1").sign_by is None
    assert pile(app)["total"] == 0


def test_many_are_signed_with_one_opinion_and_each_gets_a_signature_of_its_own(room: Room, app: Flask) -> None:
    for number in range(3):
        room.hear(REGISTERED, f"S{number}", registered(**SERIOUS))
    room.hear(REGISTERED, "U", registered(**URGENT))
    room.hear(REGISTERED, "gone", registered(**SERIOUS))
    chosen = {subject: room.case(subject) for subject in ("S0", "S1", "U", "gone")}
    room.act("gone", "sent_back", {"opinion": "重拟"}, role=Role.LEADER)
    before = len(bodies(room))
    form = {f"version-{case.id}": case.version for case in chosen.values()}

    answer = post(app, "/sign-off", case=[case.id for case in chosen.values()], opinion="同意", verdict="sign", **form)

    assert answer.status_code == 200
    assert "已签批 3 件" in answer.text
    assert "以下 1 件未办成" in answer.text
    assert "案件已被他人更新" in answer.text
    assert [room.state(subject) for subject in ("S0", "S1", "S2", "U")] == ["dispatched"] * 2 + [
        "awaiting_signoff",
        "dispatched",
    ]
    assert [body["kind"] for body in bodies(room)[before:]] == ["signed", "signed", "countersigned"]
    assert faults(room) == []


def test_several_are_sent_back_to_the_desk_and_what_is_dispatched_already_is_named(room: Room, app: Flask) -> None:
    for subject, words in (("S0", SERIOUS), ("S1", SERIOUS), ("U", URGENT)):
        room.hear(REGISTERED, subject, registered(**words))
    chosen = [room.case(subject).id for subject in ("S0", "S1", "U")]

    answer = app.test_client().post(
        "/api/v1/sign-off",
        json={"cases": chosen, "verdict": "send_back", "phrase": signing.phrases()[-1]},
        headers=bearer(app),
    )

    results = answer.get_json()["results"]
    assert [result.get("state") for result in results] == ["sent_back", "sent_back", None]
    assert results[2]["problem"]["type"].endswith("illegal-step")
    assert [room.state(subject) for subject in ("S0", "S1", "U")] == ["sent_back", "sent_back", "dispatched"]


def test_the_same_batch_sent_twice_signs_once(room: Room, app: Flask) -> None:
    room.hear(REGISTERED, "A1", registered(**SERIOUS))
    form = {"case": room.case("A1").id, "opinion": "同意", "verdict": "sign", "_idempotency_key": "k1"}

    first, second = post(app, "/sign-off", **form), post(app, "/sign-off", **form)

    assert ("已签批 1 件" in first.text, second.status_code) == (True, 200)
    assert len(bodies(room)) == 1


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"opinion": "同意", "verdict": "sign"}, "请至少选择一件"),
        ({"case": "1", "verdict": "sign"}, "请选择常用批示语，或填写批示意见"),
        ({"case": "1", "opinion": "同意", "verdict": "burn"}, "应为 sign 或 send_back"),
        ({"case": "1", "phrase": "不在目录中的话", "verdict": "sign"}, "Nothing was signed yet"),
        ({"case": [str(n) for n in range(51)], "opinion": "同意", "verdict": "sign"}, "一次最多 50 件"),
    ],
)
def test_a_batch_that_makes_no_sense_signs_nothing_and_says_why(
    room: Room, app: Flask, form: dict[str, Any], said: str
) -> None:
    room.hear(REGISTERED, "A1", registered(**SERIOUS))

    answer = post(app, "/sign-off", **form)

    assert answer.status_code == 422
    assert said in answer.text or "尚未签批" in answer.text
    assert bodies(room) == []


@pytest.mark.parametrize("path", ["/sign-off", "/delegations", "/api/v1/sign-off", "/api/v1/delegations"])
def test_the_leaders_pages_are_for_leaders(app: Flask, path: str) -> None:
    assert app.test_client().get(path, headers=bearer(app, role="desk")).status_code == 403
    assert app.test_client().get(path).status_code == (401 if "/api/" in path else 303)
    assert app.test_client().get(path, headers=bearer(app)).status_code == 200


def test_a_leader_enters_a_delegation_and_revokes_it(app: Flask, say: Say) -> None:
    say(REGISTERED, **SERIOUS)
    form = {
        "kind": "delegation",
        "to_post": "deputy_order",
        "starts_at": "2026-11-23T08:00",
        "ends_at": "2026-11-25T18:00",
        "reason": "外出开会",
    }

    assert post(app, "/delegations", **form).status_code == 303
    assert pile(app, DEPUTY)["total"] == 1
    [entered] = app.test_client().get("/api/v1/delegations", headers=bearer(app)).get_json()["items"]
    assert (entered["state"], entered["from_post"], entered["is_own"]) == ("running", "principal", True)
    assert post(app, f"/delegations/{entered['id']}/revoke", DEPUTY).status_code == 404
    assert post(app, f"/delegations/{entered['id']}/revoke").status_code == 303
    assert pile(app, DEPUTY)["total"] == 0


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"to_post": "principal"}, "不能委托给自己"),
        ({"to_post": ""}, "委托须写明被委托的领导"),
        ({"ends_at": "2026-11-22T08:00:00+08:00"}, "结束时间应晚于开始时间"),
        ({"ends_at": "2027-11-22T08:00:00+08:00"}, "最长 92 天"),
        ({"starts_at": "2026-10-01T08:00:00+08:00"}, "不能补记过去的委托"),
        ({"to_post": "nobody"}, "to_post"),
        ({"reason": ""}, "reason"),
    ],
)
def test_a_delegation_that_makes_no_sense_is_refused(app: Flask, changed: dict[str, Any], said: str) -> None:
    form = {
        "kind": "delegation",
        "to_post": "deputy_order",
        "starts_at": "2026-11-23T08:00:00+08:00",
        "ends_at": "2026-11-25T18:00:00+08:00",
        "reason": "外出开会",
        **changed,
    }

    answer = app.test_client().post("/api/v1/delegations", json=form, headers=bearer(app))

    assert answer.status_code == 422
    assert said in answer.text
    assert app.test_client().get("/api/v1/delegations", headers=bearer(app)).get_json()["items"] == []


def test_the_case_page_shows_each_signature_with_its_hash_and_whether_it_is_verified(
    room: Room, app: Flask, say: Say, walk: Walk
) -> None:
    say(REGISTERED, **SERIOUS)
    walk("signed")
    case_id = room.case("A1").id
    link = room_hashes(room)[0]

    page = app.test_client().get(f"/cases/{case_id}", headers=bearer(app)).text
    assert all(words in page for words in ("彭李签00000001号", link[:12], "校验通过"))

    execute(room, update(Signature).values(body=changed_opinion(room, 1)))
    page = app.test_client().get(f"/cases/{case_id}", headers=bearer(app)).text
    assert "内容被改动" in page
    assert "校验通过" not in page


def test_the_case_page_says_of_what_an_urging_is_due(room: Room, app: Flask, say: Say) -> None:
    say(REGISTERED)
    room.now += timedelta(hours=22)
    room.run("watch_promises")
    [urged] = [one for one in room.told("appeal_urged.v1") if one["clock"] == "sign_in"]

    page = app.test_client().get(f"/cases/{room.case('A1').id}", headers=bearer(app)).text

    entry = page.partition(">催办</summary>")[2].partition("</table>")[0]
    due = pages.due(datetime.fromisoformat(urged["due_at"]))
    assert (due in entry, "截止时间" in entry, "签收" in entry, "办结时限" in entry) == (True, True, True, False)


def test_the_case_page_offers_no_signature_that_would_be_refused(room: Room, app: Flask, say: Say) -> None:
    say(REGISTERED, **SERIOUS)
    path = f"/api/v1/cases/{room.case('A1').id}"

    def allowed(person: str) -> dict[str, bool]:
        actions = app.test_client().get(path, headers=bearer(app, person)).get_json()["actions"]
        return {action["trigger"]: action["allowed"] for action in actions}

    assert (allowed(PRINCIPAL)["signed"], allowed(DEPUTY)["signed"]) == (True, False)
    delegate(room)
    assert allowed(DEPUTY)["signed"]


# -- the rules as data --------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"leader": []}, "exactly one leader"),
        ({"duty": {"mon": "principal"}}, r"\[duty\]"),
        ({"duty_on": [{"date": "2026-10-01", "leader": "principal"}]}, "duty_on 1"),
        ({"duty_on": [{"date": datetime(2026, 10, 1, tzinfo=UTC).date(), "leader": "nobody"}]}, "duty_on 1"),
    ],
)
def test_a_roster_that_makes_no_sense_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(RulesError, match=said):
        signing.read_leaders({**rules.table("leaders"), **changed})


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"in_charge": ["no_such_unit"]}, "no such unit"),
        ({"accounts": ["demo-deputy"]}, "already in another post"),
        ({"code": "deputy_order"}, "such a post already"),
        ({"wrong": 1}, "needed are"),
    ],
)
def test_a_post_that_makes_no_sense_is_refused(changed: dict[str, Any], said: str) -> None:
    table = rules.table("leaders")
    another = {"code": "another", "zh": "另一位", "accounts": [], "in_charge": [], **changed}

    with pytest.raises(RulesError, match=said):
        signing.read_leaders({**table, "leader": [*table["leader"], another]})


def test_a_day_of_its_own_comes_before_the_weekly_roster(monkeypatch: pytest.MonkeyPatch) -> None:
    days = [{"date": datetime(2026, 11, 23, tzinfo=UTC).date(), "leader": "deputy_livelihood"}]
    posts = [{**post, "accounts": [f"of-{post['code']}"]} for post in rules.table("leaders")["leader"]]
    changed = signing.read_leaders({**rules.table("leaders"), "leader": posts, "duty_on": days})
    monkeypatch.setattr(signing, "leaders", lambda: changed)

    assert signing.on_duty(datetime(2026, 11, 23, 1, tzinfo=UTC)) == "deputy_livelihood"
    assert signing.on_duty(datetime(2026, 11, 25, 1, tzinfo=UTC)) == "deputy_order"
