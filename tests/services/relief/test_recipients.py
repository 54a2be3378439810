"""The roster of recipients behind its doors: masked, paid month by month, taken away with names only on record."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select, text, update

from chassis import blueprint, moments, settings
from chassis.access import Principal, sign_token
from chassis.database import Database
from chassis.keys import generate
from chassis.migrate import upgrade
from chassis.testing import Room
from chassis.wire import new_id
from chassis.workflow import Role
from services.relief import benefits, recipients, register
from services.relief.models import Benefit, Case
from services.relief.service import ReliefService
from services.relief.web import create_app
from tests.services.relief.test_service import ASSIGNED, LASTING, closed_dibao, room, take

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    Signed = Callable[..., dict[str, str]]

__all__ = ["room"]

API = "/api/v1/recipients"
RUN = {"month": "2027-01", "paid_on": "2027-01-10", "voucher_no": "社会化发放批次2027-01"}


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: Room) -> Iterator[Flask]:
    """Give relief's web app over the room's database, its time standing where the room's stands."""
    generate(tmp_path / "keys", ["portal", "relief"])
    monkeypatch.setattr(moments, "now", lambda: room.now)
    app = create_app(settings.load({"JIESU_DATA": str(tmp_path)}))
    yield app
    app.extensions["jiesu"].database.close()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def signed(app: Flask) -> Signed:
    """Sign somebody in."""

    def sign(*roles: Role, units: tuple[str, ...] = ("*",), services: tuple[str, ...] = ("relief",)) -> dict[str, str]:
        who = Principal(
            id="p1", name="民政员甲", roles=frozenset(roles), services=frozenset(services), units=frozenset(units)
        )
        return {"Authorization": f"Bearer {sign_token(who, app.extensions['jiesu'].keys.signing(), moments.now())}"}

    return sign


@pytest.fixture
def january(room: Room) -> Room:
    """Return a room in which dibao was granted and paid for December, on 2027-01-10."""
    closed_dibao(room)
    room.pass_time(timedelta(days=40))
    return room


def test_a_month_s_roster_adds_up_and_names_nobody(january: Room, client: FlaskClient, signed: Signed) -> None:
    found = orjson.loads(client.get(f"{API}?month=2027-01", headers=signed(Role.LEADER)).data)

    [row] = found["items"]
    assert (row["number"], row["relief"], row["amount"], row["heads"]) == ("PL-2", "dibao", "800.00", 1)
    assert (row["paid"], row["name"]) == (False, "居**")
    assert found["totals"]["unpaid_households"] == 1
    assert "0012" not in str(found)
    assert january.state("A1") == "closed"
    december = orjson.loads(client.get(f"{API}?month=2026-12", headers=signed(Role.LEADER)).data)
    assert december["totals"] | {"heads": 1} == december["totals"]
    assert december["totals"]["paid_amount"] == "800.00"
    assert {row["trigger"]: row["count"] for row in december["figures"]}["relief_paid"] == 1
    assert orjson.loads(client.get(f"{API}?month=2026-11", headers=signed(Role.LEADER)).data)["items"] == []


def test_a_month_is_recorded_for_all_that_are_due_and_for_nobody_twice(
    january: Room, client: FlaskClient, signed: Signed
) -> None:
    handler = signed(Role.HANDLER)
    first = orjson.loads(client.post(f"{API}/payments", json=RUN, headers=handler).data)
    again = orjson.loads(client.post(f"{API}/payments", json=RUN, headers=handler).data)

    assert (first["recorded"], first["failed"], again["recorded"]) == (1, [], 0)
    [kept] = january.case("A1").details["month_paid"]
    assert kept == {**RUN, "amount": "800.00"}


def test_what_can_t_be_recorded_is_named_with_its_reason(january: Room, client: FlaskClient, signed: Signed) -> None:
    handler = signed(Role.HANDLER)

    future = orjson.loads(client.post(f"{API}/payments", json=RUN | {"paid_on": "2027-01-11"}, headers=handler).data)

    assert future["recorded"] == 0
    [failed] = future["failed"]
    assert "不能晚于今天" in str(failed["problem"])
    assert "month_paid" not in january.case("A1").details
    bad = client.post(f"{API}/payments", json={"month": "2027-13"}, headers=handler)
    assert bad.status_code == 422
    assert {error["pointer"] for error in orjson.loads(bad.data)["errors"]} == {"/month", "/paid_on", "/voucher_no"}


