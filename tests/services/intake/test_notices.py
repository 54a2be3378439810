"""Who is told what by which channel, what is written for it, and what becomes of it."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from chassis import metrics, receivers, wire
from chassis.codes import id_of
from chassis.sealing import seal, unseal
from chassis.testing import Room
from chassis.work import Work
from chassis.workcalendar import ZONE
from chassis.workflow import Role
from services.intake import register
from services.intake.matters import joining
from services.intake.messages import notices, sending
from services.intake.messages.channels import Message, NotDeliverableError, NotDeliveredError
from services.intake.messages.notices import NoticesError
from services.intake.models import Addressee, Notice
from tests.services.intake.outside_world import file_for, webhook

if TYPE_CHECKING:
    from collections.abc import Callable

    from chassis.keys import KeyFolder

NUMBER = "彭李诉〔2026〕1号"
CODE = "7KQ4-M2XD-9TB0"
#: 9 in the morning and 22 in the evening, Asia/Shanghai.
MORNING = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 14, 0, tzinfo=UTC)
PHONE = "13800001111"
SMS = webhook("https://sms.example/send")
SQUAD = 'kind = "wecom"\nurl = "https://qyapi.example/send?key=k"\nto = ["unit:enforcement_squad"]'
LEADERS = 'kind = "apprise"\nurl = "mailtos://u:p@mail.example?to=leader@street.example"\nto = ["leader"]'


@pytest.fixture
def ops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Give what lets ops write the file of channels."""

    def write(text: str) -> Path:
        path = tmp_path / f"{wire.new_id()}.toml"
        path.write_text(text, encoding="utf-8")
        monkeypatch.setenv("JIESU_NOTICES_FILE", str(path))
        return path

    return write


def registered(room: Room, keys: KeyFolder, *, channel: str = "web", phone: str = PHONE, key: str = "a") -> str:
    body = {"text": f"三号楼前路灯不亮{key}", "contact": {"name": "居民甲", "phone": phone}}
    with room.database.write() as session:
        work = Work(session, room.blueprint, room.now)
        sent = register.submission(body, keys, now=room.now, channel=channel, idempotency=key)
        register.register(work, keys, sent)
        work.record()
    return sent.appeal_id


def dispatched(room: Room, appeal: str, unit: str = "enforcement_squad") -> None:
    told = {"mechanism": "enforcement", "lead_unit": unit, "number": NUMBER, "at": room.now.isoformat()}
    room.hear("routing.appeal_dispatched.v1", appeal, told)


def rows(room: Room, **having: str) -> list[Notice]:
    with room.database.read() as session:
        found = session.scalars(select(Notice).order_by(Notice.id)).all()
    return [row for row in found if all(getattr(row, name) == value for name, value in having.items())]


def names(room: Room) -> list[str]:
    return [row.name for row in rows(room)]


class World:
    """Takes messages as it is told to: each of `troubles` once, then all."""

    def __init__(self, *troubles: Exception | None) -> None:
        self.troubles = [*troubles]
        self.got: list[Message] = []

    def send(self, _channel: notices.Channel, message: Message, _now: datetime) -> None:
        self.got.append(message)
        trouble = self.troubles.pop(0) if self.troubles else None
        if trouble is not None:
            raise trouble


class Ticks:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def courier(
    room: Room, keys: KeyFolder, world: World, *, name: str = "sms", clock: Ticks | None = None
) -> sending.Courier:
    book = notices.book()
    return sending.Courier(
        room.database,
        room.blueprint,
        book,
        book.channels[name],
        keys,
        now=lambda: room.now,
        send=world.send,
        clock=clock or Ticks(),
    )


