"""What each mechanism counts: a case is driven along its procedure, and its figures are read as Prometheus reads them."""

from __future__ import annotations

import json
import re
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from prometheus_client import generate_latest
from sqlalchemy import text

from chassis import catalogue, clocks, figures, gauges, keys, metrics, migrate
from chassis.commands import jiesu
from chassis.database import Database
from chassis.examples import example
from chassis.testing import Room
from chassis.work import Work
from chassis.workflow import UNMANNED
from services.property import register, roster, schemas

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from chassis.workflow import CaseView, Step

MECHANISMS = ("mediation", "enforcement", "hotline", "wage_recovery", "relief", "property")


@dataclass(frozen=True)
class Way:
    """A way through a procedure, what is changed in the examples, and what is counted behind it."""

    triggers: tuple[str, ...]
    counted: Mapping[str, float]
    changed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def migrated(name: str, url: str) -> str:
    """Give a database of PostgreSQL the tables of a service, and return its address as SQLAlchemy wants it."""
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    database = Database(url, name)
    migrate.upgrade(database, catalogue.spec(name))
    database.close()
    return url


def opened(name: str, folder: Path, url: str = "") -> Room:
    """Return a room with one case, taken on and its petitioner contacted; what stood in the figures before is gone."""
    room = Room(catalogue.service(name), folder, url)
    if name == "property":
        estate = dict(schemas.EstateForm().load(example(schemas.EstateForm)))
        with room.database.write() as session:
            register.put(session, {**estate, "version": 0}, roster.read(estate["roster"]), by="处办员己", now=room.now)
    dispatched = {"mechanism": name, "number": "1", "lead_unit": "u", "title": "标题", "text": "内容", "place": "地点"}
    room.hear("routing.appeal_dispatched.v1", "A1", dispatched)
    return room


def take(room: Room, trigger: str, **changed: Any) -> None:
    """Take a step with the example of its form, or let the clock run out that takes it."""
    assert room.blueprint.workflow is not None
    step: Step = room.blueprint.workflow.step(room.state("A1"), trigger)
    if step.expires:
        due = room.clock("A1", step.expires).due_at(room.blueprint.calendar)
        room.pass_time(due - room.now + timedelta(seconds=1))
        return
    form = {**example(step.form, at=room.now), **changed} if step.form else {}
    room.act("A1", trigger, form, role=step.roles[0], person=f"a {step.roles[0]}")


def shortest(room: Room, target: str) -> list[str]:
    """Return the triggers of the shortest way from where the case is."""
    assert room.blueprint.workflow is not None
    ways: deque[tuple[str, list[str]]] = deque([(room.state("A1"), [])])
    seen = {room.state("A1")}
    while ways:
        state, way = ways.popleft()
        if state == target:
            return way
        for step in room.blueprint.workflow.steps_from(state):
            if step.target not in seen and (step.expires or not UNMANNED & {*step.roles}):
                seen.add(step.target)
                ways.append((step.target, [*way, step.trigger]))
    pytest.fail(f"no way to {target}")


def shown(room: Room) -> dict[str, float]:
    """Return what a worker shows at /metrics of a service, by metric and labels."""
    with room.database.read() as session:
        gauges.show_cases(session, room.blueprint, room.now)
        gauges.show_clocks(session, room.blueprint)
        gauges.show_figures(session, room.blueprint)
    lines = re.findall(r"^(jiesu_\w+(?:\{.*\})?) (\S+)$", generate_latest().decode(), flags=re.MULTILINE)
    return {name: float(amount) for name, amount in lines}


@pytest.fixture(autouse=True)
def _keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    monkeypatch.delenv("JIESU_KEYS_DIR", raising=False)
    keys.generate(tmp_path / "keys", MECHANISMS)


