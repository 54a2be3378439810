"""The ledger as the desk and the leaders read it: narrowed, by API and page."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, text, update

from chassis import catalogue, listing, migrate, moments, settings
from chassis.access import Principal, sign_token
from chassis.clocks import Clock, Unit
from chassis.database import Database
from chassis.keys import generate
from chassis.listing import page
from chassis.testing import Room
from chassis.workflow import Role
from services.routing import export, ledger
from services.routing.ledger import FILTERS
from services.routing.models import LEDGER_INDEXES, Words
from services.routing.service import RoutingService
from services.routing.web import create_app
from tests.services.routing.conftest import ORDINARY, SERIOUS, UNCLEAR, URGENT, registered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient

PATH = "/api/v1/cases"
SOMEBODY = Principal(
    id="p1", name="受理员甲", roles=frozenset({"desk"}), services=frozenset({"*"}), units=frozenset({"*"})
)
NEW_INDEXES = ("cases_open", "cases_open_by_due", "cases_silent", "cases_by_number")
#: Title, text and place.
LINES = {
    "A": ("小区路灯不亮", "LED 路灯不亮三天了", "渤海九路"),
    "B": ("路灯", "门口的灯坏了", "黄河12路"),
    "C": ("电梯常坏", "请回电 13812345678", "长江一路"),
    "D": ("物业收费", "涨了 100%,没有说明", "长江二路"),
}


class Desk:
    """The ledger's doors, and who knocks."""

    def __init__(self, room: Room, folder: Path) -> None:
        found = settings.load({"JIESU_DATA": str(folder)})
        self.keys = generate(folder / "keys", ["routing"])
        self.room = room
        self.client: FlaskClient = create_app(found).test_client()

    def headers(self, role: str = "desk") -> dict[str, str]:
        who = Principal(
            id="p1", name="受理员甲", roles=frozenset({role}), services=frozenset({"*"}), units=frozenset({"*"})
        )
        return {"Authorization": f"Bearer {sign_token(who, self.keys.signing(), moments.now())}"}

    def get(self, query: str, path: str = PATH, role: str = "desk") -> Any:
        return self.client.get(f"{path}?{query}", headers=self.headers(role), buffered=True)

    def subjects(self, query: str) -> list[str]:
        answer = self.get(query)
        assert answer.status_code == 200, answer.text
        return sorted(item["subject"] for item in answer.json["items"])

    def change(self, subject: str, **columns: Any) -> None:
        case = self.room.blueprint.case
        with self.room.database.write() as session:
            session.execute(update(case).where(case.subject == subject).values(**columns))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    made = Room(RoutingService, tmp_path, now=datetime(2026, 3, 2, 1, tzinfo=UTC))
    for subject, words in {"O": ORDINARY, "S": SERIOUS, "U": URGENT, "N": UNCLEAR}.items():
        appeal = registered(appeal_id=subject, channel="letter" if subject == "S" else "web", **words)
        made.hear("intake.appeal_registered.v1", subject, appeal)
        made.now += timedelta(days=1)
    assert made.parked() == []
    return Desk(made, tmp_path)


def test_the_ledger_is_narrowed_by_each_of_its_columns(desk: Desk) -> None:
    desk.change("O", silent_at=datetime(2026, 4, 1, tzinfo=UTC))
    desk.change("N", due_at=moments.now() + timedelta(days=1))

    assert desk.subjects("channel=letter") == ["S"]
    assert desk.subjects("mechanism=mediation") == ["O"]
    assert desk.subjects("category=0101") == desk.subjects("category=01") == ["O"]
    assert desk.subjects("category=06") == ["S"]
    assert desk.subjects("urgency=II") == ["U"]
    assert desk.subjects("severity=serious") == ["S"]
    assert desk.subjects("unit=mediation_committee") == ["O"]
    assert desk.subjects("state=triage_due") == ["N"]
    assert desk.subjects("stage=analyse") == ["N", "S"]
    assert desk.subjects("silent=1") == ["O"]
    assert desk.subjects("overdue=1") == ["O", "S", "U"]
    assert desk.subjects("opened_from=2026-03-03&opened_to=2026-03-04") == ["S", "U"]
    assert desk.subjects("stage=analyse&channel=letter&overdue=1") == ["S"]


def test_each_filter_has_its_column_in_the_indexes_that_pages_are_read_by() -> None:
    narrowed = {one.name for one in FILTERS if one.name not in ("search", "silent")} | {"state"}

    for name in ("cases_by_opened", "cases_open", "cases_open_by_due", "cases_rare"):
        [index] = [one for one in LEDGER_INDEXES if one.name == name]
        # Who asks for a kind of people reads by the index of what few lines have.
        here = narrowed - {"person_kind"} if name == "cases_by_opened" else narrowed
        assert here <= {column.name for column in index.columns}


