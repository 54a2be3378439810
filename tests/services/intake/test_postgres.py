"""The doors over PostgreSQL, where an appeal is one statement, with the tables as they are migrated."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text, update

from chassis import cases, keys, migrate, moments, serving, settings
from chassis.access import Principal, sign_token
from chassis.problems import ProblemError
from chassis.testing import START
from chassis.wire import new_id
from services.intake.answers import knowledge, stock
from services.intake.import_command import import_
from services.intake.messages import notices, sending
from services.intake.misuse import callers_book
from services.intake.models import STORE, Addressee, Base, Case, ListedCaller, Notice
from services.intake.web import create_app
from tests.services.intake.outside_world import file_for, webhook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

URL = "/api/v1/appeals"
BODY: dict[str, Any] = {"text": "三号楼前路灯不亮", "contact": {"name": "居民甲", "phone": "13800001111"}}


@pytest.fixture
def app(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    monkeypatch.setenv("JIESU_DATABASE_URL", database_url)
    found = settings.load()
    keys.generate(found.keys, ["intake", "mediation", "feedback"])
    serving.prepare(found, ["intake"])
    app = create_app(found)
    yield app
    door = app.extensions["jiesu"]
    door.database.close()
    door.blueprint.dialect = "sqlite"


def rows(app: Flask, table: Any) -> list[Any]:
    with app.extensions["jiesu"].database.read() as session:
        return list(session.execute(select(table)).all())


def test_the_migrated_tables_are_those_of_the_models(app: Flask) -> None:
    assert migrate.differences(app.extensions["jiesu"].database, Base.metadata) == []


def test_an_upgrade_takes_no_entry_out_of_use_and_makes_no_old_number_another_letter(app: Flask) -> None:
    door = app.extensions["jiesu"]
    client = app.test_client()
    who = Principal(
        id="p1",
        name="话务员甲",
        roles=frozenset({"operator"}),
        services=frozenset({"intake"}),
        units=frozenset({"*"}),
    )
    headers = {"Authorization": f"Bearer {sign_token(who, door.keys.signing(), moments.now())}"}
    order = {**BODY, "channel": "hotline_12345", "external": {"source": "hotline12345", "number": "N-1"}}
    first = client.post(URL, json=order, headers=headers)
    entry = (
        "INSERT INTO knowledge (entry_id, version, title, questions, answer, basis, owner, review_by, withdrawn, what, "
        "at, by, by_name) VALUES ('lamps', 1, '路灯', '[]', '请拨打供电热线。', '规则', 'chengjian', '2099-01-01', false, "
        "'added', now(), 'p1', '话务员甲')"
    )
    with door.database.write() as session:
        for statement in (
            # What later ones have brought.
            "DROP TABLE papers",
            "DROP INDEX cases_by_number",
            "DROP INDEX cases_imported",
            "DROP TABLE knowledge_told",
            "DROP TABLE knowledge_gaps",
            "ALTER TABLE knowledge DROP COLUMN kind",
            "ALTER TABLE knowledge DROP COLUMN checked",
            entry,
            "UPDATE cases SET request = 'as it was sent'",
            "UPDATE alembic_version SET version_num = '0006'",
        ):
            session.execute(text(statement))

    assert migrate.upgrade(door.database, door.blueprint) == ["0007", "0008", "0009", "0010", "0011", "0012", "0013"]

    assert migrate.differences(door.database, Base.metadata) == []
    with door.database.read() as session:
        assert stock.entries(session)["lamps"].checked
    again = client.post(URL, json=order, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.get_json() == first.get_json()


def test_case_timeline_and_letter_are_written_together(app: Flask) -> None:
    answer = app.test_client().post(URL, json=BODY, headers={"Idempotency-Key": "k1"})

    assert answer.status_code == 201
    appeal = answer.get_json()["appeal_id"]
    [entry] = rows(app, STORE.timeline)
    [letter] = rows(app, STORE.letters)
    with app.extensions["jiesu"].database.read() as session:
        case = session.get(Case, appeal)
        assert case is not None
        assert (case.state, case.version, case.entries, case.number) == ("registered", 1, 1, "")
        assert case.chain == entry.hash
    known = {str(name): value for name, value in entry._mapping.items() if name != "hash"}
    assert cases.link("", known) == entry.hash
    assert json.loads(letter.body)["data"]["appeal_id"] == appeal == letter.subject
    assert letter.posted_at is None


def test_the_same_request_at_once_from_many_is_one_appeal(app: Flask) -> None:
    def post(_number: int) -> Any:
        return app.test_client().post(URL, json=BODY, headers={"Idempotency-Key": "k1"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(16)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_json()["appeal_id"] for answer in answers}) == 1
    assert len(rows(app, STORE.letters)) == 1


def test_the_same_matter_at_once_from_many_has_one_open_appeal(app: Flask) -> None:
    def post(number: int) -> Any:
        return app.test_client().post(URL, json=BODY, headers={"Idempotency-Key": str(number)})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(8)))

    assert {answer.status_code for answer in answers} == {201}
    with app.extensions["jiesu"].database.read() as session:
        states = sorted(session.scalars(select(Case.state)))
    assert states == ["merged"] * 7 + ["registered"]


def test_a_key_used_for_something_else_is_refused(app: Flask) -> None:
    client = app.test_client()
    client.post(URL, json=BODY, headers={"Idempotency-Key": "k1"})

    assert client.post(URL, json={"text": "另一件事"}, headers={"Idempotency-Key": "k1"}).status_code == 409
    assert len(rows(app, STORE.letters)) == 1


def test_an_open311_request_sent_at_once_by_many_is_one_and_listed(app: Flask) -> None:
    form = {"service_code": "0307", "lat": "37.38213", "long": "117.97026", "token": "t1"}

    def post(_number: int) -> Any:
        return app.test_client().post("/open311/v2/requests.json", data=form)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(post, range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    [sent] = {answer.get_json()[0]["service_request_id"] for answer in answers}
    [shown] = app.test_client().get("/open311/v2/requests.json?extensions=true&status=open").get_json()
    assert (shown["service_request_id"], shown["service_code"], shown["lat"]) == (sent, "0307", 37.382)


def test_a_resident_goes_on_with_it(app: Flask) -> None:
    client = app.test_client()
    code = client.post(URL, json=BODY).get_json()["tracking_code"]

    client.post(f"{URL}/{code}/supplement", json={"text": "晚上更严重"})
    client.post(f"{URL}/{code}/withdraw", json={"reason": "修好了"})

    assert client.get(f"{URL}/{code}").get_json()["state"] == "withdrawn"


def test_a_file_is_imported_once(app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "letters.jsonl"
    lines = [
        {
            "msg_id": str(n),
            "user": f"u{n % 5}",
            "title": "路灯",
            "created_at": "2019-02-28T11:25:05+08:00",
            "detail": f"第 {n // 5} 处路灯不亮",
        }
        for n in range(30)
    ]
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")

    first = json.loads(CliRunner().invoke(import_, [str(file), "--json"]).stdout)
    again = json.loads(CliRunner().invoke(import_, [str(file), "--json"]).stdout)

    assert (first["read"], first["registered"], first["merged"]) == (30, 30, 0)
    assert again["already_there"] == 30
    assert len(rows(app, STORE.letters)) == 30


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let ops have named a gateway for residents."""
    file = tmp_path / f"{new_id()}.toml"
    file.write_text(file_for(sms=webhook("https://sms.example/send")), encoding="utf-8")
    monkeypatch.setenv("JIESU_NOTICES_FILE", str(file))