def test_the_roster_is_closed_to_those_whom_it_is_not_for(client: FlaskClient, signed: Signed) -> None:
    assert client.get(API).status_code == 401
    assert client.get(API, headers=signed(Role.OPERATOR)).status_code == 403
    assert client.post(f"{API}/payments", json=RUN, headers=signed(Role.LEADER)).status_code == 403
    assert client.get(f"{API}.csv?purpose=发放", headers=signed(Role.LEADER)).status_code == 403
    assert client.get(f"{API}?month=2027-1", headers=signed(Role.LEADER)).status_code == 400


def test_other_units_households_are_not_on_one_s_list(january: Room, client: FlaskClient, signed: Signed) -> None:
    del january
    own = signed(Role.HANDLER, units=("another_unit",))

    assert orjson.loads(client.get(f"{API}?month=2027-01", headers=own).data)["items"] == []
    assert orjson.loads(client.post(f"{API}/payments", json=RUN, headers=own).data)["recorded"] == 0


def test_the_list_with_names_leaves_only_once_it_is_on_record_who_takes_it_and_what_for(
    january: Room, client: FlaskClient, signed: Signed
) -> None:
    handler = signed(Role.HANDLER)
    without = client.get(f"{API}.csv?month=2027-01", headers=handler)
    assert (without.status_code, january.told("reveal_logged.v1")) == (422, [])

    taken = client.get(f"{API}.csv?month=2027-01&purpose=交银行代发", headers=handler)

    lines = taken.text.lstrip("\ufeff").splitlines()
    assert lines[1].startswith("1,2027-01,PL-2,最低生活保障,居民甲,0012,")
    [told] = january.told("reveal_logged.v1")
    assert (told["what"], told["purpose"], told["number"]) == (["payment_list"], "交银行代发", "2027-01 发放名册 1 户")
    store = january.blueprint.store
    with january.database.read() as session:
        assert session.scalar(select(store.reveals.c.purpose)) == "交银行代发"


def test_a_name_that_a_spreadsheet_takes_for_a_formula_stays_a_name(
    room: Room, client: FlaskClient, signed: Signed
) -> None:
    odd = [{**LASTING["household"][0], "name": "=1+1甲"}]
    closed_dibao(room, household=odd)

    taken = client.get(f"{API}.csv?month=2026-12&purpose=核对", headers=signed(Role.HANDLER))

    assert ",'=1+1甲," in taken.text


def test_the_page_shows_the_month_and_records_it(january: Room, client: FlaskClient, signed: Signed) -> None:
    token = signed(Role.HANDLER)["Authorization"].removeprefix("Bearer ")
    client.set_cookie("jiesu_token", token)
    assert client.get("/recipients", headers={"Accept": "text/html"}).status_code == 200
    page = client.get("/recipients?month=2027-01", headers={"Accept": "text/html"}).text
    assert "居**" in page
    assert "居民甲" not in page
    csrf = re.search(r'name="_csrf_token" value="([^"]+)"', page)
    assert csrf is not None

    wrong = client.post("/recipients?month=2027-01", data={**RUN, "voucher_no": "", "_csrf_token": csrf[1]})
    done = client.post("/recipients?month=2027-01", data={**RUN, "_csrf_token": csrf[1]})

    assert (wrong.status_code, done.status_code) == (422, 303)
    assert "recorded=1" in done.headers["Location"]
    shown = client.get(done.headers["Location"].removeprefix("/relief"), headers={"Accept": "text/html"}).text
    assert "已登记发放 1 户" in shown
    assert [one["month"] for one in january.case("A1").details["month_paid"]] == ["2027-01"]


def test_who_was_found_to_have_concealed_something_is_on_no_later_list(
    january: Room, client: FlaskClient, signed: Signed
) -> None:
    take(january, "fraud_found")

    assert orjson.loads(client.get(f"{API}?month=2027-01", headers=signed(Role.LEADER)).data)["items"] == []


def test_on_postgresql_recipients_and_figures_are_read_too(tmp_path: Path, database_url: str) -> None:
    migrated = Database(database_url, "relief")
    upgrade(migrated, blueprint.read(ReliefService))
    migrated.close()
    room = Room(ReliefService, tmp_path, database_url)
    room.hear("routing.appeal_dispatched.v1", "A1", ASSIGNED)
    take(room, "case_accepted")
    take(room, "contact_made")
    closed_dibao(room)

    with room.database.read() as session:
        [line], following = register.recipients(session, "2026-12", most=2)
        sums = register.totals(session, "2026-12")
        figures = register.figures(session, "2026-12")

    assert (line["name"], str(line["amount"]), line["paid"], following) == ("居民甲", "800.00", True, None)
    assert [(row["trigger"], str(row["amount"])) for row in figures] == [
        ("district_approved", "800.00"),
        ("relief_paid", "800.00"),
    ]
    assert (sums["households"], sums["heads"], str(sums["paid_amount"])) == (1, 1, "800.00")
    take(room, "benefit_verified", change="lowered", new_amount="500.00", from_month="2027-01", decision_no="1")
    room.pass_time(timedelta(days=40))
    take(room, "month_paid", month="2027-01", amount="500.00", voucher_no="批次1")
    with room.database.read() as session:
        figures = register.figures(session, "2027-01")
        assert register.due(session, "2027-02", most=9) != register.due(session, "2027-01", most=9) == []
    assert [(row["trigger"], row["count"], str(row["amount"])) for row in figures] == [("month_paid", 1, "500.00")]
    room.database.close()