# -- what is configured -------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("channels = 3", "channels"),
        ('address = "x"', "address"),
        (file_for(sms=SMS).replace("https://jiesu.example", ""), "address"),
        (file_for(sms='kind = "pigeon"\nurl = "https://a.example"\nto = ["leader"]'), "kind"),
        (file_for(sms='kind = "webhook"\nurl = "https://a.example"\nto = ["everybody"]'), "to"),
        (file_for(sms='kind = "webhook"\nurl = "https://a.example/x"\nto = ["resident"]'), "secrets"),
        (file_for(sms=webhook("https://a.example/x", secrets=("whsec_short",))), "secrets"),
        (file_for(sms=webhook("http://gateway.example/x")), "https"),
        (file_for(sms=webhook("https://a.example/x", "resident", "leader")), "居民"),
        (file_for(sms='kind = "wecom"\nurl = "https://a.example/x"\nto = ["resident"]'), "群机器人不能用于居民"),
        (file_for(sms='kind = "apprise"\nurl = "mailto://a.example"\nto = ["resident"]'), "{to}"),
        (file_for(sms='kind = "apprise"\nurl = "wecombot://key"\nto = ["leader"]'), "kind = wecom"),
        (file_for(sms=SMS + '\nonly = ["nothing"]'), "nothing"),
        (file_for(sms=SMS) + "[notices.nothing]\non = true\n", "nothing"),
        # A template that would carry what is nobody else's business, or would do something.
        (file_for(sms=SMS) + '[notices.urged]\nzh = "催办：{{ title }}{{ number }}"\n', "title"),
        (file_for(sms=SMS) + '[notices.urged]\nzh = "催办：{{ phone }}请办"\n', "phone"),
        (file_for(sms=SMS) + '[notices.registered]\nzh = "{{ number.__class__.__mro__ }}已登记"\n', "模板"),
        (file_for(sms=SMS) + '[notices.registered]\nzh = "已登记已登记{{"\n', "模板"),
        (file_for(sms=SMS) + "[quiet]\nfrom = '9 pm'\nuntil = '08:00'\n", "quiet"),
        ("not toml", "JIESU_NOTICES_FILE"),
        # Each field in its place and in both languages, and no Python.
        (
            file_for(sms='kind = "pigeon"\nurl = "https://a.example/x"\nto = ["resident"]'),
            "channels.sms.kind：应从中选择：",
        ),
        (file_for(sms=SMS) + "[notices.urged]\nloud = true\n", "notices.urged.loud：没有这一项。/ "),
    ],
)
def test_a_file_that_can_not_be_used_is_refused_with_where_and_why(ops: Any, text: str, said: str) -> None:
    with pytest.raises(NoticesError) as refused:
        notices.read(ops(text))

    assert said in str(refused.value)
    assert "{'" not in str(refused.value)
    assert "whsec_short" not in str(refused.value) or said == "secrets"


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NoticesError, match="JIESU_NOTICES_FILE"):
        notices.read(tmp_path / "nowhere.toml")


def test_a_street_words_a_notice_anew_and_switches_another_off(ops: Any) -> None:
    text = '[notices.registered]\nzh = "您好，已登记：{{ link }}"\n[notices.dispatched]\non = false\n'

    book = notices.read(ops(file_for(sms=SMS) + text))

    [(registered_, _)] = book.fitting("registered", {}, "")
    assert registered_.zh.startswith("您好")
    assert [one.name for one, _ in book.fitting("dispatched", {}, "enforcement_squad")] == []


def test_every_notice_of_the_catalogue_reads_well_with_and_without_what_may_be_missing() -> None:
    book = notices.read(None)

    for notice in book.notices:
        whole = notices.SAYABLE[notice.to]
        for known in (whole, {**whole, "due": "", "number": ""}):
            assert 10 < len(book.say(notice, **known)) < 140, notice.name
    assert len({notice.name for notice in book.notices}) == len(book.notices)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)), st.times(), st.times())  # noqa: DTZ001 - Hypothesis adds the zone
def test_whatever_the_quiet_hours_a_notice_waits_for_their_end_and_no_longer(
    moment: datetime, start: Any, end: Any
) -> None:
    book = notices.read(None)
    notice = next(one for one in book.notices if not one.at_night)
    urgent = next(one for one in book.notices if one.at_night)
    start, end = start.replace(tzinfo=None), end.replace(tzinfo=None)
    book = replace(book, quiet=(start, end))

    sent = book.not_before(notice, moment)

    assert timedelta(0) <= sent - moment <= timedelta(days=1)
    assert sent == moment or sent.astimezone(ZONE).time() == end
    assert book.not_before(notice, sent) == sent
    assert book.not_before(urgent, moment) == moment