@pytest.mark.parametrize("query", ["person_kind=elder", "urgency=I", "person_kind=elder&urgency=I&channel=web"])
def test_what_few_lines_have_is_read_by_the_index_of_that(database_url: str, tmp_path: Path, query: str) -> None:
    url = database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    database = Database(url, "routing")
    migrate.upgrade(database, catalogue.spec("routing"))
    database.close()
    room = Room(RoutingService, tmp_path, url)
    room.hear("intake.appeal_registered.v1", "A", registered(appeal_id="A"))
    with room.database.write() as session:
        many = "INSERT INTO cases SELECT (c).* FROM (SELECT jsonb_populate_record(c, jsonb_build_object('id', n::text, "
        many += "'subject', n::text, 'urgency', CASE n % 900 WHEN 7 THEN 'I' ELSE 'III' END, 'person_kind', "
        many += "CASE n % 900 WHEN 9 THEN ',elder,' ELSE '' END)) c FROM cases c, generate_series(1, 20000) n) made"
        session.execute(text(many))
        session.execute(text("ANALYZE cases"))
    asked, case = dict(part.split("=") for part in query.split("&")), room.blueprint.case
    with room.database.read() as session:
        assert room.blueprint.workflow is not None
        rows, _ = listing.narrowed(session, case, room.blueprint.workflow, asked, SOMEBODY, room.now, FILTERS)
        keys = rows.with_only_columns(case.id, case.opened_at).order_by(case.opened_at.desc(), case.id.desc()).limit(51)
        written = keys.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
        plan = session.execute(text(f"EXPLAIN {written}")).scalars().all()
    assert "cases_rare" in "".join(plan)
    room.database.close()


def test_the_ledger_is_narrowed_to_a_kind_of_people_also_as_the_desk_has_corrected_it(desk: Desk) -> None:
    about = {"text": "我家老人行动不便，是退役军人，请上门办理。", "title": "请上门"}
    desk.room.hear("intake.appeal_registered.v1", "P", registered(appeal_id="P", **about))

    assert desk.subjects("person_kind=veteran") == ["P"]
    assert desk.subjects("person_kind=elder") == ["P", "U"]
    assert desk.subjects("person_kind=disabled") == []
    assert "老人" in desk.get("person_kind=elder", path="/cases").text
    grades = {"mechanism": "hotline", "category": "0302", "urgency": "IV", "severity": "moderate"}
    desk.room.act(
        "N", "corrected", {**grades, "reason": "已核实", "person_kinds": ["low_income", "disabled"]}, role=Role.DESK
    )
    assert desk.subjects("person_kind=low_income") == desk.subjects("person_kind=disabled") == ["N"]
    assert desk.get("person_kind=martian").status_code == 400


def test_what_was_heard_of_since_is_silent_no_more(desk: Desk) -> None:
    desk.change("O", silent_at=datetime(2026, 4, 1, tzinfo=UTC), updated_at=datetime(2026, 4, 2, tzinfo=UTC))

    assert desk.subjects("silent=1") == []


@pytest.mark.parametrize(
    "query",
    [
        "channel=pigeon",
        "mechanism=magic",
        "category=1",
        "category=0199",
        "urgency=V",
        "severity=bad",
        "unit=nobody",
        "silent=perhaps",
        "opened_from=2026-13-01",
    ],
)
def test_a_wrong_value_is_a_problem_in_both_languages(desk: Desk, query: str) -> None:
    answer = desk.get(query)

    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")
    [error] = answer.json["errors"]
    assert error["pointer"] == f"?{query.partition('=')[0]}"
    assert error["zh"]
    assert error["en"]


def test_the_page_keeps_what_it_was_narrowed_by(desk: Desk) -> None:
    first = desk.get("channel=web&overdue=1&opened_from=2026-03-01&limit=1", path="/cases").text

    assert 'name="channel"' in first
    assert '<option value="web" selected>' in first
    assert 'name="opened_from" value="2026-03-01"' in first
    [after] = [line for line in first.split('"') if "after=" in line]
    for kept in ("channel=web", "overdue=1", "opened_from=2026-03-01", "limit=1"):
        assert kept in after
    second = desk.get(after.replace("&amp;", "&").removeprefix("?"), path="/cases").text
    assert f'href="?channel={quote("web")}' in second


def found(room: Room, search: str) -> list[str]:
    workflow = room.blueprint.workflow
    assert workflow is not None
    with room.database.read() as session:
        rows = page(session, room.blueprint.case, workflow, {"search": search}, SOMEBODY, room.now, FILTERS).rows
        return sorted(row.subject for row in rows)


@pytest.fixture(params=["sqlite", "postgresql"])
def searched(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Room]:
    """Give a ledger that holds four appeals, on each kind of database."""
    url = ""
    if request.param == "postgresql":
        url = request.getfixturevalue("database_url").replace("postgresql://", "postgresql+psycopg://", 1)
        database = Database(url, "routing")
        migrate.upgrade(database, catalogue.spec("routing"))
        database.close()
    room = Room(RoutingService, tmp_path, url)
    for subject, line in LINES.items():
        appeal = registered(appeal_id=subject, **dict(zip(("title", "text", "place"), line, strict=True)))
        room.hear("intake.appeal_registered.v1", subject, appeal)
    assert room.parked() == []
    room.run("keep_words")
    yield room
    room.database.close()