@pytest.mark.usefixtures("told")
def test_an_appeal_and_its_first_notice_are_one_transaction(app: Flask) -> None:
    client, key = app.test_client(), {"Idempotency-Key": "one"}

    for _ in range(2):
        assert client.post(URL, json=BODY, headers=key).status_code == 201

    assert [row.name for row in rows(app, Notice.__table__)] == ["registered"]
    assert len(rows(app, Addressee.__table__)) == 1
    assert len(rows(app, STORE.letters)) == 1


@pytest.mark.usefixtures("told")
def test_replicas_send_each_notice_once(app: Flask) -> None:
    client, door = app.test_client(), app.extensions["jiesu"]
    for number in range(30):
        body = {"text": f"第 {number} 盏路灯不亮", "contact": {"phone": f"138{number:08}"}}
        assert client.post(URL, json=body).status_code == 201
    with door.database.write() as session:
        session.execute(update(Notice).values(next_at=START))
    sent: list[str] = []

    def work(_number: int) -> None:
        book = notices.book()
        courier = sending.Courier(
            door.database,
            door.blueprint,
            book,
            book.channels["sms"],
            door.keys,
            now=moments.now,
            send=lambda _channel, message, _now: sent.append(message.id),
        )
        while courier.deliver():
            pass

    with ThreadPoolExecutor(3) as replicas:
        list(replicas.map(work, range(3)))

    assert sorted(sent) == sorted(row.id for row in rows(app, Notice.__table__))
    assert {(row.state, row.tries) for row in rows(app, Notice.__table__)} == {("sent", 1)}