# -- what is written ----------------------------------------------------------


def test_an_emergency_that_only_the_desk_has_graded_so_wakes_people_too(
    room: Room, folder: KeyFolder, ops: Callable[[str], Path]
) -> None:
    ops(file_for(squad=SQUAD, leaders=LEADERS))
    room.now = datetime.fromisoformat("2026-11-23T23:30:00+08:00")
    appeal = registered(room, folder)
    guessed = {"number": NUMBER, "urgency": "III", "flags": [], "at": room.now.isoformat()}
    room.hear("routing.appeal_ledgered.v1", appeal, guessed)

    told = {"mechanism": "enforcement", "lead_unit": "enforcement_squad", "number": NUMBER, "urgency": "I"}
    room.hear("routing.appeal_dispatched.v1", appeal, {**told, "at": room.now.isoformat()})

    assert {row.name: row.next_at for row in rows(room)} == {"work_order": room.now, "emergency_leader": room.now}


@pytest.mark.parametrize(("urgency", "waits"), [("I", False), ("II", False), ("III", True)])
def test_what_staff_is_told_of_an_emergency_does_not_wait_for_the_morning(
    room: Room, folder: KeyFolder, ops: Callable[[str], Path], urgency: str, *, waits: bool
) -> None:
    ops(file_for(sms=SMS, squad=SQUAD, leaders=LEADERS))
    room.now = NIGHT
    appeal = registered(room, folder)
    graded = {"number": NUMBER, "urgency": urgency, "flags": [], "at": room.now.isoformat()}
    room.hear("routing.appeal_ledgered.v1", appeal, graded)
    dispatched(room, appeal)

    room.hear("routing.appeal_supervised.v1", appeal, {"unit": "enforcement_squad"})

    [supervised] = rows(room, name="supervised")
    assert (supervised.due_at > room.now) is waits
    assert len(rows(room, name="emergency_leader")) == (urgency == "I")
    assert all(one.due_at > room.now for one in rows(room, shown="138****1111"))


@pytest.mark.parametrize(
    ("fact", "told", "name"),
    [
        ("routing.whistle_blown.v1", {"units": ["enforcement_squad", "police_station"]}, "called_out"),
        ("routing.assist_asked.v1", {"units": ["enforcement_squad"]}, "assist"),
        ("routing.appeal_silent.v1", {"unit": ""}, "silent"),
        ("feedback.conduct_referred.v1", {"unit": "enforcement_squad"}, "conduct"),
        ("wage_recovery.group_incident_reported.v1", {}, "group_incident"),
        ("mediation.escalation_reported.v1", {}, "escalation"),
        ("relief.advance_late.v1", {}, "advance_late"),
        ("relief.retro_papers_overdue.v1", {}, "papers_overdue"),
    ],
)
def test_what_staff_must_not_find_by_chance_is_sent_to_whom_it_concerns(
    room: Room, folder: KeyFolder, ops: Callable[[str], Path], fact: str, told: dict[str, Any], name: str
) -> None:
    ops(file_for(squad=SQUAD, leaders=LEADERS))
    appeal = registered(room, folder)
    dispatched(room, appeal)

    room.hear(fact, appeal, {**told, "at": room.now.isoformat()})

    [sent] = rows(room, name=name)
    assert NUMBER in sent.text
    assert room.parked() == []


def test_units_that_assist_from_the_start_are_told(room: Room, folder: KeyFolder, ops: Callable[[str], Path]) -> None:
    ops(file_for(squad=SQUAD))
    appeal = registered(room, folder)

    told = {"mechanism": "mediation", "lead_unit": "mediation_committee", "assisting_units": ["enforcement_squad"]}
    room.hear("routing.appeal_dispatched.v1", appeal, {**told, "number": NUMBER, "at": room.now.isoformat()})

    assert names(room) == ["assist"]


