"""The register of callers: proposed by one, decided by another, and nobody is blocked by it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from chassis import moments
from chassis.access import Principal, sign_token
from chassis.testing import Room
from chassis.workflow import Moment, RefusedError, Role
from services.intake.misuse import callers, callers_book
from services.intake.models import CallerLook, ListedCaller
from services.intake.register import Submission
from services.intake.service import IntakeService

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from chassis.keys import KeyFolder

PHONE = "13800001111"
FACTS = "一周内就已办结的同一事项来电三十次，经说明后仍不停止。"
DECISION = {"measure": "dissuasion", "way": "senior_operator", "days": 30, "opinion": "事实清楚，同意列入。"}
HTML = {"Accept": "text/html", "Accept-Language": "zh-CN"}
TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')


@pytest.fixture(autouse=True)
def fresh() -> None:
    """Let no test go by what another one has read."""
    callers_book.forget()


@pytest.fixture
def person(folder: KeyFolder) -> Callable[..., dict[str, str]]:
    """Give what makes the header of a person of a name and a role."""

    def make(name: str, *roles: str, account: str = "") -> dict[str, str]:
        who = Principal(
            id=account or name,
            name=name,
            roles=frozenset(roles),
            services=frozenset({"intake"}),
            units=frozenset({"*"}),
        )
        return {"Authorization": f"Bearer {sign_token(who, folder.signing(), moments.now())}"}

    return make


def report(client: FlaskClient, text: str, phone: str = PHONE, **more: Any) -> str:
    answer = client.post("/api/v1/appeals", json={"text": text, "contact": {"phone": phone} if phone else {}, **more})
    assert answer.status_code == 201, answer.text
    return str(answer.get_json()["appeal_id"])


def propose(client: FlaskClient, who: dict[str, str], *appeals: str) -> Any:
    body = {"appeals": [*appeals], "ground": "repeated_calls", "facts": FACTS}
    return client.post("/api/v1/callers", json=body, headers=who)


def act(client: FlaskClient, who: dict[str, str], entry: str, trigger: str, **form: Any) -> Any:
    return client.post(f"/api/v1/callers/{entry}/actions/{trigger}", json=form, headers=who)


@pytest.fixture
def listed(client: FlaskClient, person: Callable[..., dict[str, str]]) -> str:
    """Give the entry of a caller whose appeals are held."""
    who = person("a", "operator")
    proposed = propose(client, who, report(client, "路灯不亮一"), report(client, "路灯不亮二"))
    entry = str(proposed.get_json()["id"])
    assert act(client, person("b", "leader"), entry, "listed", **DECISION).status_code == 200
    return entry


# -- who decides --------------------------------------------------------------


def test_whoever_proposes_does_not_decide(client: FlaskClient, person: Callable[..., dict[str, str]]) -> None:
    both = person("a", "operator", "leader")
    entry = propose(client, both, report(client, "路灯不亮一"), report(client, "路灯不亮二")).get_json()["id"]

    own = act(client, both, entry, "listed", **DECISION)
    again = act(client, person("a", "leader", account="second"), entry, "listed", **DECISION)
    operator = act(client, person("c", "operator"), entry, "listed", **DECISION)
    leader = act(client, person("b", "leader"), entry, "listed", **DECISION)

    assert (own.status_code, again.status_code, operator.status_code, leader.status_code) == (409, 409, 403, 200)
    assert "另一人审定" in own.text
    assert leader.get_json()["state"] == "listed"


def test_an_objection_is_judged_by_a_third_person_and_meanwhile_the_measure_rests(
    client: FlaskClient, room: Room, listed: str, person: Callable[..., dict[str, str]]
) -> None:
    act(client, person("a", "operator"), listed, "told", how="电话告知列入的理由和异议途径")
    act(client, person("a", "operator"), listed, "objected", objection="来电都是不同的事情")

    report(client, "井盖丢了")
    same = act(client, person("b", "leader"), listed, "upheld", opinion="理由不成立，维持。")
    again = act(client, person("b", "leader", account="second"), listed, "upheld", opinion="理由不成立，维持。")
    third = act(client, person("c", "reviewer"), listed, "upheld", opinion="理由不成立，维持。")

    assert [one["hold"] for one in room.told("appeal_registered.v1")] == [False, False, False]
    assert (same.status_code, again.status_code, third.status_code) == (409, 409, 200)
    assert "以外的人" in same.text


def test_who_is_lifted_out_is_held_no_more(
    client: FlaskClient, room: Room, listed: str, person: Callable[..., dict[str, str]]
) -> None:
    act(client, person("c", "reviewer"), listed, "lifted", opinion="已改正，予以解除。")

    report(client, "井盖丢了")

    assert room.told("appeal_registered.v1")[-1]["hold"] is False


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("one", "至少列出 2 件"),
        ("two callers", "不是同一诉求人"),
        ("unknown", "没有这些诉求"),
        ("anonymous", "不知道诉求人"),
    ],
)
def test_evidence_that_shows_nothing_is_refused(
    client: FlaskClient, person: Callable[..., dict[str, str]], kind: str, said: str
) -> None:
    first = report(client, "路灯不亮一")
    others = {
        "one": [first],
        "two callers": [first, report(client, "路灯不亮二", "13800002222")],
        "unknown": [first, "no-such"],
        "anonymous": [first, report(client, "路灯不亮三", "")],
    }

    refused = propose(client, person("a", "operator"), *others[kind])

    assert refused.status_code == 422
    assert said in refused.get_json()["errors"][0]["zh"]
    assert refused.get_json()["errors"][0]["pointer"] == "/appeals"


def test_there_is_one_open_entry_for_each_caller(
    client: FlaskClient, listed: str, person: Callable[..., dict[str, str]]
) -> None:
    del listed

    again = propose(client, person("a", "operator"), report(client, "路灯不亮四"), report(client, "路灯不亮五"))

    assert again.status_code == 409
    assert "已有一份" in again.text


@pytest.mark.parametrize("days", [0, 181])
def test_nobody_is_listed_for_longer_than_the_policy_says(
    client: FlaskClient, person: Callable[..., dict[str, str]], days: int
) -> None:
    who = person("a", "operator")
    entry = propose(client, who, report(client, "路灯不亮一"), report(client, "路灯不亮二")).get_json()["id"]

    refused = act(client, person("b", "leader"), entry, "listed", **{**DECISION, "days": days})

    assert refused.status_code == 422
    assert refused.get_json()["errors"][0]["pointer"] == "/days"


# -- what it does, and what it never does -------------------------------------


def test_a_listed_caller_is_registered_like_any_and_held_for_a_person_for_a_time_only(
    client: FlaskClient, room: Room, listed: str, person: Callable[..., dict[str, str]]
) -> None:
    room.now = moments.now()
    appeal = report(client, "井盖丢了")
    other = report(client, "井盖丢了", "13800002222")

    told = {one["appeal_id"]: one for one in room.told("appeal_registered.v1")}
    room.pass_time(timedelta(days=5))

    assert (told[appeal]["hold"], told[other]["hold"]) == (True, False)
    assert {*told[appeal]} == {*told[other]}
    assert [one["appeal_id"] for one in room.told("appeal_released.v1")] == [appeal]
    page = client.get(f"/callers/{listed}", headers={**HTML, **person("a", "operator")}).text
    assert "登记册" in page


def test_a_person_who_answers_what_was_held_stops_its_clock(client: FlaskClient, room: Room, listed: str) -> None:
    del listed
    room.now = moments.now()
    appeal = report(client, "井盖丢了")

    room.act(appeal, "answered", {"reply": "已当场说明"}, role=Role.OPERATOR)
    room.pass_time(timedelta(days=5))

    assert room.told("appeal_released.v1") == []
    assert room.state(appeal) == "answered"


def test_an_emergency_of_a_listed_caller_waits_for_nobody(client: FlaskClient, room: Room, listed: str) -> None:
    del listed

    report(client, "楼上着火了快来人")

    assert room.told("appeal_registered.v1")[-1]["hold"] is False


def test_what_comes_by_letter_from_a_listed_caller_is_held_as_well(room: Room, listed: str) -> None:
    del listed
    sent = {"external_number": "N-1", "text": "井盖丢了", "contact": {"phone": PHONE}}

    room.hear("hotline12345.appeal_submitted.v1", "", sent)

    [told] = [one for one in room.told("appeal_registered.v1") if one["external"]]
    assert told["hold"] is True


def test_only_the_desk_sees_the_mark_and_no_number_is_kept(
    client: FlaskClient, app: Flask, room: Room, listed: str, person: Callable[..., dict[str, str]]
) -> None:
    appeal = report(client, "井盖丢了")
    where = f"/cases/{appeal}"

    desk = client.get(where, headers={**HTML, **person("a", "desk")}).text
    inspector = client.get(where, headers={**HTML, **person("i", "inspector")}).text

    assert "在册来电人" in desk
    assert "在册来电人" not in inspector
    assert "callers" not in str(room.case(appeal).details)
    with app.extensions["jiesu"].database.read() as session:
        row = session.get(ListedCaller, listed)
        assert PHONE not in str([row.details, row.petitioner, row.id])


@pytest.mark.parametrize("role", ["handler", "ops", "admin"])
@pytest.mark.parametrize("path", ["/api/v1/callers", "/callers", "/api/v1/callers/{}", "/callers/{}"])
def test_handlers_never_see_the_register(
    client: FlaskClient, listed: str, person: Callable[..., dict[str, str]], role: str, path: str
) -> None:
    refused = client.get(path.format(listed), headers={**HTML, **person("h", role)})

    assert refused.status_code == 403
    assert "仅供受理人员" in refused.text


def test_each_look_is_logged_and_shown(
    client: FlaskClient, app: Flask, listed: str, person: Callable[..., dict[str, str]]
) -> None:
    client.get("/api/v1/callers", headers=person("i", "inspector"))
    client.get(f"/api/v1/callers/{listed}", headers=person("i", "inspector"))
    client.get(f"/callers/{listed}", headers={**HTML, **person("j", "leader")})

    with app.extensions["jiesu"].database.read() as session:
        seen = {(one.by, one.entry_id) for one in session.scalars(select(CallerLook))}
    assert seen == {("i", "*"), ("i", listed), ("j", listed)}
    assert "查看记录" in client.get(f"/callers/{listed}", headers={**HTML, **person("j", "leader")}).text


def test_whose_time_is_over_is_out_at_once_and_taken_out_by_the_chore(app: Flask, room: Room, listed: str) -> None:
    later = moments.now() + timedelta(days=31)
    with app.extensions["jiesu"].database.read() as session:
        now_held = callers_book.held_hashes(session, moments.now())
        then_held = callers_book.held_hashes(session, later)
    room.now = later

    room.run("expire_callers")

    assert (len(now_held), then_held) == (1, frozenset())
    with app.extensions["jiesu"].database.read() as session:
        row = session.get(ListedCaller, listed)
        assert row is not None
        assert row.state == "expired"
        assert [one["what"] for one in row.details["history"]] == ["proposed", "listed", "expired"]


def test_free_words_hold_no_numbers_of_people(client: FlaskClient, person: Callable[..., dict[str, str]]) -> None:
    who = person("a", "operator")
    body = {
        "appeals": [report(client, "路灯不亮一"), report(client, "路灯不亮二")],
        "ground": "repeated_calls",
        "facts": f"号码 {PHONE} 一周来电三十次",
    }

    entry = client.post("/api/v1/callers", json=body, headers=who).get_json()["id"]

    shown = client.get(f"/api/v1/callers/{entry}", headers=who).text
    assert PHONE not in shown
    assert "一周来电三十次" in shown


# -- the pages ----------------------------------------------------------------


def test_on_the_pages_one_proposes_and_another_decides(
    client: FlaskClient, person: Callable[..., dict[str, str]]
) -> None:
    operator, leader = {**HTML, **person("a", "operator")}, {**HTML, **person("b", "leader")}
    appeals = "\n".join([report(client, "路灯不亮一"), report(client, "路灯不亮二")])
    token = TOKEN.search(client.get("/callers/proposed", headers=operator).text)
    assert token is not None
    body = {"_csrf_token": token[1], "appeals": appeals, "ground": "repeated_calls", "facts": FACTS}

    wrong = client.post("/callers/proposed", data={**body, "appeals": "x"}, headers=operator)
    done = client.post("/callers/proposed", data=body, headers=operator)
    where = done.headers["Location"].removeprefix("/intake")
    decided = client.post(f"{where}/listed", data={"_csrf_token": token[1], **DECISION}, headers=leader)

    assert (wrong.status_code, done.status_code, decided.status_code) == (422, 303, 303), decided.text
    assert "没有这些诉求" in wrong.text
    assert FACTS in wrong.text
    page = client.get(where, headers=leader).text
    assert "劝阻" in page
    assert "第三十七条" in page
    assert "列入" in client.get("/callers", headers=leader).text


# -- the table ----------------------------------------------------------------


@given(st.lists(st.sampled_from(sorted({one.trigger for one in callers.LISTING.steps})), max_size=10))
def test_any_sequence_of_steps_stays_in_known_states_and_has_a_way_out(triggers: list[str]) -> None:
    row = ListedCaller(
        id="1",
        petitioner="h",
        state="proposed",
        version=1,
        ground="",
        way="",
        opened_at=moments.now(),
        until=None,
        details={"history": []},
    )

    for trigger in triggers:
        step = next((one for one in callers.LISTING.steps_from(row.state) if one.trigger == trigger), None)
        if step is None:
            continue
        form = {"days": 1, "measure": "dissuasion", "way": "as_usual"} if trigger == "listed" else {}
        try:
            decision = callers.LISTING.decide(
                row, trigger, form, moment=Moment(now=moments.now(), actor="x", role=step.roles[0])
            )
        except RefusedError:
            continue
        row.state = decision.target

    assert row.state in callers.LISTING.states
    assert row.state in callers.LISTING.finals or [*callers.LISTING.steps_from(row.state)]


@pytest.mark.parametrize(
    "change",
    [
        {"longest_days": 0},
        {"ground": []},
        {"measure": [{"code": "x", "zh": "x", "en": "x"}]},
        {"way": [{"code": "x"}]},
    ],
)
def test_a_policy_without_law_or_limit_is_refused(change: dict[str, Any]) -> None:
    named = {"code": "x", "zh": "x", "en": "x", "basis": "某条例第一条"}
    whole = {"longest_days": 1, "fewest_appeals": 1, "ground": [named], "measure": [named], "way": [named]}

    assert callers.read(whole).longest_days == 1
    with pytest.raises(callers.CallersError, match=r"callers\.toml"):
        callers.read({**whole, **change})


def test_another_process_hears_of_a_listing_within_seconds(tmp_path: Path, folder: KeyFolder) -> None:
    del folder
    room = Room(IntakeService, tmp_path)
    engine = room.database.engine
    reads = 0

    def reading() -> Any:
        nonlocal reads
        reads += 1
        return room.database.read()

    sent = Submission(
        code="c",
        appeal_id="a",
        matter=None,
        channel="web",
        title="t",
        text="井盖丢了",
        petitioner="h",
        submitted_at=room.now,
    )
    before = callers_book.for_a_person(engine, reading, sent, room.now)
    with room.database.write() as session:
        session.add(
            ListedCaller(
                id="1",
                petitioner="h",
                state="listed",
                version=1,
                ground="repeated_calls",
                way="senior_operator",
                opened_at=room.now,
                until=room.now + timedelta(days=1),
                details={},
            )
        )
    soon = callers_book.for_a_person(engine, reading, sent, room.now + timedelta(seconds=5))
    later = callers_book.for_a_person(engine, reading, sent, room.now + timedelta(seconds=20))

    assert (before.hold, soon.hold, later.hold) == (False, False, True)
    assert reads == 2
    room.database.close()
