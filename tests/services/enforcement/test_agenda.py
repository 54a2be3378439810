"""The agenda and the lists by who works on a case, behind their doors."""

from __future__ import annotations

import io
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from openpyxl import load_workbook
from sqlalchemy import event

from chassis import agenda, downloads, moments, month, settings
from chassis.access import Principal, sign_token
from chassis.keys import generate
from chassis.workcalendar import local_date
from chassis.workflow import Role
from services.enforcement import rules
from services.enforcement.figures import counts, dated
from services.enforcement.stages.places import HANDLING
from services.enforcement.web import create_app
from tests.services.enforcement.test_service import ASSIGNED, FINED, room, take
from tests.services.enforcement.test_substitution import AGAIN, AT_ONCE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from chassis.testing import Room

__all__ = ["room"]


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: Room) -> Iterator[Flask]:
    """Give enforcement's web app over the room's database, its time standing where the room's stands."""
    for name in ("JIESU_DATABASE_URL", "JIESU_ENFORCEMENT_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JIESU_KEYS_DIR", str(tmp_path / "keys"))
    generate(tmp_path / "keys", ["portal", "enforcement"])
    app = create_app(settings.load({"JIESU_DATA": str(tmp_path)}))
    monkeypatch.setattr(moments, "now", lambda: room.now)
    yield app
    app.extensions["jiesu"].database.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def headers(app: Flask) -> dict[str, str]:
    """Sign a handler in."""
    return signed_in(app)


def signed_in(app: Flask, role: Role = Role.HANDLER) -> dict[str, str]:
    """Sign somebody in as it is now, a handler unless said otherwise."""
    who = Principal(
        id="p1",
        name="处办员甲",
        roles=frozenset({role}),
        services=frozenset({"enforcement"}),
        units=frozenset({"*"}),
    )
    return {"Authorization": f"Bearer {sign_token(who, app.extensions['jiesu'].keys.signing(), moments.now())}"}


def items(client: FlaskClient, headers: dict[str, str], query: str) -> list[dict[str, Any]]:
    """Return the agenda's items."""
    found: list[dict[str, Any]] = orjson.loads(client.get(f"/api/v1/agenda?{query}", headers=headers).data)["items"]
    return found


def test_hearings_and_rechecks_stand_on_their_days(client: FlaskClient, headers: dict[str, str], room: Room) -> None:
    for trigger in (*FINED[:4], "hearing_requested"):
        take(room, trigger)
    take(room, "hearing_called", hearing_at="2026-12-07T09:30:00+08:00")

    [hearing] = items(client, headers, "from=2026-12-07&days=1")
    assert (hearing["on"], hearing["at"][11:16], hearing["what"]) == ("2026-12-07", "09:30", "hearing")
    assert hearing["place"] == "街道会议室"
    assert hearing["handlers"] == "执法员甲、执法员乙"
    assert items(client, headers, "from=2026-12-08&days=31") == []
    shown = client.get("/agenda?from=2026-12-01&days=7", headers=headers)
    assert "09:30" in shown.text
    assert "听证" in shown.text


def test_an_agenda_and_a_list_are_narrowed_to_who_works_on_a_case(
    client: FlaskClient, headers: dict[str, str], room: Room
) -> None:
    take(room, "inspected")
    take(room, "correction_ordered", days=3)

    assert [one["what"] for one in items(client, headers, "handlers=执法员乙")] == ["recheck"]
    assert items(client, headers, "handlers=执法员丙") == []
    for name, count in (("执法员乙", 1), ("执法员丙", 0)):
        listed = orjson.loads(client.get(f"/api/v1/cases?handlers={name}", headers=headers).data)
        assert len(listed["items"]) == count


@pytest.mark.parametrize("query", ["from=yesterday", "from=0001-01-01", "days=0", "days=32", "days=x"])
def test_a_query_that_makes_no_sense_is_said_to_make_none(
    client: FlaskClient, headers: dict[str, str], query: str
) -> None:
    assert client.get(f"/api/v1/agenda?{query}", headers=headers).status_code == 400
    assert client.get("/api/v1/agenda").status_code == 401