def test_without_a_channel_nothing_is_written(room: Room, folder: KeyFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JIESU_NOTICES_FILE", raising=False)
    appeal = registered(room, folder)
    dispatched(room, appeal)
    room.hear("routing.card_issued.v1", appeal, {"light": "red", "unit": "enforcement_squad"})

    with room.database.read() as session:
        assert session.scalars(select(Addressee)).all() == []
    assert rows(room) == []
    assert not room.parked()


def test_a_resident_is_told_by_link_only_and_his_number_lies_sealed(room: Room, folder: KeyFolder, ops: Any) -> None:
    ops(file_for(sms=SMS))
    appeal = registered(room, folder)
    dispatched(room, appeal)

    first, second = rows(room)
    told = unseal(first.sealed, folder.private("intake"))
    assert told["to"] == PHONE
    code = told["text"].partition("code=")[2][:14]
    assert id_of(code) == appeal
    assert told["text"].startswith("【彭李街道】您的诉求已登记")
    assert "路灯" not in told["text"]
    assert "居民甲" not in told["text"]
    assert code in unseal(second.sealed, folder.private("intake"))["text"]
    for row in (first, second):
        assert row.shown == "138****1111"
        assert row.text == ""
        assert PHONE not in row.sealed


def test_what_goes_into_a_group_says_no_word_of_the_resident(room: Room, folder: KeyFolder, ops: Any) -> None:
    ops(file_for(squad=SQUAD))
    appeal = registered(room, folder)
    dispatched(room, appeal)

    [row] = rows(room)
    assert row.text == (
        f"新工单：{NUMBER}，承办单位 综合行政执法中队。请及时签收：https://jiesu.example/enforcement/cases"
    )
    assert (row.sealed, row.petitioner) == ("", "")


def test_a_unit_is_called_by_its_name_also_where_ops_file_has_none(ops: Any) -> None:
    ops("")

    called = notices.book().units

    assert {code: called[code] for code in receivers.NAMES} == {**receivers.NAMES}


def test_a_unit_hears_of_its_own_appeals_only(room: Room, folder: KeyFolder, ops: Any) -> None:
    ops(file_for(squad=SQUAD))
    appeal = registered(room, folder)

    dispatched(room, appeal, unit="property_office")

    assert rows(room) == []


def test_each_fact_is_told_to_whom_it_concerns(room: Room, folder: KeyFolder, ops: Any) -> None:
    ops(file_for(sms=SMS, squad=SQUAD, leaders=LEADERS))
    appeal = registered(room, folder)
    dispatched(room, appeal)
    told: list[tuple[str, dict[str, Any], list[tuple[str, str]]]] = [
        ("routing.appeal_urged.v1", {"light": "urge_80"}, [("urged", "squad")]),
        ("routing.card_issued.v1", {"light": "yellow"}, [("yellow_card", "squad")]),
        ("routing.card_issued.v1", {"light": "red"}, [("red_card", "squad"), ("red_card_leader", "leaders")]),
        ("routing.return_decided.v1", {"granted": False}, [("return_denied", "squad")]),
        ("routing.return_decided.v1", {"granted": True}, [("return_granted", "squad")]),
        ("routing.extension_decided.v1", {"granted": False, "clocks": []}, []),
        (
            "routing.extension_decided.v1",
            {"granted": True, "clocks": []},
            [("extended", "sms"), ("more_time", "squad")],
        ),
        ("routing.promise_moved.v1", {"paused": True}, [("paused", "sms"), ("paused_leader", "leaders")]),
        ("routing.promise_moved.v1", {"paused": False}, [("resumed", "sms")]),
        ("routing.appeal_supervised.v1", {}, [("supervised", "leaders")]),
        (
            "enforcement.case_interim_replied.v1",
            {"reply": "已立案调查，办结后另行答复。", "clocks": []},
            [("interim_replied", "sms")],
        ),
        ("routing.signature_awaited.v1", {"level": "reminded"}, [("to_sign", "leaders")]),
        ("routing.signature_awaited.v1", {"level": "passed_on"}, [("to_sign_instead", "leaders")]),
        ("routing.signature_awaited.v1", {"level": "overdue"}, [("signature_overdue", "leaders")]),
        ("routing.decision_awaited.v1", {"decision": "triage"}, [("triage_overdue", "leaders")]),
        ("routing.decision_awaited.v1", {"decision": "return_review"}, [("return_overdue", "leaders")]),
        ("routing.decision_awaited.v1", {"decision": "adjudication"}, [("adjudication_overdue", "leaders")]),
        ("enforcement.case_concluded.v1", {"reply": "已处理", "outcome": "solved"}, [("concluded", "sms")]),
        ("feedback.callback_due.v1", {}, [("callback_due", "sms")]),
        ("feedback.rework_ordered.v1", {"clocks": []}, [("rework_ordered", "sms"), ("rework", "squad")]),
        ("feedback.problem_ordered.v1", {}, [("problem_order", "leaders")]),
        ("feedback.problem_ordered.v1", {"overdue": True}, [("problem_overdue", "leaders")]),
        ("feedback.conduct_referred.v1", {}, [("conduct", "leaders")]),
        ("feedback.conduct_referred.v1", {"overdue": True}, [("conduct_overdue", "leaders")]),
        ("feedback.problem_answered.v1", {"reply": "经督办核查", "outcome": "explained"}, [("concluded", "sms")]),
        (
            "feedback.exclusion_decided.v1",
            {"granted": True, "ground": "untrue", "opinion": "不属实"},
            [("excluded", "sms")],
        ),
        # The street has it off.
        ("feedback.appeal_closed.v1", {"end": "rated"}, []),
    ]
    for minute, (key, data, expected) in enumerate(told):
        before = len(rows(room))
        room.now += timedelta(minutes=minute)
        common = {"unit": "enforcement_squad", "at": room.now.isoformat(), "due_at": room.now.isoformat()}

        room.hear(key, appeal, {**common, "mechanism": "enforcement", "number": NUMBER, **data})

        assert sorted((row.name, row.channel) for row in rows(room)[before:]) == sorted(expected), key
    assert not room.parked()


@pytest.mark.parametrize(
    "key",
    [
        *("routing.appeal_supervised.v1", "feedback.problem_ordered.v1", "feedback.conduct_referred.v1"),
        "feedback.problem_ordered.v1 overdue",
    ],
)
def test_of_what_was_answered_on_the_spot_no_unit_is_named(room: Room, folder: KeyFolder, ops: Any, key: str) -> None:
    ops(file_for(leaders=LEADERS))
    appeal = registered(room, folder)
    key, _, overdue = key.partition(" ")

    room.hear(key, appeal, {"unit": "", "mechanism": "intake", "overdue": bool(overdue), "at": room.now.isoformat()})

    [row] = rows(room)
    assert "承办单位" not in row.text


def test_who_is_heard_under_another_s_handling_is_told_of_it_as_well_and_staff_are_told_once(
    room: Room, folder: KeyFolder, ops: Any
) -> None:
    ops(file_for(sms=SMS, squad=SQUAD))
    first, other = registered(room, folder), registered(room, folder, phone="13900002222", key="b")
    with room.database.write() as session:
        work = Work(session, room.blueprint, room.now)
        form = {"into": first, "reason": "同一事项"}
        work.step(work.expect(other), "merged", joining.confirm(work, folder, work.expect(other), form), role=Role.BUS)
        work.record()
    before = len(rows(room))

    dispatched(room, first)
    common = {"at": room.now.isoformat(), "clocks": []}
    room.hear("routing.extension_decided.v1", first, {**common, "granted": True})
    room.hear("enforcement.case_concluded.v1", first, {**common, "reply": "已处理", "outcome": "solved"})
    room.hear("feedback.callback_due.v1", first, common)

    told = [(row.name, "他" if row.subject == other else "我", row.channel) for row in rows(room)[before:]]
    assert sorted(told) == sorted(
        [
            *((name, who, "sms") for name in ("dispatched", "extended", "concluded") for who in ("我", "他")),
            ("work_order", "我", "squad"),
            ("more_time", "我", "squad"),
            ("callback_due", "我", "sms"),
        ]
    )


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ("2026-12-03T23:59:59+08:00", "12月3日 24:00"),
        ("2026-12-04T00:00:00+08:00", "12月3日 24:00"),
        ("2026-12-31T17:30:00+08:00", "12月31日 17:30"),
    ],
)
def test_the_end_of_a_time_reads_as_on_pages(room: Room, folder: KeyFolder, ops: Any, ends: str, said: str) -> None:
    ops(file_for(squad=SQUAD))
    appeal = registered(room, folder)

    room.hear("routing.card_issued.v1", appeal, {"light": "red", "unit": "enforcement_squad", "due_at": ends})

    assert f"已超过办结时限 {said}。" in rows(room)[0].text