def test_a_listed_caller_is_held_with_a_clock_and_all_others_are_one_statement_still(app: Flask) -> None:
    client = app.test_client()
    first = client.post(URL, json=BODY).get_json()["appeal_id"]
    with app.extensions["jiesu"].database.write() as session:
        case = session.get(Case, first)
        assert case is not None
        session.add(
            ListedCaller(
                id="1",
                petitioner=case.petitioner,
                state="listed",
                version=1,
                ground="repeated_calls",
                way="senior_operator",
                opened_at=START,
                until=moments.now() + timedelta(days=1),
                details={},
            )
        )
    callers_book.forget()

    held = client.post(URL, json={**BODY, "text": "井盖丢了"}).get_json()["appeal_id"]
    other = client.post(URL, json={"text": "井盖丢了", "contact": {"phone": "13800002222"}}).get_json()["appeal_id"]

    told = {letter.subject: json.loads(letter.body)["data"]["hold"] for letter in rows(app, STORE.letters)}
    assert told == {first: False, held: True, other: False}
    assert [(clock.case_id, clock.name, clock.state) for clock in rows(app, STORE.clocks)] == [
        (held, "desk_hold", "running")
    ]


def test_whoever_merges_what_into_what_at_once_nothing_goes_round_and_every_voice_is_counted_once(app: Flask) -> None:
    who = Principal(
        id="a", name="受理员甲", roles=frozenset({"desk"}), services=frozenset({"intake"}), units=frozenset({"*"})
    )
    folder = keys.KeyFolder(app.extensions["jiesu"].settings.keys)
    header = {"Authorization": f"Bearer {sign_token(who, folder.signing(), moments.now())}"}
    for turn in range(6):
        three = [
            app.test_client()
            .post(URL, json={"text": f"第{turn}回停水", "contact": {"phone": f"1380000{turn}{place}00"}})
            .get_json()["appeal_id"]
            for place in range(3)
        ]

        def merge(pair: tuple[str, str]) -> int:
            form = {"form": {"into": pair[1], "reason": "同一事项"}}
            url = f"/api/v1/cases/{pair[0]}/actions/merged"
            return app.test_client().post(url, json=form, headers=header).status_code

        with ThreadPoolExecutor(6) as pool:
            answers = sorted(pool.map(merge, permutations(three, 2)))

        with app.extensions["jiesu"].database.read() as session:
            cases_ = {case.id: case for case in session.scalars(select(Case).where(Case.id.in_(three)))}
        merged = {one: case.details["merged"]["into"] for one, case in cases_.items() if case.state == "merged"}
        [root] = {*three} - {*merged}
        assert answers == [200, 200, 409, 409, 409, 409], answers
        assert {*merged.values()} == {root}, "each is heard under the one that goes on"
        assert cases_[root].details["voices"] == 3
        assert sorted(cases_[root].details["joined"]) == sorted(merged)


def test_two_who_propose_one_caller_at_once_make_one_entry(app: Flask) -> None:
    client = app.test_client()
    appeals = [client.post(URL, json={**BODY, "text": text}).get_json()["appeal_id"] for text in ("甲事", "乙事")]
    who = Principal(id="a", name="话务员甲", roles=frozenset({"operator"}), services=frozenset({"intake"}))
    form = {"appeals": appeals, "ground": "repeated_calls", "facts": "一周来电三十次"}

    def propose(_number: int) -> str:
        try:
            with app.extensions["jiesu"].database.write() as session:
                return callers_book.propose(session, form, who, moments.now()).state
        except ProblemError as problem:
            return problem.name

    with ThreadPoolExecutor(4) as pool:
        found = sorted(pool.map(propose, range(4)))

    assert found == ["proposed", *["proposed-already"] * 3]


def test_two_who_write_one_entry_at_once_make_one_version(app: Flask) -> None:
    who = Principal(id="a", name="受理员甲", roles=frozenset({"desk"}), services=frozenset({"intake"}))
    [dogs] = [one for one in knowledge.shipped() if one.id == "dogs"]
    names = ("id", "kind", "title", "questions", "answer", "basis", "owner", "review_by")
    said = {name: getattr(dogs, name) for name in names}

    def write(_number: int) -> str:
        try:
            with app.extensions["jiesu"].database.write() as session:
                return str(
                    stock.write(session, {**said, "withdrawn": False}, "edited", moments.now(), who, seen=0).version
                )
        except ProblemError as problem:
            return problem.name

    with ThreadPoolExecutor(4) as pool:
        found = sorted(pool.map(write, range(4)))

    assert found == ["1", *["stale"] * 3]