@pytest.mark.parametrize(
    ("search", "subjects"),
    [
        ("路灯", ["A", "B"]),
        ("路灯不亮", ["A"]),
        ("灯坏了", ["B"]),
        ("12路 路灯", ["B"]),
        ("１２路", ["B"]),
        ("led", ["A"]),
        ("黄河12路", ["B"]),
        ("000003号", ["C"]),
        ("路坏灯", []),
        ("路灯 电梯", []),
        ("138****5678", ["C"]),
        ("100%", ["D"]),
        ("1__%", []),
    ],
)
def test_a_search_finds_what_is_written_in_number_title_text_and_place(
    searched: Room, search: str, subjects: list[str]
) -> None:
    assert found(searched, search) == subjects


@pytest.mark.parametrize("often", [0, 3, 10_000])
def test_what_stands_in_many_lines_and_what_is_rare_are_found_alike(
    searched: Room, monkeypatch: pytest.MonkeyPatch, often: int
) -> None:
    monkeypatch.setattr(ledger, "_OFTEN", often)

    assert found(searched, "路灯") == ["A", "B"]
    assert found(searched, "电梯常坏") == ["C"]


@pytest.mark.parametrize("search", ["灯", "路灯 坏", " ", "字" * 61, "一一 二二 三三 四四 五五 六六 七七"])
def test_a_search_that_is_too_short_or_too_long_is_refused(desk: Desk, search: str) -> None:
    answer = desk.get(f"search={quote(search)}")

    assert answer.status_code == 400
    assert answer.json["errors"][0]["pointer"] == "?search"


@pytest.mark.parametrize("search", ["13812345678", "电梯 138 1234 5678", "37230119800101001X"])
def test_nobody_is_searched_for_by_the_number_of_his_telephone_or_identity_card(desk: Desk, search: str) -> None:
    answer = desk.get(f"search={quote(search)}")

    assert answer.status_code == 400
    assert "已隐去" in answer.json["errors"][0]["zh"]


@pytest.mark.parametrize("search", ["000003", "3号", "[2026]3", "彭李诉〔2026〕000003号", "〔2026〕３号"])
def test_a_line_is_found_by_its_number_before_its_words_are_kept(tmp_path: Path, search: str) -> None:
    room = Room(RoutingService, tmp_path)
    for subject in LINES:
        room.hear("intake.appeal_registered.v1", subject, registered(appeal_id=subject, text="请查 000003 号表"))

    assert found(room, search) == ["C"]
    assert found(room, "请查") == []