def test_pages_have_a_word_for_every_notice_and_for_what_becomes_of_it() -> None:
    words = tomllib.loads((Path(notices.__file__).parents[1] / "terms.toml").read_text(encoding="utf-8"))["values"]

    wanted = {one.name for one in notices.read(None).notices} | {*notices.SAYABLE} | {*sending.STATES}

    assert wanted <= words.keys()


@pytest.mark.parametrize(
    ("link", "told"),
    [
        ("/feedback/r/signed", "https://jiesu.example/feedback/r/signed "),
        ("", "https://jiesu.example/feedback/rate?code="),
        ("https://elsewhere.example/r/signed", "https://jiesu.example/feedback/rate?code="),
        ("//elsewhere.example/r/signed", "https://jiesu.example/feedback/rate?code="),
    ],
)
def test_a_resident_rates_by_the_path_that_feedback_signed_or_by_his_code_and_never_elsewhere(
    room: Room, folder: KeyFolder, ops: Any, link: str, told: str
) -> None:
    ops(file_for(sms=SMS))
    appeal = registered(room, folder)

    sealed = seal({"path": link}, folder.public("intake")) if link else ""
    room.hear("feedback.callback_due.v1", appeal, {"link": sealed})

    text = unseal(rows(room)[-1].sealed, folder.private("intake"))["text"]
    assert told in text
    assert "elsewhere" not in text
    assert "signed" not in str(room.case(appeal).public)