TO_A_DRAFT = (
    *(
        "application_recorded",
        "consent_given",
        "rights_explained",
        "mediators_set",
        "facts_established",
        "session_held",
    ),
    "agreement_drafted",
)
NOISY = [
    {"kind": "fume", "value": "2.40", "instrument_no": "油烟仪1"},
    {"kind": "noise", "value": "58", "zone": "2", "period": "night", "instrument_no": "声级计2"},
    {"kind": "noise", "value": "49", "zone": "2", "period": "night", "instrument_no": "声级计2"},
]
WAYS = {
    "mediation": Way(
        (*TO_A_DRAFT, "agreement_signed", "performance_verified", "follow_up_visited", "concluded"),
        {
            "jiesu_mediation_accepted": 1,
            'jiesu_mediation_agreements{form="written"}': 1,
            'jiesu_mediation_agreements{form="oral"}': 0,
            "jiesu_mediation_performed": 1,
            "jiesu_mediation_breached": 0,
            "jiesu_mediation_sessions": 1,
            'jiesu_documents{document="mediation_agreement",service="mediation"}': 2,
            'jiesu_case_ends{end="concluded.solved",service="mediation"}': 1,
        },
    ),
    "enforcement": Way(
        ("inspected", "correction_ordered", "correction_expired", "found_corrected", "penalty_waived", "concluded"),
        {
            "jiesu_enforcement_inspections": 1,
            'jiesu_enforcement_measurements{kind="noise"}': 2,
            'jiesu_enforcement_measurements_over{kind="noise"}': 1,
            'jiesu_enforcement_measurements_over{kind="fume"}': 1,
            'jiesu_enforcement_rechecks{found="corrected"}': 1,
            'jiesu_enforcement_corrections{state="obeyed"}': 1,
            "jiesu_enforcement_fines_imposed_yuan": 0,
            'jiesu_documents{document="correction_order",service="enforcement"}': 1,
            'jiesu_case_ends{end="concluded.solved",service="enforcement"}': 1,
        },
        {"inspected": {"measurements": NOISY}},
    ),
    "hotline": Way(
        (
            "triaged",
            "site_visited",
            "measure_taken",
            "reply_drafted",
            "reply_sent_back",
            "reply_drafted",
            "reply_approved",
            "concluded",
        ),
        {
            'jiesu_hotline_orders{kind="help"}': 1,
            "jiesu_hotline_visits": 1,
            "jiesu_hotline_drafts_sent_back": 1,
            'jiesu_hotline_replies{time="in_time"}': 1,
            'jiesu_hotline_replies{time="late"}': 0,
            'jiesu_documents{document="reply_letter",service="hotline"}': 1,
            'jiesu_case_ends{end="concluded.solved",service="hotline"}': 1,
        },
        {"triaged": {"kind": "help"}},
    ),
    "wage_recovery": Way(
        (
            *("claim_registered", "roster_verified", "liable_party_found", "evidence_packed", "coordination_held"),
            *("payment_verified", "concluded"),
        ),
        {
            "jiesu_wage_recovery_claims": 1,
            "jiesu_wage_recovery_workers": 2,
            "jiesu_wage_recovery_claimed_yuan": 18000,
            'jiesu_wage_recovery_recovered_yuan{source="general_contractor"}': 18000,
            'jiesu_wage_recovery_recovered_yuan{source="payer"}': 0,
            "jiesu_wage_recovery_workers_paid": 2,
            'jiesu_documents{document="wage_roster",service="wage_recovery"}': 1,
            'jiesu_case_ends{end="concluded.solved",service="wage_recovery"}': 1,
        },
    ),
    "relief": Way(
        (
            *("application_filed", "application_accepted", "authorised", "information_checked", "house_visited"),
            *("opinion_supported", "publicity_started", "objection_raised", "objection_dismissed", "publicity_over"),
            *("submitted", "district_approved", "relief_paid", "concluded"),
        ),
        {
            'jiesu_relief_applied{relief="temp_expense"}': 1,
            'jiesu_relief_granted{relief="temp_expense"}': 1,
            'jiesu_relief_granted_sum_yuan{relief="temp_expense"}': 3600,
            'jiesu_relief_paid_yuan{relief="temp_expense"}': 3600,
            'jiesu_relief_granted{relief="dibao"}': 0,
            'jiesu_relief_refused{reason="district_rejected"}': 0,
            'jiesu_relief_objections{finding="dismissed"}': 1,
            'jiesu_relief_objections{finding="pending"}': 0,
            'jiesu_documents{document="approval",service="relief"}': 1,
            'jiesu_case_ends{end="concluded.solved",service="relief"}': 1,
        },
    ),
    "property": Way(
        (
            *("classified", "verified_on_site", "repair_needed", "repair_surveyed", "vote_announced", "votes_counted"),
            *("ballots_called_back", "vote_carried", "fund_applied", "fund_approved", "repair_accepted"),
            *("repair_settled", "costs_published", "concluded"),
        ),
        {
            'jiesu_property_found{found="confirmed"}': 1,
            'jiesu_property_votes{result="carried"}': 1,
            'jiesu_property_votes{result="lost"}': 0,
            "jiesu_property_fund_applied_yuan": 10200,
            "jiesu_property_fund_allocated_yuan": 10000.01,
            'jiesu_documents{document="allocation_table",service="property"}': 1,
            'jiesu_case_ends{end="concluded.solved",service="property"}': 1,
        },
        {"verified_on_site": {"responsible": "owners"}},
    ),
}


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_mechanism_shows_what_a_case_came_to(name: str, tmp_path: Path) -> None:
    room, way = opened(name, tmp_path), WAYS[name]

    for trigger in ("case_accepted", "contact_made", *way.triggers):
        take(room, trigger, **way.changed.get(trigger, {}))

    found = shown(room)
    assert {metric: found.get(metric) for metric in way.counted} == way.counted