def households(room: Room, more: int) -> list[str]:
    """Enter so many more households like the first, as a chore enters what was there before; return all ids in order."""
    with room.database.write() as session:
        first = session.scalars(select(Case)).one()
        table = Case.__table__
        row = {column.name: getattr(first, column.name) for column in table.columns}
        for number in range(more):
            again = {"id": new_id(), "subject": f"B{number}", "number": f"PL-{number + 3}", "entered": 0}
            session.execute(insert(Case), row | again)
        session.execute(update(Case).values(entered=0))
    room.run("index_cases")
    with room.database.read() as session:
        return list(session.scalars(select(Case.id).order_by(Case.id)))


def test_a_roster_is_read_page_by_page_and_added_up_as_a_whole(
    january: Room, client: FlaskClient, signed: Signed
) -> None:
    ids = households(january, 4)
    seen: list[list[str]] = []
    after: Any = ""

    for _ in range(3):
        page = orjson.loads(client.get(f"{API}?month=2027-01&limit=2&after={after}", headers=signed(Role.LEADER)).data)
        seen.append([row["case_id"] for row in page["items"]])
        assert page["totals"]["households"] == 5
        assert page["totals"]["amount"] == "4000.00"
        after = page["next"]

    assert [*map(len, seen)] == [2, 2, 1]
    assert [one for page in seen for one in page] == ids
    assert after is None
    for wrong in ("limit=0", "limit=201", "after=%27"):
        assert client.get(f"{API}?month=2027-01&{wrong}", headers=signed(Role.LEADER)).status_code == 400


def test_a_month_is_recorded_so_many_at_a_time_and_the_page_says_how_many_are_left(
    january: Room, client: FlaskClient, signed: Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipients, "_AT_ONCE", 2)
    households(january, 4)
    handler = signed(Role.HANDLER)
    recorded: list[tuple[int, int]] = []
    after: Any = ""

    for _ in range(3):
        done = orjson.loads(client.post(f"{API}/payments?after={after}", json=RUN, headers=handler).data)
        recorded.append((done["recorded"], done["left"]))
        after = done["next"]

    assert (recorded, after) == ([(2, 3), (2, 1), (1, 0)], None)
    assert len(january.told("case_recounted.v1")) == 5
    text = client.get(f"{API}.csv?month=2027-01&purpose=交银行代发", headers=handler).text
    lines = text.lstrip("\ufeff").splitlines()[1:]
    assert [line.split(",")[0] for line in lines] == ["1", "2", "3", "4", "5"]
    assert all(line.split(",")[9] == "是" for line in lines)


def test_what_can_t_be_recorded_does_not_keep_those_behind_it_from_their_turn(
    january: Room, client: FlaskClient, signed: Signed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recipients, "_AT_ONCE", 1)
    ids = households(january, 1)
    with january.database.write() as session:
        session.execute(update(Case).where(Case.id == ids[0]).values(state="stopped"))
        session.execute(update(Benefit).where(Benefit.case_id == ids[0]).values(cents=70000))

    first = orjson.loads(client.post(f"{API}/payments", json=RUN, headers=signed(Role.HANDLER)).data)
    then = orjson.loads(
        client.post(f"{API}/payments?after={first['next']}", json=RUN, headers=signed(Role.HANDLER)).data
    )

    assert (first["recorded"], len(first["failed"]), first["next"]) == (0, 1, ids[0])
    assert (then["recorded"], then["left"], then["next"]) == (1, 1, None)