def test_a_fact_that_comes_twice_is_told_once(room: Room, folder: KeyFolder, ops: Any) -> None:
    ops(file_for(squad=SQUAD))
    appeal = registered(room, folder)

    for _ in range(2):
        room.hear("routing.card_issued.v1", appeal, {"light": "red", "unit": "enforcement_squad"}, letter_id="card-1")

    assert names(room) == ["red_card"]


@pytest.mark.parametrize(("channel", "phone"), [("import", PHONE), ("external", PHONE), ("web", "")])
def test_whom_others_tell_and_whom_nobody_can_reach_is_not_told(
    room: Room, folder: KeyFolder, ops: Any, channel: str, phone: str
) -> None:
    ops(file_for(sms=SMS))

    dispatched(room, registered(room, folder, channel=channel, phone=phone))

    assert rows(room) == []


def test_what_can_wait_is_sent_in_the_morning_and_a_red_card_at_once(room: Room, folder: KeyFolder, ops: Any) -> None:
    ops(file_for(sms=SMS, squad=SQUAD))
    room.now = NIGHT
    appeal = registered(room, folder)
    room.hear("routing.card_issued.v1", appeal, {"light": "red", "unit": "enforcement_squad"})

    to_resident, card = rows(room)
    assert to_resident.due_at == datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
    assert card.due_at == NIGHT