@pytest.mark.parametrize("name", MECHANISMS)
def test_the_end_of_a_case_tells_what_it_counts_and_every_name_is_declared(name: str, tmp_path: Path) -> None:
    room, way = opened(name, tmp_path), WAYS[name]

    for trigger in ("case_accepted", "contact_made", *way.triggers):
        take(room, trigger, **way.changed.get(trigger, {}))

    [concluded] = room.told("case_concluded.v1")
    told = {(row["name"], row["of"]): Decimal(row["amount"]) for row in concluded["figures"]}
    with room.database.read() as session:
        kept = figures.sums(session, room.blueprint)
    assert told == {key: Decimal(amount) / figures.HUNDREDTHS for key, amount in kept.items() if amount}
    assert told["ends", f"concluded.{concluded['outcome']}"] == 1
    own = figures.declared(room.blueprint.folder)
    assert {figure for figure, _ in told} - {"ends", "documents", "warnings"} <= own.keys()
    assert {row["unit"] for row in concluded["figures"]} <= {"", "yuan"}


def counted(fact: Mapping[str, Any]) -> dict[tuple[str, str], Decimal]:
    """Return what a fact tells that its case counts."""
    return {(row["name"], row["of"]): Decimal(row["amount"]) for row in fact["figures"]}


@pytest.mark.parametrize("name", MECHANISMS)
@pytest.mark.parametrize("end", ["withdrawn", "not_accepted", "merged", "returned"])
def test_a_case_that_is_taken_back_or_returned_tells_what_it_counted(name: str, end: str, tmp_path: Path) -> None:
    room, way = opened(name, tmp_path), WAYS[name]
    take(room, "case_accepted")
    if end != "returned":
        for trigger in ("contact_made", *way.triggers[:3]):
            take(room, trigger, **way.changed.get(trigger, {}))
        room.hear("routing.appeal_recalled.v1", "A1", {"mechanism": name, "end": end, "reason": "登记说明"})
        assert room.case("A1").details["recalled"] == {"end": end, "reason": "登记说明"}
        assert room.blueprint.terms.value(f"end.{end}", "zh")
    else:
        take(room, "return_requested")
        room.hear("routing.return_decided.v1", "A1", {"mechanism": name, "granted": True})

    [told] = room.told("case_recounted.v1")

    assert told["case_id"] == room.case("A1").id
    with room.database.read() as session:
        kept = figures.sums(session, room.blueprint)
    assert counted(told) == {key: Decimal(amount) / figures.HUNDREDTHS for key, amount in kept.items() if amount}
    assert counted(told)["ends", end] == 1


@pytest.mark.parametrize("name", MECHANISMS)
def test_an_end_that_counts_no_longer_is_told_and_closing_tells_nothing_anew(name: str, tmp_path: Path) -> None:
    room, way = opened(name, tmp_path), WAYS[name]
    for trigger in ("case_accepted", "contact_made", *way.triggers):
        take(room, trigger, **way.changed.get(trigger, {}))

    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": name, "end": "satisfied"})
    assert room.told("case_recounted.v1") == []
    room.hear("feedback.rework_ordered.v1", "A1", {"mechanism": name, "reason": "居民不认可", "round": 1, "clocks": []})

    [told] = room.told("case_recounted.v1")
    assert "ends" not in {figure for figure, _ in counted(told)}
    # A dispute that is begun again counts among the open ones.
    again = [figure for figure, _ in counted(told) if figure != "open"]
    assert len(again) == len(counted(room.told("case_concluded.v1")[0])) - 1