def test_a_page_of_the_roster_walks_the_key_and_reads_no_more_than_it_shows(room: Room) -> None:
    page = register.page_of("2027-01", None, "0193", 51).compile(compile_kwargs={"literal_binds": True})

    with room.database.read() as session:
        plan = [row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {page}"))]

    assert any("benefits USING" in step for step in plan), plan
    assert not [step for step in plan if step.startswith("SCAN") or "TEMP B-TREE" in step], plan


MONTHS = st.integers(0, 40).map(lambda one: f"{2026 + one // 12}-{one % 12 + 1:02}")


@given(
    st.lists(st.tuples(MONTHS, st.integers(0, 90_000)), min_size=1, max_size=5, unique_by=lambda row: row[0]),
    st.booleans(),
    st.none() | MONTHS,
    MONTHS,
)
def test_for_any_month_the_roster_s_tables_say_what_the_case_says(
    changes: list[tuple[str, int]],
    runs: bool,  # noqa: FBT001 - hypothesis gives it
    last: str | None,
    month: str,
) -> None:
    rows = [{"from_month": since, "amount": str(Decimal(cents) / 100)} for since, cents in sorted(changes)]
    details = {"relief_paid": {"payments": []}, "benefit": rows, "benefit_runs": runs, "last_month": last}

    found = [amount for since, until, amount in benefits.periods(details) if since <= month <= until]

    said = benefits.amount_in(details, month)
    assert found == ([] if said is None else [said])


def test_no_list_leaves_while_households_are_still_entered_and_the_page_says_so(
    january: Room, client: FlaskClient, signed: Signed
) -> None:
    with january.database.write() as session:
        session.execute(update(Case).values(entered=0))
    asked = f"{API}.csv?month=2027-01&purpose=交银行发放"

    refused = client.get(asked, headers=signed(Role.HANDLER))

    assert refused.status_code == 422
    assert "名册不全" in refused.text
    assert orjson.loads(client.get(f"{API}?month=2027-01", headers=signed(Role.LEADER)).data)["whole"] is False
    january.run("index_cases")
    assert client.get(asked, headers=signed(Role.HANDLER)).status_code == 200


def behind(room: Room, subject: str, **changed: Any) -> None:
    """Change a case as a worker of a release before the index does: it knows neither its tables nor how far they follow."""
    with room.database.write() as session:
        case = session.scalars(select(Case).where(Case.subject == subject)).one()
        row = {"details": {**case.details, **changed}, "entries": case.entries + 1}
        session.execute(update(Case).where(Case.id == case.id).values(**row))


@pytest.mark.parametrize("catches_up", ["chore", "next step"])
def test_what_a_worker_of_an_older_release_has_done_is_caught_up_with(
    january: Room, client: FlaskClient, signed: Signed, catches_up: str
) -> None:
    if catches_up == "chore":
        behind(january, "A1", month_paid=[{**RUN, "amount": "800.00"}])
        january.run("index_cases")
    else:
        january.pass_time(timedelta(days=30))
        behind(january, "A1", month_paid=[{**RUN, "amount": "800.00"}])
        take(january, "month_paid", month="2027-02", amount="800.00")

    found = orjson.loads(client.get(f"{API}?month=2027-01", headers=signed(Role.LEADER)).data)
    assert (found["totals"]["paid_households"], found["items"][0]["paid"], found["whole"]) == (1, True, True)
    assert january.case("A1").entered == january.case("A1").entries


def test_catching_up_with_a_note_is_no_change_that_whoever_has_the_case_open_is_refused_for(january: Room) -> None:
    january.hear(
        "routing.appeal_urged.v1", "A1", {"mechanism": "relief", "light": "urge_50", "at": "2027-01-02T00:00:00Z"}
    )
    noted = january.case("A1")
    assert noted.entered < noted.entries

    january.run("index_cases")

    caught_up = january.case("A1")
    assert (caught_up.entered, caught_up.version) == (noted.entries, noted.version)


def test_a_page_of_households_that_get_nothing_any_more_ends_neither_the_roster_nor_its_list(
    january: Room, client: FlaskClient, signed: Signed
) -> None:
    first, *_, last = households(january, 4)
    for subject in ("A1", "B0", "B1", "B2"):
        if january.case(subject).id not in (first, last):
            behind(january, subject, benefit_runs=False, last_month="2026-12")
    seen: list[str] = []
    after: Any = ""

    while after is not None:
        page = orjson.loads(client.get(f"{API}?month=2027-01&limit=1&after={after}", headers=signed(Role.LEADER)).data)
        seen += [row["case_id"] for row in page["items"]]
        after = page["next"]

    assert {first, last} <= {*seen}
    listed = client.get(f"{API}.csv?month=2027-01&purpose=交银行发放", headers=signed(Role.HANDLER)).text
    assert len(listed.splitlines()) == 1 + len(seen)


def test_what_lags_is_found_by_its_index(room: Room) -> None:
    with room.database.read() as session:
        question = register.lagging(None).compile(session.get_bind())  # type: ignore[arg-type]
        plan = [row.detail for row in session.execute(text(f"EXPLAIN QUERY PLAN {question}"))]

    assert any("cases_lagging" in step for step in plan), plan