def test_after_the_archive_nothing_is_known_of_whom_to_tell(room: Room, folder: KeyFolder, ops: Any) -> None:
    ops(file_for(sms=SMS))
    appeal = registered(room, folder)

    room.hear("feedback.appeal_archived.v1", appeal, {"end": "rated", "rounds": 1})
    room.hear("feedback.rework_ordered.v1", appeal, {"clocks": []})

    with room.database.read() as session:
        assert session.scalars(select(Addressee.sealed)).all() == [""]
    assert names(room) == ["registered"]


# -- what becomes of it -------------------------------------------------------


def test_a_notice_is_sent_once_and_then_forgotten_but_for_the_log(room: Room, folder: KeyFolder, ops: Any) -> None:
    ops(file_for(sms=SMS))
    registered(room, folder)
    world = World()
    post = courier(room, folder, world)

    assert post.deliver() is True
    assert post.deliver() is False

    [message] = world.got
    assert (message.to, message.id) == (PHONE, rows(room)[0].id)
    [row] = rows(room)
    assert (row.state, row.tries, row.sealed, row.ended_at) == ("sent", 1, "", room.now)


def test_a_gateway_that_fails_is_tried_again_under_the_same_id_until_it_takes_it(
    room: Room, folder: KeyFolder, ops: Any
) -> None:
    ops(file_for(sms=SMS))
    registered(room, folder)
    world, clock = World(*(NotDeliveredError("HTTP 503") for _ in range(3))), Ticks()
    post = courier(room, folder, world, clock=clock)
    waits = []

    while rows(room, state="waiting"):
        post.deliver()
        [row] = rows(room)
        waits.append((row.next_at - room.now).total_seconds())
        room.now, clock.seconds = max(room.now, row.next_at), clock.seconds + 3600

    assert [message.id for message in world.got] == [rows(room)[0].id] * 4
    # Longer each time: doubling, give or take a quarter.
    assert waits[0] < waits[1] < waits[2]
    assert rows(room)[0].tries == 4


def test_a_channel_that_fails_is_left_alone_for_a_while_and_others_are_not(
    room: Room, folder: KeyFolder, ops: Any
) -> None:
    ops(file_for(sms=SMS, squad=SQUAD))
    for key in "abc":
        dispatched(room, registered(room, folder, key=key))
    dead, well, clock = World(*(NotDeliveredError("away") for _ in range(9))), World(), Ticks()
    sms, squad = courier(room, folder, dead, clock=clock), courier(room, folder, well, name="squad")

    for _ in range(20):
        sms.deliver()
        squad.deliver()

    assert len(dead.got) == 1
    assert len(well.got) == 3
    clock.seconds += 3600
    assert sms.deliver() is False
    # One message tries whether it is well again; not the one that failed before.
    assert len({message.id for message in dead.got}) == 2


def test_what_a_gateway_never_takes_is_parked_and_the_channel_goes_on(room: Room, folder: KeyFolder, ops: Any) -> None:
    ops(file_for(sms=SMS))
    for key in "ab":
        registered(room, folder, key=key)
    post = courier(room, folder, World(NotDeliverableError("HTTP 422 空号")))

    while post.deliver():
        pass

    assert [(row.state, row.reason) for row in rows(room)] == [("parked", "HTTP 422 空号"), ("sent", "")]


def test_what_can_not_be_delivered_for_a_day_is_parked_and_sent_when_ops_says_so(
    room: Room, folder: KeyFolder, ops: Any
) -> None:
    ops(file_for(sms=SMS))
    registered(room, folder)
    world, clock = World(*(NotDeliveredError("HTTP 401 expired") for _ in range(99))), Ticks()
    post = courier(room, folder, world, clock=clock)
    while rows(room, state="waiting"):
        post.deliver()
        room.now, clock.seconds = max(room.now, rows(room)[0].next_at), clock.seconds + 3600
    [row] = rows(room)
    assert (row.state, row.reason) == ("parked", "HTTP 401 expired")
    assert row.tries > 5

    world.troubles.clear()
    with room.database.write() as session:
        assert sending.retry(session, room.now, row.id) == 1
        assert sending.retry(session, room.now, row.id) == 0
    post.deliver()

    assert rows(room)[0].state == "sent"
    assert {message.id for message in world.got} == {row.id}