def test_words_are_kept_once_for_each_line_however_often_the_chore_runs(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(ledger, "_AT_ONCE", 3)
    room = Room(RoutingService, tmp_path)
    for subject in LINES:
        room.hear("intake.appeal_registered.v1", subject, registered(appeal_id=subject))
    for kept in (3, 4, 4):
        room.run("keep_words")

        with room.database.read() as session:
            assert len(session.scalars(select(Words.case_id)).all()) == kept

    room.hear("intake.appeal_registered.v1", "E", registered(appeal_id="E", title="井盖丢失"))
    assert found(room, "井盖丢失") == []
    room.run("keep_words")
    assert found(room, "井盖丢失") == ["E"]


def test_a_walk_ends_somewhere_says_so_and_goes_on_from_there(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "WALKED", 3)
    desk.room.run("keep_words")

    first = desk.get(f"search={quote('拖椅子')}").json
    second = desk.get(f"search={quote('拖椅子')}&after={first['next']}").json

    assert (first["items"], first["back_to"]) == ([], "2026-03-03T09:00:00+08:00")
    assert [item["subject"] for item in second["items"]] == ["O"]
    assert (second["next"], "back_to" in second) == (None, False)
    page = desk.get(f"search={quote('拖椅子')}", path="/cases").text
    assert "已查到 2026-03-03 09:00 为止" in page
    assert 'rel="next"' in page


def test_so_many_fit_or_more_than_anybody_reads(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    assert desk.get("count=1&limit=1").json["count"] == {"cases": 4, "or_more": False}
    assert desk.get("count=1&channel=letter").json["count"] == {"cases": 1, "or_more": False}
    assert "count" not in desk.get("limit=1").json
    assert "共 4 件" in desk.get("", path="/cases").text

    monkeypatch.setattr(listing, "COUNTED", 3)

    assert desk.get("count=1&limit=1").json["count"] == {"cases": 3, "or_more": True}
    assert "3 件以上" in desk.get("", path="/cases").text


def test_lines_that_were_there_before_the_migration_are_searchable_after_it(database_url: str, tmp_path: Path) -> None:
    url = database_url.replace("postgresql://", "postgresql+psycopg://", 1)
    database, spec = Database(url, "routing"), catalogue.spec("routing")
    migrate.upgrade(database, spec)
    room = Room(RoutingService, tmp_path, url)
    room.hear(
        "intake.appeal_registered.v1", "A", registered(appeal_id="A", title="小区路灯不亮", text="家中老人夜里摔倒")
    )
    columns = ("dispatched_at", "rule", "hops", "returned_at", "helpers", "called", "sign_by")
    undo = (
        # What later ones have brought.
        "DROP TABLE signatures, signature_head, delegations, papers, colleagues",
        "DROP INDEX cases_helped",
        *(f"ALTER TABLE cases DROP COLUMN {name}" for name in columns),
        "DROP TABLE ledger_words",
        "DROP FUNCTION ledger_pairs",
        "ALTER TABLE ledger_numbers DROP COLUMN searchable",
        *(f"DROP INDEX {name}" for name in ("cases_by_opened", "cases_rare", *NEW_INDEXES)),
        "ALTER TABLE cases DROP COLUMN person_kind",
        "CREATE INDEX cases_by_opened ON cases (opened_at, id)",
        "CREATE INDEX cases_by_state ON cases (state, opened_at, id)",
        "CREATE INDEX cases_by_due ON cases (due_at, id)",
        "CREATE INDEX cases_by_mechanism ON cases (mechanism, state)",
        "UPDATE alembic_version SET version_num = '0005'",
    )
    with database.write() as session:
        for statement in undo:
            session.execute(text(statement))

    assert migrate.upgrade(database, spec) == ["0006", "0007", "0008", "0009", "0010", "0011", "0012", "0013"]
    assert migrate.differences(database, spec.metadata) == []
    room.run("keep_words")

    assert found(room, "路灯不亮") == ["A"]
    assert room.case("A").person_kind == ",elder,"
    room.database.close()
    database.close()


def test_kinds_of_people_of_before_the_migration_are_found_after_it_on_sqlite_too(tmp_path: Path) -> None:
    database, spec = Database(url := f"sqlite:///{tmp_path / 'routing.sqlite3'}", "routing"), catalogue.spec("routing")
    migrate.upgrade(database, spec)
    room = Room(RoutingService, tmp_path, url)
    for subject, words in (("A", "家中老人夜里摔倒，我是退役军人"), ("B", "路灯不亮")):
        appeal = registered(appeal_id=subject, text=words, hold=subject == "B")
        room.hear("intake.appeal_registered.v1", subject, appeal)
    room.hear("intake.appeal_answered.v1", "B", {"appeal_id": "B", "reply": "已报修", "by": "p9"})
    required = Clock(name="required", started_at=room.now, limit=120, unit=Unit.MINUTE).to_dict()
    order = {"mechanism": "intake", "reason": "仍未修好", "round": 1, "ground": "supervision", "clocks": [required]}
    room.hear("feedback.rework_ordered.v1", "B", order)
    with database.write() as session:
        session.execute(text("UPDATE cases SET look_at = NULL"))
        for name in ("cases_rare", "cases_open", "cases_open_by_due"):
            session.execute(text(f"DROP INDEX {name}"))
        session.execute(text("ALTER TABLE cases DROP COLUMN person_kind"))
        session.execute(text("CREATE INDEX cases_open ON cases (opened_at)"))
        session.execute(text("CREATE INDEX cases_open_by_due ON cases (due_at)"))
        session.execute(text("UPDATE alembic_version SET version_num = '0012'"))

    assert migrate.upgrade(database, spec) == ["0013"]
    assert (room.case("A").person_kind, room.case("B").person_kind) == (",elder,veteran,", "")
    room.now += timedelta(hours=3)
    room.run("watch_promises")
    assert [(one["clock"], one["level"]) for one in room.told("appeal_supervised.v1")] == [
        ("rework", 0),
        ("required", 1),
    ]
    room.database.close()
    database.close()


XLSX = "/api/v1/ledger.xlsx"
PURPOSE = f"purpose={quote('季度&通报 13812345678')}"


def sheet(answer: Any) -> tuple[Any, list[dict[str, Any]]]:
    """Read a spreadsheet: the sheet, and its lines by their headers."""
    assert answer.status_code == 200, answer.text
    made: Any = load_workbook(BytesIO(answer.data)).active
    _mark, headers, *lines = made.iter_rows(values_only=True)
    return made, [dict(zip(headers, line, strict=True)) for line in lines]


def test_the_ledger_is_exported_as_it_is_narrowed_with_all_columns_of_the_register(desk: Desk) -> None:
    room = desk.room
    about = {"appeal_id": "O", "mechanism": "mediation"}
    room.hear("mediation.case_accepted.v1", "O", {**about, "unit": "mediation_committee"})
    room.hear("mediation.case_contacted.v1", "O", {**about, "way": "phone"})
    room.now += timedelta(hours=1)
    ended = {**about, "outcome": "solved", "reply": "已调解达成协议", "handler_claims_solved": True}
    room.hear("mediation.case_concluded.v1", "O", ended)
    assert room.parked() == []

    _sheet, lines = sheet(desk.get(f"channel=web&{PURPOSE}", path=XLSX))

    assert [line["编号"][-3:-1] for line in lines] == ["04", "03", "01"]
    line = lines[-1]
    assert [*line] == [*export.COLUMNS]
    assert (line["来源渠道"], line["机制"], line["一级类别"], line["二级类别"]) == (
        "网页",
        "邻里纠纷调解",
        "邻里纠纷",
        "生活噪音",
    )
    assert line["主办单位"] == "街道人民调解委员会"
    assert line["受理时间"] == line["派单时间"] == "2026-03-02 09:00"
    assert line["签收时间"] == line["首次联系时间"] == "2026-03-06 09:00"
    assert (line["办结时间"], line["答复内容"]) == ("2026-03-06 10:00", "已调解达成协议")
    assert line["是否按时"] == "是"
    assert line["诉求人（脱敏）"] == "＊＊"
    assert line["人员类别"] is None


def test_what_a_petitioner_was_told_at_the_door_stands_in_the_register(desk: Desk) -> None:
    room = desk.room
    for one in ("P", "Q"):
        room.hear("intake.appeal_registered.v1", one, registered(appeal_id=one, channel="letter", title=one, hold=True))
    room.now += timedelta(minutes=1)
    refusal = {"ground": "beyond_duty", "route": "none", "reply": "不属于街道职责，请向房东提出"}
    room.hear("intake.appeal_not_accepted.v1", "P", refusal)
    room.hear("intake.appeal_relayed.v1", "Q", {"service": "120", "reply": "已转 120，请保持电话畅通"})

    told = {line["诉求内容摘要"][0]: line for line in sheet(desk.get(f"channel=letter&{PURPOSE}", path=XLSX))[1]}

    ends = ("答复内容", "答复方式", "答复时间", "办结时间", "办理结果")
    at = "2026-03-06 09:01"
    assert [told["P"][name] for name in ends] == [refusal["reply"], "网上查询", at, at, None]
    assert [told["Q"][name] for name in ends] == ["已转 120，请保持电话畅通", "网上查询", at, None, None]
    room.now += timedelta(minutes=9)
    room.hear("intake.appeal_followed_up.v1", "Q", {"result": "已送医，情况稳定"})
    told = {line["诉求内容摘要"][0]: line for line in sheet(desk.get(f"channel=letter&{PURPOSE}", path=XLSX))[1]}
    assert [told["Q"][name] for name in ends][2:] == [at, "2026-03-06 09:10", "已送医，情况稳定"]


def test_the_kinds_of_people_stand_in_the_register(desk: Desk) -> None:
    words = {"title": "低保户独居老人", "text": "楼上独居老人是低保户，没人照顾。"}
    desk.room.hear("intake.appeal_registered.v1", "P", registered(appeal_id="P", channel="letter", **words))

    _sheet, lines = sheet(desk.get(f"channel=letter&{PURPOSE}", path=XLSX))

    assert [line["人员类别"] for line in lines] == ["老人、困难群众", None]


#: What a mechanism tells of the times that the law sets for a case.
LAW = {
    "name": "mediation_period",
    "zh": "调解期限",
    "basis": "人民调解工作规则第3条",
    "due_at": "2026-04-01T16:00:00+00:00",
    "stopped_at": None,
}
MARKS = {
    "mechanism": "mediation",
    "attitude": 5,
    "process": 4,
    "result": 2,
    "solved": False,
    "handler_claims_solved": True,
    "round": 1,
    "way": "call",
    "by": "account-9",
    "by_name": "话务员丙",
    "at": "2026-03-07T02:00:00+00:00",
}
CONCLUDED = {
    "outcome": "solved",
    "reply": "已调解达成协议",
    "handler_claims_solved": True,
    "reviewed_by": "account-8",
    "reviewed_by_name": "审核员乙",
    "reply_way": "visit",
    "statutory": [LAW | {"stopped_at": "2026-03-06T02:00:00+00:00"}],
}


def line_of(desk: Desk, subject: str = "O") -> dict[str, str]:
    """Read the columns of one line of the register."""
    items = desk.get(f"subject={subject}&columns=1").json["items"]
    [found] = [item["columns"] for item in items]
    return dict(found)


def test_a_try_that_reached_nobody_stands_as_such_in_the_register(desk: Desk) -> None:
    desk.room.hear("mediation.case_contacted.v1", "O", {"way": "not_possible", "at": "2026-03-06T00:30:00+00:00"})

    assert line_of(desk)["首次联系时间"] == "2026-03-06 08:30（无法联系）"


def test_what_the_handling_tells_stands_in_the_register(desk: Desk) -> None:
    room = desk.room
    room.hear("mediation.case_accepted.v1", "O", {"by": "account-7", "by_name": "处办员甲", "statutory": [LAW]})
    room.hear("mediation.case_contacted.v1", "O", {"way": "not_possible", "at": "2026-03-06T00:30:00+00:00"})
    room.hear("mediation.case_contacted.v1", "O", {"way": "phone", "at": "2026-03-06T00:40:00+00:00"})
    room.hear("mediation.case_progressed.v1", "O", {"progress": "已上门，13812345678 未接"})

    begun = line_of(desk)
    assert (begun["法定依据"], begun["法定时限"]) == ("人民调解工作规则第3条", "调解期限 2026-04-01 24:00")
    assert begun["首次联系时间"] == "2026-03-06 08:40"
    assert "承办单位报告进展" in begun["办理过程"]
    assert begun["分管领导"] == "分管综治执法的领导"
    assert (begun["承办人"], begun["审核人"], begun["答复方式"], begun["是否剔除及类别"]) == ("处办员甲", "", "", "否")

    room.hear("mediation.case_concluded.v1", "O", CONCLUDED)

    ended = line_of(desk)
    assert (ended["审核人"], ended["答复方式"]) == ("审核员乙", "上门")
    assert ended["法定依据"] == begun["法定依据"]
    page = desk.get("", path=f"/cases/{case_id(desk, 'O')}").text
    assert "13812345678" not in page
    assert "account-" not in page
    assert "调解期限" in page
    assert room.parked() == []


def test_times_are_those_at_which_things_happened_and_those_of_the_unit_that_has_it(desk: Desk) -> None:
    room = desk.room
    told = {"by": "account-7", "unit": "mediation_committee", "at": "2026-03-03T01:00:00+00:00"}
    room.hear("mediation.case_accepted.v1", "O", told | {"statutory": [LAW]})
    assert line_of(desk)["签收时间"] == "2026-03-03 09:00"

    room.hear("mediation.case_transferred.v1", "O", {"to": "property", "reason": "属物业管理"})
    moved = {"mechanism": "property", "category": "0601", "opinion": "改派物业管理办公室。"}
    room.act("O", "redispatched", moved, role=Role.DESK)

    line = line_of(desk)
    assert (line["主办单位"], line["签收时间"]) == ("物业管理办公室", "")
    assert line["派单时间"] > "2026-03-03 09:00"

    room.hear("property.case_accepted.v1", "O", told | {"unit": "property_office", "at": "2026-03-10T01:00:00+00:00"})

    line = line_of(desk)
    assert (line["签收时间"], line["法定依据"], line["法定时限"]) == ("2026-03-10 09:00", "", "")


def test_a_voice_that_was_merged_is_rated_on_its_own_line(desk: Desk) -> None:
    desk.room.hear("intake.appeal_merged.v1", "N", {"into": "O", "reason": "同一事项", "own_voice": True})
    desk.room.hear("feedback.appeal_rated.v1", "N", MARKS | {"voice_of": "O"})

    line = line_of(desk, "N")

    assert (line["态度满意"], line["回访结果"], line["是否重复/并单号"]) == ("5", "已评价", "彭李诉〔2026〕000001号")


def test_the_last_word_of_a_voice_counts_also_when_his_rounds_began_anew(desk: Desk) -> None:
    hear = desk.room.hear
    hear("intake.appeal_merged.v1", "N", {"into": "O", "reason": "同一事项", "own_voice": True})
    hear("feedback.appeal_rated.v1", "N", MARKS | {"voice_of": "O", "round": 2})
    hear("intake.appeal_unmerged.v1", "N", {"reason": "不是同一事项"})

    hear("feedback.appeal_rated.v1", "N", MARKS | {"result": 5, "solved": True, "at": "2026-04-07T02:00:00+00:00"})

    line = line_of(desk, "N")
    assert (line["结果满意"], line["是否解决"], line["回访时间"]) == ("5", "是", "2026-04-07 10:00")


def case_id(desk: Desk, subject: str) -> str:
    return str(desk.get(f"subject={subject}").json["items"][0]["id"])


def test_what_a_leader_answers_to_a_problem_order_stands_in_the_register_without_numbers(desk: Desk) -> None:
    room = desk.room
    room.hear("mediation.case_concluded.v1", "O", CONCLUDED)
    order = {"mechanism": "mediation", "unit": "mediation_committee", "ground": "reworks"}
    room.hear("feedback.problem_ordered.v1", "O", order)
    room.hear("feedback.problem_ordered.v1", "O", {**order, "overdue": True})
    answered = {"outcome": "not_supported", "reply": "经督办核查，详询 13812345678", "by_name": "分管领导甲"}
    room.hear("feedback.problem_answered.v1", "O", {**order, **answered})

    line = line_of(desk)
    assert line["办理结果"] == "诉求不予支持"
    assert line["督办/黄红牌"] == "问题工单"
    for step in ("转为问题工单", "问题工单逾期未决定", "问题工单督办答复"):
        assert step in line["办理过程"]
    page = desk.get("", f"/cases/{case_id(desk, 'O')}").text
    assert "多次重办仍未认可" in page
    assert "不予受理情形" not in page
    assert "13812345678" not in desk.get("subject=O&columns=1").text


def test_what_the_resident_said_stands_in_the_register_and_on_the_page(desk: Desk) -> None:
    room = desk.room
    room.hear("mediation.case_concluded.v1", "O", CONCLUDED)
    room.hear("feedback.appeal_rated.v1", "O", MARKS)
    room.hear("feedback.rework_ordered.v1", "O", {"mechanism": "mediation", "reason": "夜里还在响", "round": 1})

    again = line_of(desk)
    assert (again["回访时间"], again["回访人"]) == ("2026-03-07 10:00", "话务员丙")
    assert (again["态度满意"], again["过程满意"], again["结果满意"], again["是否解决"]) == ("5", "4", "2", "否")
    assert again["未解决/不满意原因"] == "夜里还在响"
    assert (again["办结时间"], again["是否按时"]) == ("", "")

    room.hear("mediation.case_concluded.v1", "O", CONCLUDED)
    own = MARKS | {"result": 4, "solved": True, "round": 2, "way": "page", "by": "", "by_name": ""}
    room.hear("feedback.appeal_rated.v1", "O", own | {"at": "2026-03-09T02:00:00+00:00"})
    room.hear("feedback.appeal_rated.v1", "O", MARKS | {"at": "2026-03-08T02:00:00+00:00"})
    room.hear("feedback.problem_ordered.v1", "O", {"ground": "reworks"})
    decided = {"mechanism": "mediation", "unit": "", "ground": "untrue", "opinion": "经核查不属实"}
    for granted, at in ((True, "2026-03-12T01:00:00+00:00"), (False, "2026-03-11T01:00:00+00:00")):
        room.hear("feedback.exclusion_decided.v1", "O", decided | {"granted": granted, "at": at})
    room.hear("feedback.appeal_closed.v1", "O", {"end": "rated", "outcome": "solved", "rounds": 2})
    digest = "0123456789abcdef" * 4
    room.hear("feedback.appeal_archived.v1", "O", {"at": "2026-04-01T01:00:00+00:00", "digest": digest})

    line = line_of(desk)
    assert (line["结果满意"], line["是否解决"], line["回访人"]) == ("4", "是", "诉求人自评")
    assert line["回访结果"] == "已评价"
    assert line["是否剔除及类别"] == "是，五、经调查不属实"
    assert line["督办/黄红牌"] == "问题工单"
    assert line["归档号"] == "0123456789abcdef"
    assert line["办结时间"] != ""
    page = desk.get("", path=f"/cases/{case_id(desk, 'O')}").text
    for said in ("诉求人评价", "网页评价", "五、经调查不属实", "第几次办理"):
        assert said in page
    assert room.parked() == []


def test_a_callback_that_reached_nobody_stands_in_the_register(desk: Desk) -> None:
    room = desk.room
    room.hear("mediation.case_concluded.v1", "O", CONCLUDED | {"reply_way": ""})
    told = {"end": "unrated", "outcome": "solved", "rounds": 1, "unrated_because": "no_answer"}
    tried = {"tried_at": "2026-03-08T02:00:00+00:00", "tried_by": "account-9"}
    room.hear("feedback.appeal_closed.v1", "O", told | tried)

    line = line_of(desk)

    assert (line["回访时间"], line["回访人"], line["回访结果"]) == ("2026-03-08 10:00", "account-9", "未评价，无人接听")
    assert line["答复方式"] == "网上查询"
    assert (line["态度满意"], line["是否解决"]) == ("", "")


def test_the_register_tells_a_merged_line_by_the_number_of_the_one_that_goes_on(desk: Desk) -> None:
    desk.room.hear("intake.appeal_merged.v1", "N", {"into": "O", "reason": "同一事项"})

    first, merged = line_of(desk), line_of(desk, "N")
    assert merged["是否重复/并单号"] == "彭李诉〔2026〕000001号"
    assert first["是否重复/并单号"] == f"并入本件 1 件：{merged['编号']}"


def test_a_line_that_was_taken_out_again_is_counted_with_the_first_no_more(desk: Desk) -> None:
    desk.room.hear("intake.appeal_merged.v1", "N", {"into": "O", "reason": "同一事项", "own_voice": True})
    desk.room.hear("intake.appeal_unmerged.v1", "N", {"into": "O", "reason": "不是同一事项"})

    assert (line_of(desk)["是否重复/并单号"], line_of(desk, "N")["是否重复/并单号"]) == ("否", "否")


@pytest.mark.parametrize(
    ("said", "column", "shown"),
    [
        ({"anonymous": True}, "是否匿名/保密", "匿名"),
        ({"confidential": True}, "是否匿名/保密", "保密"),
        ({}, "是否匿名/保密", "否"),
        ({"title": "路灯不亮，请派人", "text": "路灯不亮，请派人来修。"}, "诉求内容摘要", "路灯不亮，请派人来修。"),
        ({"title": "路灯不亮…", "text": "路灯不亮，请派人来修。"}, "诉求内容摘要", "路灯不亮，请派人来修。"),
        ({"title": "东门路灯", "text": "三天不亮。"}, "诉求内容摘要", "东门路灯\n三天不亮。"),
    ],
)
def test_the_register_says_who_is_to_stay_unknown_and_each_thing_once(
    desk: Desk, said: dict[str, Any], column: str, shown: str
) -> None:
    desk.room.hear("intake.appeal_registered.v1", "X", {**registered(), "appeal_id": "X", **said})

    assert line_of(desk, "X")[column] == shown


@pytest.mark.parametrize("fact", ["company_ordered", "company_interviewed", "contract_ended"])
def test_the_company_that_a_case_is_about_stands_in_the_register(desk: Desk, fact: str) -> None:
    desk.room.hear(f"property.{fact}.v1", "S", {"company": "甲物业公司"})

    assert line_of(desk, "S")["涉及对象"] == "甲物业公司"


def test_the_list_shows_the_same_columns_masked_to_those_who_ask_for_them(desk: Desk) -> None:
    more = {"longitude": 117.97, "latitude": 37.38, "attachments": 2, "text": "楼上夜里拖椅子，请回电 13812345678"}
    desk.room.hear("intake.appeal_registered.v1", "P", registered(appeal_id="P", channel="walk_in", **more))
    accepted = {"appeal_id": "P", "mechanism": "mediation", "unit": "mediation_committee", "by": "account-7"}
    desk.room.hear("mediation.case_accepted.v1", "P", accepted)

    [item] = desk.get("channel=walk_in&columns=1").json["items"]
    page = desk.get("channel=walk_in&columns=1", path="/cases").text

    assert [*item["columns"]] == [*export.COLUMNS]
    assert (item["columns"]["坐标"], item["columns"]["附件"]) == ("117.97,37.38", "是，2 件")
    assert item["columns"]["承办人"] == "account-7"
    assert "138****5678" in item["columns"]["诉求内容摘要"]
    assert "13812345678" not in page
    assert all(f'<th scope="col">{name}</th>' in page for name in export.COLUMNS)
    assert "columns" not in desk.get("channel=walk_in").json["items"][0]


def test_an_export_bears_who_made_it_when_and_for_what_and_is_told(desk: Desk) -> None:
    made, lines = sheet(desk.get(PURPOSE, path=XLSX))

    for mark in (made["A1"].value, made.oddHeader.center.text, made.oddFooter.center.text):
        assert "受理员甲(p1)" in mark
        assert "通报 138****5678" in mark
    [told] = desk.room.told("reveal_logged.v1")
    assert (told["by"], told["what"], told["number"]) == ("p1", ["ledger_export"], f"{len(lines)} 行")
    assert told["purpose"] == "季度&通报 138****5678"


@pytest.mark.parametrize("role", ["handler", "operator", "admin"])
def test_nobody_but_the_desk_and_leaders_exports(desk: Desk, role: str) -> None:
    assert desk.get(PURPOSE, path=XLSX, role="leader").status_code == 200
    assert desk.get(PURPOSE, path=XLSX, role=role).status_code == 403
    assert len(desk.room.told("reveal_logged.v1")) == 1


@pytest.mark.parametrize("query", ["", "purpose=", "purpose=x", "purpose=ok%00", f"channel=pigeon&{PURPOSE}"])
def test_without_a_purpose_or_with_a_wrong_filter_nothing_is_exported(desk: Desk, query: str) -> None:
    answer = desk.get(query, path=XLSX)

    assert answer.status_code in (400, 422)
    assert answer.mimetype == "application/problem+json"
    assert desk.room.told("reveal_logged.v1") == []


def test_an_export_of_too_much_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "MOST_LINES", 3)

    answer = desk.get(PURPOSE, path=XLSX)

    assert (answer.status_code, answer.json["type"]) == (400, "urn:jiesu:problem:too-many-lines")
    assert "3 行" in answer.json["title"]
    assert desk.room.told("reveal_logged.v1") == []


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1", "  =1", "＝1", "'=1", "\r\n@x"])
def test_what_a_spreadsheet_would_take_for_a_formula_is_a_text(desk: Desk, text: str) -> None:
    desk.change("O", title=text, place=text)

    made, lines = sheet(desk.get(f"channel=web&state=dispatched&mechanism=mediation&{PURPOSE}", path=XLSX))

    [line] = lines
    assert line["地址"].startswith("'")
    assert line["诉求内容摘要"].startswith("'")
    assert "f" not in {cell.data_type for row in made.iter_rows() for cell in row}


def test_the_page_offers_the_export_to_those_who_may(desk: Desk) -> None:
    assert 'action="/ledger.xlsx"' in desk.get("channel=web", path="/cases").text
    assert '<input type="hidden" name="channel" value="web">' in desk.get("channel=web", path="/cases").text
    assert "ledger.xlsx" not in desk.get("", path="/cases", role="handler").text