def test_what_comes_back_after_the_end_of_a_case_is_told_with_it(tmp_path: Path) -> None:
    room, way = opened("relief", tmp_path), WAYS["relief"]
    for trigger in ("case_accepted", "contact_made", *way.triggers):
        take(room, trigger, **way.changed.get(trigger, {}))
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "relief", "end": "satisfied"})

    take(room, "fraud_found", obtained="3600.00", refund="3600.00", proposed_fine="3600.00")
    take(room, "refund_received", amount="1600.00")

    found, received = map(counted, room.told("case_recounted.v1"))
    assert found["frauds", ""] == 1
    assert found["frauds_refund", ""] == 3600
    assert ("refunded", "") not in found
    assert received["refunded", ""] == 1600
    assert received["ends", "concluded.solved"] == 1


@pytest.mark.parametrize("name", MECHANISMS)
def test_over_postgresql_two_replicas_keep_the_same_figures(name: str, tmp_path: Path, database_url: str) -> None:
    url = migrated(name, database_url)
    room, way = opened(name, tmp_path, url), WAYS[name]
    other = Room(catalogue.service(name), tmp_path, url)

    for turn, trigger in enumerate(("case_accepted", "contact_made", *way.triggers)):
        one = (room, other)[turn % 2]
        one.now = max(room.now, other.now)
        take(one, trigger, **way.changed.get(trigger, {}))

    for one in (room, other):
        found = shown(one)
        one.database.close()
        assert {metric: found.get(metric) for metric in way.counted} == way.counted


def test_all_cases_are_added_up_from_the_index_alone(tmp_path: Path, database_url: str) -> None:
    room = opened("hotline", tmp_path, migrated("hotline", database_url))
    rows = "SELECT lpad((g / 8)::text, 36, '0'), 'figure_' || g % 8, 'of', 100 FROM generate_series(1, 20000) g"
    with room.database.write() as session:
        session.execute(text(f"INSERT INTO figures {rows}"))
    with room.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE figures"))
        query = figures.summed(room.blueprint).compile(connection)
        plan = "\n".join(row[0] for row in connection.exec_driver_sql(f"EXPLAIN {query}"))
    room.database.close()

    assert "Index Only Scan using figures_summed" in plan, plan


def test_what_is_taken_back_counts_no_more_and_what_comes_twice_counts_once(tmp_path: Path) -> None:
    room = opened("wage_recovery", tmp_path)
    row = {**example_row(room, "payment_recorded"), "number": 1}
    for trigger in ("case_accepted", "contact_made", *WAYS["wage_recovery"].triggers[:5]):
        take(room, trigger)

    for amount in ("4000.00", "0.01"):
        take(room, "payment_recorded", source="payer", rows=[{**row, "amount": amount, "proof": f"回单{amount}"}])
    assert shown(room)['jiesu_wage_recovery_recovered_yuan{source="payer"}'] == 4000.01
    take(room, "payment_doubted")
    assert shown(room)['jiesu_wage_recovery_recovered_yuan{source="payer"}'] == 4000
    take(room, "payment_doubted")
    assert shown(room)['jiesu_wage_recovery_recovered_yuan{source="payer"}'] == 0
    take(room, "payment_recorded", source="payer", rows=[{**row, "amount": "4000.00", "proof": "回单第3号"}])
    for letter in ("L1", "L1", "L2"):
        urged = {"mechanism": "wage_recovery", "light": "yellow"}
        room.hear("routing.appeal_urged.v1", "A1", urged, letter_id=letter)

    found = shown(room)
    assert found['jiesu_wage_recovery_recovered_yuan{source="payer"}'] == 4000
    assert found["jiesu_wage_recovery_claims"] == 1


@pytest.mark.parametrize("last", ["settlement_fell_due", "settlement_breached"])
def test_a_settlement_is_broken_by_its_day_or_by_word(tmp_path: Path, last: str) -> None:
    room = opened("wage_recovery", tmp_path)
    for trigger in ("case_accepted", "contact_made", *WAYS["wage_recovery"].triggers[:5]):
        take(room, trigger)
    tomorrow, later = ((room.now + timedelta(days=days)).date().isoformat() for days in (1, 30))
    parts = [{"due_on": tomorrow, "amount": "4000.00"}, {"due_on": later, "amount": "14000.00"}]
    take(room, "settlement_agreed", instalments=parts)
    assert shown(room)['jiesu_wage_recovery_settlements{state="running"}'] == 1
    room.pass_time(timedelta(days=2))

    take(room, last)

    found = shown(room)
    assert [found[f'jiesu_wage_recovery_settlements{{state="{one}"}}'] for one in ("running", "broken")] == [0, 1]