def test_a_month_is_counted_from_the_timelines_and_goes_into_a_spreadsheet(
    client: FlaskClient, headers: dict[str, str], room: Room
) -> None:
    for trigger in ("inspected", "inspected", "no_violation_found", "concluded"):
        take(room, trigger, **({"outcome": "explained"} if trigger == "concluded" else {}))
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "enforcement"})

    found = orjson.loads(client.get("/api/v1/month?month=2026-11", headers=headers).data)
    other = orjson.loads(client.get("/api/v1/month?month=2026-10", headers=headers).data)

    assert found["cases"] == {"opened": 1, "opened_before": 0, "ended": 1, "open": 0}
    assert {"name": "inspected", "times": 2, "cases": 1} in found["steps"]
    assert found["people"] == [{"name": "处办员甲", "times": 6, "cases": 1}]
    assert (other["cases"], other["steps"]) == ({"opened": 0, "opened_before": 0, "ended": 0, "open": 0}, [])
    sheet = client.get("/api/v1/month?month=2026-11&as=csv", headers=headers)
    assert sheet.text.startswith("\ufeff项目,次数,案件数,2026-11")
    assert "现场核查,2,1,步骤" in sheet.text
    page = client.get("/month?month=2026-11", headers=headers)
    assert "现场核查" in page.text
    for wrong in ("2026-13", "november", "0000-01"):
        assert client.get(f"/api/v1/month?month={wrong}", headers=headers).status_code == 400


def test_a_month_holds_what_was_fined_paid_and_added_on_its_days_and_what_was_done_for_the_party_apart(
    client: FlaskClient, app: Flask, room: Room
) -> None:
    for trigger in FINED:
        take(room, trigger)
    decided, pay_by = local_date(room.now), room.case("A1").details["pay_by"]
    take(room, "part_paid", amount="400.00")
    take(room, "payment_expired")
    take(room, "performed", amount=None, paid_on=str(date.fromisoformat(pay_by) + timedelta(days=1)))
    take(room, "found_uncorrected")
    take(room, "substitute_decided", **AT_ONCE, urgent=True)
    take(room, "substitute_performed", urgent=True)
    take(room, "cost_paid")

    def of(month: str) -> dict[str, str]:
        shown = orjson.loads(client.get(f"/api/v1/month?month={month}", headers=signed_in(app)).data)
        return {row["name"]: row["amount"] for row in shown["sums"]}

    assert (str(decided), pay_by) == ("2026-12-01", "2026-12-16")
    assert of("2026-12") == {
        "fines_imposed": "1000",
        # 600 yuan were unpaid for one day.
        "fines_collected": "1018",
        "late_fines": "18",
        "costs_claimed": "780",
        "costs_recovered": "780",
    }
    assert of("2026-11") == of("2027-01") == {}
    counted = {(name, of): amount for name, of, amount in counts(room.case("A1"))}
    for name in of("2026-12"):
        dated_sum = sum(amount for one, _, _, amount in dated(room.case("A1")) if one == name)
        assert dated_sum == counted[name, ""], name


def test_what_is_given_back_is_taken_off_the_month_in_which_it_is(client: FlaskClient, app: Flask, room: Room) -> None:
    for trigger in ("inspected", "fined_on_the_spot", "performed"):
        take(room, trigger)
    room.pass_time(timedelta(days=20))
    for trigger in ("remedy_sought", "decision_revoked", "refunded"):
        take(room, trigger)

    sums = {
        month: orjson.loads(client.get(f"/api/v1/month?month={month}", headers=signed_in(app)).data)["sums"]
        for month in ("2026-11", "2026-12")
    }

    assert [(row["name"], row["amount"]) for row in sums["2026-11"]] == [("fines_collected", "200")]
    assert [(row["name"], row["amount"]) for row in sums["2026-12"]] == [("fines_collected", "-200")]


def test_a_second_penalty_of_a_case_takes_nothing_off_what_the_first_has_brought(
    client: FlaskClient, app: Flask, room: Room
) -> None:
    for trigger in ("inspected", "fined_on_the_spot", "spot_decision_filed", "performed", "found_uncorrected"):
        take(room, trigger)
    before = dict(of_day(room.case("A1"), date(2026, 11, 23)))
    room.pass_time(timedelta(days=30))
    for trigger in FINED[1:]:
        take(room, trigger)

    shown = orjson.loads(client.get("/api/v1/month?month=2026-11", headers=signed_in(app)).data)

    assert before == {"fines_imposed": Decimal(200), "fines_collected": Decimal(200)}
    assert dict(of_day(room.case("A1"), date(2026, 11, 23))) == before
    assert {row["name"]: row["amount"] for row in shown["sums"]} == {"fines_imposed": "200", "fines_collected": "200"}
    counted: dict[str, Decimal] = {}
    for name, _, amount in counts(room.case("A1")):
        counted[name] = counted.get(name, Decimal(0)) + amount
    known = {name: str(counted[name]) for name in ("decisions", "fines_imposed", "fines_collected")}
    assert known == {"decisions": "2", "fines_imposed": "1200.00", "fines_collected": "200.00"}