def test_a_courier_that_dies_between_sending_and_recording_has_it_sent_again_under_the_same_id(
    room: Room, folder: KeyFolder, ops: Any
) -> None:
    ops(file_for(sms=SMS))
    registered(room, folder)

    class KilledError(BaseException):
        """What ends a process is nothing that its code could handle."""

    dying = World(KilledError())  # type: ignore[arg-type]
    with pytest.raises(KilledError):
        courier(room, folder, dying).deliver()
    other = World()
    courier(room, folder, other).deliver()
    assert other.got == []

    room.now += sending.LEASE
    courier(room, folder, other).deliver()

    assert [message.id for message in other.got] == [message.id for message in dying.got]
    assert rows(room)[0].state == "sent"


@pytest.mark.parametrize("outcome", [NotDeliveredError("no answer"), NotDeliverableError("HTTP 422")])
def test_a_courier_that_was_too_slow_does_not_undo_what_another_has_recorded(
    room: Room, folder: KeyFolder, ops: Any, outcome: Exception
) -> None:
    ops(file_for(sms=SMS))
    registered(room, folder)
    slow = courier(room, folder, World())
    other = World()

    def meanwhile(_channel: notices.Channel, _message: Message, _now: datetime) -> None:
        room.now += sending.LEASE
        courier(room, folder, other).deliver()
        raise outcome

    slow.send = meanwhile
    slow.deliver()

    assert [(row.state, row.tries, row.reason) for row in rows(room)] == [("sent", 2, "")]


def test_who_declines_is_told_what_the_law_demands_and_nothing_else(room: Room, folder: KeyFolder, ops: Any) -> None:
    ops(file_for(sms=SMS))
    first = registered(room, folder, key="a")
    second = registered(room, folder, key="b")
    registered(room, folder, key="c", phone="13900002222")
    with room.database.write() as session:
        assert sending.choose(session, first, room.now, wanted=False)
    room.hear("enforcement.case_concluded.v1", second, {"reply": "已处理", "outcome": "solved"})
    world = World()
    post = courier(room, folder, world)

    while post.deliver():
        pass

    assert {message.notice for message in world.got if message.to == PHONE} == {"concluded"}
    assert [message.notice for message in world.got if message.to != PHONE] == ["registered"]
    declined = rows(room, state="declined")
    assert len(declined) == 2
    assert all(row.sealed == "" for row in declined)
    with room.database.write() as session:
        assert sending.standing(session, second) == "off"
        sending.choose(session, second, room.now, wanted=True)
        assert sending.standing(session, first) == "on"


def test_the_watch_counts_what_waits_and_gives_up_what_no_channel_takes(
    room: Room, folder: KeyFolder, ops: Any
) -> None:
    ops(file_for(sms=SMS, squad=SQUAD))
    dispatched(room, registered(room, folder))
    ops(file_for(sms=SMS))
    room.now += timedelta(minutes=20)
    watch = sending.Watch(room.database, room.blueprint, notices.book(), now=lambda: room.now)

    watch.look()

    [gone] = rows(room, channel="squad")
    assert gone.state == "parked"
    assert "渠道已从配置中删除" in gone.reason
    now = metrics.NOTICES_NOW
    assert now.labels("intake", "sms", "waiting")._value.get() == 2
    assert now.labels("intake", "squad", "parked")._value.get() == 1
    assert metrics.NOTICES_LATE.labels("intake", "sms")._value.get() == 1200


def test_the_log_is_deleted_after_its_time_and_what_waits_is_not(room: Room, folder: KeyFolder, ops: Any) -> None:
    ops(file_for(sms=SMS))
    registered(room, folder, key="a")
    courier(room, folder, World()).deliver()
    room.now += timedelta(days=181)
    registered(room, folder, key="b")

    sending.Watch(room.database, room.blueprint, notices.book(), now=lambda: room.now).look()

    assert [row.state for row in rows(room)] == ["waiting"]