def test_a_reworked_case_has_no_end_until_it_has_one_again_and_a_state_that_was_left_shows_none(tmp_path: Path) -> None:
    room = opened("mediation", tmp_path)
    refused = ("case_accepted", "contact_made", "application_recorded", "consent_refused", "concluded_unsettled")
    for trigger in refused:
        take(room, trigger)
    end = 'jiesu_case_ends{end="concluded.explained",service="mediation"}'
    assert shown(room)[end] == 1
    assert shown(room)['jiesu_cases{service="mediation",state="concluded"}'] == 1

    room.hear("feedback.rework_ordered.v1", "A1", {"reason": "未认可", "round": 1, "mechanism": "mediation"})

    found = shown(room)
    assert (found[end], found['jiesu_cases{service="mediation",state="concluded"}']) == (0, 0)


def test_a_reply_after_the_promised_time_is_counted_as_late(tmp_path: Path) -> None:
    room = opened("hotline", tmp_path)
    promise = clocks.Clock(name="finish", started_at=room.now, limit=5, unit=clocks.Unit.WORKDAY)
    room.hear(
        "routing.extension_decided.v1", "A1", {"mechanism": "hotline", "granted": True, "clocks": [promise.to_dict()]}
    )
    for trigger in ("case_accepted", "contact_made", *WAYS["hotline"].triggers[:-1]):
        take(room, trigger, **WAYS["hotline"].changed.get(trigger, {}))

    room.pass_time(timedelta(days=20))
    assert shown(room)['jiesu_clocks{clock="finish",kind="service",service="hotline",state="overdue"}'] == 1
    take(room, "concluded")

    found = shown(room)
    assert (found['jiesu_hotline_replies{time="late"}'], found['jiesu_hotline_replies{time="in_time"}']) == (1, 0)
    assert found['jiesu_clocks{clock="finish",kind="service",service="hotline",state="overdue"}'] == 0


def test_a_reply_from_before_its_time_was_kept_is_counted_neither_as_late_nor_as_in_time(tmp_path: Path) -> None:
    room = opened("hotline", tmp_path)
    for trigger in ("case_accepted", "contact_made", *WAYS["hotline"].triggers):
        take(room, trigger, **WAYS["hotline"].changed.get(trigger, {}))
    with room.database.write() as session:
        table, case = room.blueprint.case.__table__, room.case("A1")
        before = {name: kept for name, kept in case.details.items() if name != "replied_late"}
        session.execute(table.update().where(table.c.id == case.id).values(details=before))

    figures.recount(room.database, room.blueprint, room.now)

    replies = [shown(room)[f'jiesu_hotline_replies{{time="{time}"}}'] for time in ("in_time", "late", "other")]
    assert replies == [0, 0, 1]


def test_a_warning_is_counted_once_and_stays_counted_when_its_cause_is_gone(tmp_path: Path) -> None:
    room, warning = opened("mediation", tmp_path), 'jiesu_warnings{service="mediation",warning="missing_seal"}'
    for trigger in ("case_accepted", "contact_made", *TO_A_DRAFT):
        take(room, trigger)
    assert shown(room)[warning] == 1

    take(room, "agreement_signed")

    warned = {caution.code for rule in room.blueprint.warnings for caution in rule(room.case("A1"), room.now)}
    assert "missing_seal" not in warned
    assert shown(room)[warning] == 1