def test_what_is_done_for_a_party_a_second_time_takes_nothing_off_the_costs_of_the_first(room: Room) -> None:
    for trigger in ("inspected", "substitute_decided", "substitute_performed", "cost_paid"):
        take(room, trigger, **(AT_ONCE if trigger == "substitute_decided" else {}))
    take(room, "substitute_decided", **AT_ONCE, decision_no=AGAIN)
    take(room, "substitute_performed", cost="20.00")

    found = of_day(room.case("A1"), date(2026, 11, 23))

    assert found == [
        ("costs_claimed", Decimal(780)),
        ("costs_recovered", Decimal(780)),
        ("costs_claimed", Decimal(20)),
    ]
    counted = [(name, amount) for name, _, amount in counts(room.case("A1")) if name.startswith("costs_") and amount]
    assert counted == found


def of_day(case: Any, day: date) -> list[tuple[str, Decimal]]:
    """Return the amounts of a day."""
    return [(name, amount) for name, _, at, amount in dated(case) if at == day and amount]


def test_a_page_of_cases_asks_once_who_has_taken_their_steps(client: FlaskClient, app: Flask, room: Room) -> None:
    for number in range(2, 6):
        room.hear("routing.appeal_dispatched.v1", f"A{number}", ASSIGNED | {"number": f"PL-{number}"})
        take(room, "case_accepted", of=f"A{number}")
    for number in range(1, 6):
        take(room, "inspected", of=f"A{number}")
    asked: list[str] = []

    def note(*said: Any) -> None:
        if "FROM timeline" in said[2]:
            asked.append(said[2])

    event.listen(app.extensions["jiesu"].database.engine, "before_cursor_execute", note)
    found = orjson.loads(client.get("/api/v1/cases?actions=1", headers=signed_in(app, Role.LEADER)).data)["items"]

    assert len(found) == 5
    for case in found:
        [filed] = [action for action in case["actions"] if action["trigger"] == "filed"]
        assert [refusal["en"].partition(":")[0] for refusal in filed["refusals"]] == ["another person takes this step"]
    assert len(asked) == 1


def test_a_payment_from_before_payments_were_kept_one_by_one_stands_under_its_day(room: Room) -> None:
    for trigger in ("inspected", "fined_on_the_spot", "performed"):
        take(room, trigger)
    case = room.case("A1")
    case.details = {name: kept for name, kept in case.details.items() if name != "payments"}

    assert [row[2:] for row in dated(case) if row[0] == "fines_collected"] == [(date(2026, 11, 23), Decimal("200.00"))]


def test_a_month_tells_cases_apart_by_cause_with_the_figures_of_those_that_ended_on_one_sheet(
    client: FlaskClient, headers: dict[str, str], room: Room
) -> None:
    for trigger in (
        "inspected",
        "fined_on_the_spot",
        "spot_decision_filed",
        "performed",
        "found_corrected",
        "concluded",
    ):
        take(room, trigger)
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "enforcement"})
    room.hear("routing.appeal_dispatched.v1", "A2", ASSIGNED | {"number": "PL-2"})

    found = orjson.loads(client.get("/api/v1/month?month=2026-11", headers=headers).data)
    answer = client.get("/api/v1/month?month=2026-11&as=xlsx", headers=headers)
    [*rows] = load_workbook(io.BytesIO(answer.data)).worksheets[0].iter_rows(values_only=True)
    page = client.get("/month?month=2026-11", headers=headers).text

    assert found["causes"] == [
        {"name": "outside_business", "opened": 1, "ended": 1},
        {"name": "", "opened": 1, "ended": 0},
    ]
    assert {(row["name"], row["of"]): row["amount"] for row in found["figures"]}["decisions", "fine"] == "1"
    assert answer.headers["Content-Disposition"].endswith("month-2026-11.xlsx")
    assert ("室（院）外经营摆放", 1, 1, "事由（新收、办结）") in rows
    assert ("罚款决定金额", 200, None, "本期发生（元）") in rows
    assert ("处罚决定（罚款）", 1, None, "本期办结案件") in rows
    for said in ("案件事由", "本期金额", "200 元", "本期办结案件的数字"):
        assert said in page, said