def test_cases_that_were_never_counted_are_counted_anew_by_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, way = opened("mediation", tmp_path), WAYS["mediation"]
    for trigger in ("case_accepted", "contact_made", *way.triggers):
        take(room, trigger)
    with room.database.write() as session:
        session.execute(room.blueprint.figures.delete())
    assert shown(room)["jiesu_mediation_performed"] == 0
    monkeypatch.setenv("JIESU_MEDIATION_DATABASE_URL", f"sqlite:///{tmp_path}/mediation.sqlite3")

    for _ in range(2):
        done = CliRunner().invoke(jiesu, ["recount", "mediation", "--json"])
        assert (done.exit_code, json.loads(done.output)) == (0, {"cases": {"mediation": 1}}), done.output

        found = shown(room)
        assert {metric: found.get(metric) for metric in way.counted} == way.counted


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("[ends]\nzh = '办结'\nen = 'Ends'\n", "every service counts something of that name"),
        ("[paid]\nzh = '已付'\nen = 'Paid'\nby = 'source'\n", "belong together"),
        ("[paid]\nzh = '已付'\n", "en"),
        ("[paid\n", "figures.toml"),
    ],
)
def test_a_file_of_figures_that_is_wrong_is_refused_and_named(tmp_path: Path, rows: str, said: str) -> None:
    (tmp_path / "figures.toml").write_text(rows, encoding="utf-8")

    with pytest.raises(figures.FigureFault, match=said):
        figures.declared(tmp_path)


def test_what_has_no_name_is_refused_and_what_has_no_label_is_counted_as_other(tmp_path: Path) -> None:
    room = opened("hotline", tmp_path)

    new = replace(room.blueprint, counts=partial(_always, ("orders", "unheard_of", 1)))
    with room.database.read() as session:
        assert figures.stand(session, new, room.case("A1"), room.now) == {("orders", "other"): figures.HUNDREDTHS}
    for counted in (("unheard_of", "", 1), ("visits", "help", 1)):
        wrong = replace(room.blueprint, counts=partial(_always, counted))
        with (
            room.database.read() as session,
            pytest.raises(figures.FigureFault, match=r"which its figures\.toml does not name"),
        ):
            figures.stand(session, wrong, room.case("A1"), room.now)


def test_a_rule_that_fails_stops_no_step_leaves_what_was_counted_and_is_told_to_ops(tmp_path: Path) -> None:
    room = opened("mediation", tmp_path)
    for trigger in ("case_accepted", "contact_made", "application_recorded", "consent_given"):
        take(room, trigger)
    counts, room.blueprint = room.blueprint, replace(room.blueprint, counts=_fails)
    entries = room.case("A1").entries

    take(room, "rights_explained")

    found = shown(room)
    told = found['jiesu_cases_not_counted_total{service="mediation"}']
    metrics.NOT_COUNTED.clear()
    assert (room.case("A1").entries - entries, found["jiesu_mediation_accepted"], told) == (1, 1, 1)
    room.blueprint = counts
    take(room, "mediators_set")
    assert shown(room)["jiesu_mediation_accepted"] == 1


def _fails(case: CaseView) -> list[tuple[str, str, int]]:
    return [("accepted", case.details["what nobody has filled in"], 1)]


LAPSING = sorted(
    {(name, row.name, row.case_kind) for name in MECHANISMS for row in catalogue.spec(name).legal.clocks if row.lapses}
)


@pytest.mark.parametrize(("name", "clock", "case_kind"), LAPSING)
def test_a_time_that_another_may_use_ends_when_it_is_over_and_makes_nobody_late(
    name: str, clock: str, case_kind: str, tmp_path: Path
) -> None:
    room = opened(name, tmp_path)
    assert room.blueprint.workflow is not None
    assert room.blueprint.workflow.expiring(room.case("A1").state, clock) is None
    rule = room.blueprint.legal.clock(clock, room.now, case_kind)
    begun = clocks.start(rule, room.now, room.blueprint.calendar)
    due, others = begun.due_at(room.blueprint.calendar), room.case("A1").due_at
    with room.database.write() as session:
        work = Work(session, room.blueprint, room.now)
        work.start_clock(work.case("A1"), begun, "statutory")
        work.record()

    room.pass_time(due - room.now + timedelta(days=3))

    assert room.clocks("A1")[clock].stopped_at == due
    assert room.case("A1").due_at == others
    late = f'jiesu_clocks{{clock="{clock}",kind="statutory",service="{name}",state="overdue"}}'
    assert shown(room).get(late, 0) == 0


def _always(counted: tuple[str, str, int], _case: object) -> list[tuple[str, str, int]]:
    return [counted]


def example_row(room: Room, trigger: str) -> dict[str, Any]:
    """Return the first row of the example of a step's form."""
    assert room.blueprint.workflow is not None
    [form] = {step.form for step in room.blueprint.workflow.steps if step.trigger == trigger and step.form}
    return dict(example(form, at=room.now)["rows"][0])