def test_a_name_with_a_sign_that_no_sheet_holds_does_not_keep_the_month_from_being_exported(
    client: FlaskClient, headers: dict[str, str], room: Room
) -> None:
    take(room, "inspected")
    timeline = room.blueprint.store.timeline
    with room.database.write() as session:
        session.execute(timeline.update().where(timeline.c.trigger == "inspected").values(actor_name="处办员\x08甲"))

    answer = client.get("/api/v1/month?month=2026-11&as=xlsx", headers=headers)

    rows = load_workbook(io.BytesIO(answer.data)).worksheets[0].iter_rows(values_only=True)
    assert ("处办员甲", 1, 1, "人员") in [*rows]


def test_who_stands_for_another_unit_counts_none_of_this_ones(client: FlaskClient, app: Flask, room: Room) -> None:
    take(room, "inspected")
    take(room, "correction_ordered", days=3)
    who = Principal(
        id="p2",
        name="处办员乙",
        roles=frozenset({Role.HANDLER}),
        services=frozenset({"enforcement"}),
        units=frozenset({"another_unit"}),
    )
    signed = {"Authorization": f"Bearer {sign_token(who, app.extensions['jiesu'].keys.signing(), moments.now())}"}

    assert items(client, signed, "days=31") == []
    assert orjson.loads(client.get("/api/v1/month", headers=signed).data)["cases"]["opened"] == 0


def test_cases_in_which_nothing_is_attended_crowd_out_none_in_which_something_is(
    client: FlaskClient, headers: dict[str, str], room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(agenda, "_LOOKED_AT", 1)
    room.hear("routing.appeal_dispatched.v1", "A2", ASSIGNED | {"number": "PL-2"})
    for trigger in ("inspected", "correction_ordered"):
        take(room, trigger)

    found = orjson.loads(client.get("/api/v1/agenda?days=31", headers=headers).data)

    assert ([one["what"] for one in found["items"]], found["complete"]) == (["recheck"], True)


@pytest.mark.parametrize("state", HANDLING)
def test_only_the_states_of_the_agenda_have_meetings(state: str) -> None:
    day = "2026-12-07T09:30:00+08:00"
    kept = {"hearing_at": day, "hearing_called": {"place": "会议室"}, "substitute_at": day, "correct_by": "2026-12-07"}

    assert bool([*rules.meetings(state, kept)]) == (state in rules.ATTENDED)


def test_who_does_how_much_is_for_those_who_answer_for_it(client: FlaskClient, app: Flask) -> None:
    who = Principal(
        id="p3",
        name="接线员甲",
        roles=frozenset({Role.OPERATOR}),
        services=frozenset({"enforcement"}),
        units=frozenset({"*"}),
    )
    signed = {"Authorization": f"Bearer {sign_token(who, app.extensions['jiesu'].keys.signing(), moments.now())}"}

    assert client.get("/api/v1/month", headers=signed).status_code == 403
    assert client.get("/month", headers=signed).status_code == 403


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@a", "\t=1"])
def test_a_name_is_no_formula_in_a_spreadsheet(app: Flask, name: str) -> None:
    months = {"month": "2026-11", "cases": {"opened": 0, "opened_before": 0, "ended": 0, "open": 0}}
    months |= dict.fromkeys(("causes", "rates", "sums", "figures", "steps"), ())

    with app.app_context():
        sheet = downloads.csv_text(month.rows({**months, "people": [{"name": name, "times": 1, "cases": 1}]}))

    assert sheet.splitlines()[-1].strip('"').startswith(f"'{name}")


def test_cases_whose_costs_are_open_are_listed_also_where_they_have_ended(
    client: FlaskClient, headers: dict[str, str], room: Room
) -> None:
    for trigger in ("inspected", "substitute_decided", "substitute_performed"):
        take(room, trigger, **(AT_ONCE if trigger == "substitute_decided" else {}))
    room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": "enforcement"})

    def listed() -> list[str]:
        found = orjson.loads(client.get("/api/v1/cases?owes_costs=1", headers=headers).data)
        return [case["state"] for case in found["items"]]

    assert listed() == ["withdrawn"]
    take(room, "cost_paid")
    assert listed() == []
