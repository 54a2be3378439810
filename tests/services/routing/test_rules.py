"""Routing's rules, and the data that they are read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clocks import Clock, Period
from chassis.workcalendar import standard_calendar
from chassis.workflow import Moment, Refusal, Role
from services.routing import rules
from services.routing.dispatch import ruleset
from services.routing.supervision import returns, watching

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
CALENDAR = standard_calendar()
LEADER = Moment(now=NOW, actor="p1", actor_name="领导甲", role=Role.LEADER)


@dataclass(frozen=True)
class Seen:
    details: dict[str, Any] = field(default_factory=dict)
    state: str = "dispatched"
    id: str = "1"
    subject: str = "A1"
    unit: str = "mediation_committee"
    opened_at: datetime = NOW


def graded(**changed: Any) -> Seen:
    grades = {"mechanism": "mediation", "category": "0101", "urgency": "III", "severity": "minor", "opinion": ""}
    return Seen({**grades, **changed})


def asking(workdays: int = 5, *, after: timedelta = timedelta(0), urgency: str = "III", **changed: Any) -> Seen:
    asked = {"workdays": workdays, "reason": "需第三方检测", "at": (NOW + after).isoformat()}
    return graded(urgency=urgency, clocks=rules.promise(urgency, NOW), extension_asked=asked, **changed)


# -- who signs ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("urgency", "severity", "rule", "by_rule", "retroactive"),
    [
        ("I", "critical", "emergency_first", True, True),
        ("II", "minor", "emergency_first", True, True),
        ("III", "serious", "serious_to_leader", False, False),
        ("III-c", "critical", "serious_to_leader", False, False),
        ("IV", "minor", "complex_to_leader", False, False),
        ("III", "moderate", "ordinary", True, False),
        ("III-c", "minor", "ordinary", True, False),
    ],
)
def test_who_signs_is_the_first_rule_that_fits(
    urgency: str, severity: str, rule: str, *, by_rule: bool, retroactive: bool
) -> None:
    found = rules.sign_off(urgency=urgency, severity=severity)

    assert (found.rule, found.by_rule, found.retroactive) == (rule, by_rule, retroactive)


@pytest.mark.parametrize("urgency", rules.URGENCIES)
@pytest.mark.parametrize("severity", rules.SEVERITIES)
def test_somebody_signs_every_appeal_and_only_what_went_first_is_signed_afterwards(urgency: str, severity: str) -> None:
    found = rules.sign_off(urgency=urgency, severity=severity)

    assert found.by_rule or not found.retroactive


# -- who handles ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("mechanism", "category", "lead", "assist", "rule"),
    [
        ("enforcement", "0209", "enforcement_squad", ("fire_office",), "ebike_in_corridor"),
        ("enforcement", "0202", "enforcement_squad", (), "enforcement"),
        ("mediation", "0108", "mediation_committee", ("police_station",), "thrown_objects"),
        ("mediation", "", "mediation_committee", (), "mediation"),
        ("wage_recovery", "0402", "labour_office", (), "wages"),
        ("relief", "0501", "civil_affairs_office", (), "relief"),
        ("property", "0601", "property_office", (), "property"),
        ("hotline", "9999", "people_call_office", (), "hotline"),
    ],
)
def test_the_catalogue_names_the_units_and_says_by_which_rule(
    mechanism: str, category: str, lead: str, assist: tuple[str, ...], rule: str
) -> None:
    found = rules.dispatch(graded(mechanism=mechanism, category=category), {}, LEADER)

    assert (found["lead_unit"], tuple(found["assisting_units"])) == (lead, assist)
    assert [row["rule"] for row in found["explanation"]] == [rule]
    assert found["rules"] == {"version": 1, "rule": rule, "at": NOW}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"confidence": 0.0}, "把握不足（0.00）"),
        ({"confidence": 0.49}, "把握不足（0.49）"),
        ({"confidence": 0.5}, ""),
        ({"confidence": 1.0}, ""),
        ({"mechanism": "", "confidence": 1.0}, "没有可供研判的内容"),
        ({"mechanism": "weather", "confidence": 1.0}, "第 1 版没有适用的规则"),
    ],
)
def test_the_desk_looks_where_the_classifier_was_unsure_or_no_rule_fires(changed: dict[str, Any], said: str) -> None:
    why = rules.unclear(graded(**changed).details, ruleset.shipped(), NOW)

    assert (why is not None) == bool(said)
    assert why is None or said in why.zh


# -- by when --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("urgency", "limits", "extension"),
    [
        ("I", {"sign_in": "15min", "first_contact": "30min", "finish": "2h"}, 0),
        ("II", {"sign_in": "30min", "first_contact": "2h", "finish": "24h"}, 1),
        ("III", {"sign_in": "4wh", "first_contact": "1wd", "finish": "5wd"}, 10),
        ("III-c", {"sign_in": "4wh", "finish": "1wd"}, 0),
        ("IV", {"sign_in": "1wd", "first_contact": "1wd", "finish": "15wd"}, 7),
    ],
)
def test_the_promise_is_the_policys(urgency: str, limits: dict[str, str], extension: int) -> None:
    clocks = [Clock.from_dict(row) for row in rules.promise(urgency, NOW)]

    assert {clock.name: str(Period(clock.limit, clock.unit)) for clock in clocks} == limits
    assert rules.extension_left(urgency, extended=False) == extension
    assert {clock.started_at for clock in clocks} == {NOW}


@given(st.integers(0, 60 * 24 * 700), st.sampled_from(rules.URGENCIES))
def test_nobody_has_to_finish_before_he_has_to_sign_in(minutes: int, urgency: str) -> None:
    at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)

    due = {row["name"]: Clock.from_dict(row).due_at(standard_calendar()) for row in rules.promise(urgency, at)}

    assert at <= due["sign_in"] <= due["finish"]


def test_a_ledger_number_names_its_year_in_shanghai() -> None:
    assert rules.ledger_year(datetime(2026, 12, 31, 17, tzinfo=UTC)) == 2027
    assert rules.ledger_number(2026, 123) == "彭李诉〔2026〕000123号"


# -- dispatch -------------------------------------------------------------------


def test_a_dispatch_follows_the_catalogue_unless_a_person_names_the_unit() -> None:
    by_catalogue = rules.dispatch(graded(), {}, LEADER)
    by_person = rules.dispatch(graded(), {"lead_unit": "fire_office", "assisting_units": ["police_station"]}, LEADER)

    assert (by_catalogue["lead_unit"], by_catalogue["unit"]) == ("mediation_committee", "mediation_committee")
    assert (by_person["lead_unit"], by_person["assisting_units"]) == ("fire_office", ["police_station"])
    assert by_person["explanation"][0]["rule"] == "person"


def test_each_mechanism_that_had_a_case_is_remembered_once_it_goes_on() -> None:
    first = rules.dispatch(graded(), {}, LEADER)
    second = rules.dispatch(graded(**first), {"mechanism": "hotline"}, LEADER)
    third = rules.dispatch(graded(**(first | second)), {"mechanism": "relief"}, LEADER)
    back = rules.dispatch(graded(**(first | second | third)), {"mechanism": "mediation"}, LEADER)

    assert [one["round"] for one in (first, second, third, back)] == [1, 2, 3, 4]
    assert [one["passed"] for one in (first, second, third, back)] == [
        [],
        ["mediation"],
        ["hotline", "mediation"],
        ["hotline", "relief"],
    ]


def test_a_rule_signs_in_its_own_name_and_a_leader_in_his() -> None:
    case = graded(sign_off_rule={"rule": "ordinary"}, opinion="按授权规则签批")

    by_rule = rules.sign(case, {}, Moment(now=NOW, actor="letter:1", role=Role.BUS))
    by_leader = rules.sign(case, {"opinion": "请办"}, LEADER)

    assert (by_rule["signer"], by_rule["by_rule"], by_rule["opinion"]) == ("ordinary", True, "按授权规则签批")
    assert (by_leader["signer"], by_leader["by_rule"], by_leader["opinion"]) == ("领导甲", False, "请办")


# -- more time ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (asking(10), ""),
        (asking(11), "最多可延期 10 个工作日"),
        (asking(1, urgency="I"), "该紧急程度不能延期"),
        (asking(1, urgency="II"), ""),
        (asking(7, urgency="IV"), ""),
        (asking(8, urgency="IV"), "最多可延期 7 个工作日"),
        (asking(5, after=timedelta(days=6)), ""),
        (asking(5, after=timedelta(days=8)), "到期前提出"),
        (asking(5, extensions=1), "不能再次延期"),
        (graded(extension_asked={"workdays": 5, "at": NOW.isoformat()}), "没有可延长的办结时限"),
        (graded(), ""),
    ],
)
def test_more_time_is_for_once_for_so_long_and_asked_for_before_the_end(case: Seen, reason: str) -> None:
    found = rules.extension_is_allowed(case, {}, LEADER)

    said = found.zh if found else ""
    assert reason in said
    assert bool(reason) == bool(said)


@given(st.integers(1, 10))
def test_an_extension_moves_the_clock_for_finishing_and_no_other(workdays: int) -> None:
    case = asking(workdays)
    before = rules.finish_clock(case)

    changes = rules.grant_extension(case, {"opinion": "同意"}, LEADER)

    [moved] = changes["clocks"]
    assert moved["name"] == "finish"
    assert before is not None
    assert Clock.from_dict(moved).due_at(standard_calendar()) > before.due_at(standard_calendar())
    assert (changes["extensions"], changes["extension_asked"]) == (1, None)


def test_a_promise_that_runs_round_the_clock_is_extended_round_the_clock() -> None:
    friday = datetime(2026, 11, 27, 12, tzinfo=UTC)
    asked = {"workdays": 1, "reason": "需第三方检测", "at": friday.isoformat()}
    case = graded(urgency="II", clocks=rules.promise("II", friday), extension_asked=asked)

    [moved] = rules.grant_extension(case, {"opinion": "同意"}, LEADER)["clocks"]

    due = Clock.from_dict(moved).due_at(standard_calendar())
    assert due == friday + timedelta(hours=48)
    too_long = graded(urgency="II", clocks=case.details["clocks"], extension_asked={**asked, "workdays": 2})
    refused = rules.extension_is_allowed(too_long, {}, LEADER)
    assert refused is not None
    assert refused.zh == "该紧急程度最多可延期 1 日（24 小时连续计算），申请为 2 日"


def test_a_complex_matter_is_extended_further_with_the_approval_of_the_body_above_alone() -> None:
    once = asking(7, urgency="IV", extensions=1)
    again = asking(5, extensions=1)
    said = {"opinion": "同意", "approved_above": "区政务热线中心〔2026〕21号"}

    refused = rules.extension_is_allowed(once, {"opinion": "同意"}, LEADER)

    assert refused is not None
    assert "须经上级主管部门批准" in refused.zh
    assert rules.extension_is_allowed(once, {}, LEADER) is None
    assert rules.extension_is_allowed(once, said, LEADER) is None
    assert rules.grant_extension(once, said, LEADER)["extensions"] == 2
    ordinary = rules.extension_is_allowed(again, said, LEADER)
    assert ordinary is not None
    assert "不能再次延期" in ordinary.zh


def test_a_denied_extension_leaves_the_clocks_to_be_asked_about_again() -> None:
    case = asking()

    after = Seen({**case.details, **rules.deny_extension(case, {}, LEADER)})

    assert rules.finish_clock(after) == rules.finish_clock(case)
    assert rules.extension_is_asked(after, {}, LEADER) is not None


def test_no_extension_is_granted_where_no_clock_runs() -> None:
    with pytest.raises(ValueError, match="no clock"):
        rules.grant_extension(
            graded(extension_asked={"workdays": 1, "at": NOW.isoformat()}), {"opinion": "同意"}, LEADER
        )


# -- returns and signatures -----------------------------------------------------


@pytest.mark.parametrize(
    ("form", "refused"),
    [
        ({}, False),
        ({"mechanism": "mediation"}, True),
        ({"mechanism": "mediation", "lead_unit": "police_station"}, False),
        ({"mechanism": "hotline"}, False),
        ({"mechanism": "hotline", "lead_unit": "mediation_committee"}, True),
    ],
)
def test_a_granted_return_goes_to_another_unit(form: dict[str, Any], *, refused: bool) -> None:
    assert (returns.it_goes_elsewhere(graded(), form, LEADER) is not None) == refused


@pytest.mark.parametrize(
    ("details", "refused"),
    [
        ({"retroactive": False}, True),
        ({"retroactive": True}, False),
        ({"retroactive": True, "countersigned": {"opinion": "同意"}}, True),
    ],
)
def test_only_what_was_dispatched_first_is_signed_afterwards_and_once(
    details: dict[str, Any], *, refused: bool
) -> None:
    assert (rules.awaits_countersign(graded(**details), {}, LEADER) is not None) == refused


@pytest.mark.parametrize(
    ("form", "refused"),
    [
        ({"lead_unit": "community_committee"}, True),
        ({"lead_unit": "community_committee", "category": "0103"}, True),
        ({"lead_unit": "police_station"}, False),
        ({"assisting_units": ["community_committee"]}, False),
        ({}, False),
    ],
)
def test_nobody_makes_a_community_lead_what_is_not_on_its_duty_list(form: dict[str, Any], *, refused: bool) -> None:
    refusal = rules.the_lead_may_lead(graded(), form, LEADER)

    assert (refusal is not None) == refused
    assert refusal is None or "只能协办" in refusal.zh


@pytest.mark.parametrize(
    ("form", "refused"),
    [
        ({"lead_unit": "property_office"}, True),
        ({"lead_unit": "property_office", "mechanism": "property"}, False),
        ({"lead_unit": "fire_office"}, False),
        ({"mechanism": "relief", "lead_unit": "mediation_committee"}, True),
        # By the catalogue.
        ({"mechanism": "relief", "opinion": "同意"}, False),
        ({}, False),
    ],
)
def test_a_unit_leads_only_where_it_has_its_people(form: dict[str, Any], *, refused: bool) -> None:
    refusal = rules.the_lead_may_lead(graded(), form, LEADER)

    assert (refusal is not None) == refused
    assert refusal is None or "工作机制" in refusal.zh


@pytest.mark.parametrize(
    ("form", "refused"),
    [
        ({"mechanism": "relief"}, True),
        ({"mechanism": "relief", "category": "0501"}, False),
        ({"mechanism": "mediation"}, False),
        ({"lead_unit": "police_station"}, False),
        ({}, False),
    ],
)
def test_what_goes_to_another_mechanism_goes_as_one_of_its_categories(form: dict[str, Any], *, refused: bool) -> None:
    refusal = rules.its_category_is_known(graded(), form, LEADER)

    assert (refusal is not None) == refused
    assert refusal is None or "救助诉求办理" in refusal.zh


def test_a_rule_that_sends_where_its_unit_has_nobody_leaves_it_to_the_desk() -> None:
    text = ruleset.shipped_text().replace('lead = "civil_affairs_office"', 'lead = "labour_office"')
    details = graded(mechanism="relief", category="0501").details

    refusal = rules.unclear(details, ruleset.read(text, 2), LEADER.now)

    assert refusal is not None
    assert "派单规则 relief：劳动保障服务所不承担" in refusal.zh


def test_a_case_without_a_receiver_needs_a_person_to_name_one() -> None:
    refusal = rules.a_receiver_is_known(graded(mechanism=""), {}, LEADER)

    assert isinstance(refusal, Refusal)
    assert rules.a_receiver_is_known(graded(mechanism=""), {"lead_unit": "fire_office"}, LEADER) is None


# -- the data are checked -------------------------------------------------------


def signoff(**changed: Any) -> dict[str, Any]:
    first = {"name": "serious", "zh": "严重", "en": "Serious", "by": "leader", "severity": ["serious"], **changed}
    return {
        "rule": [
            {key: value for key, value in first.items() if value is not None},
            {"name": "rest", "zh": "其他", "en": "Rest", "by": "rule"},
        ]
    }


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "signoff.toml: the last rule must fit everything"),
        ({"rule": signoff()["rule"][:1]}, "signoff.toml: the last rule must fit everything"),
        (signoff(severity=None), r"signoff.toml, rule 1 \(serious\): it fits everything"),
        (signoff(severity=list(rules.SEVERITIES)), r"signoff.toml, rule 1 \(serious\): it fits everything"),
        (signoff(severity=["grave"]), r"signoff.toml, rule 1 \(serious\): unknown severity 'grave'"),
        (signoff(urgency=["V"]), r"rule 1 \(serious\): unknown urgency 'V'"),
        (signoff(urgency="III"), r"rule 1 \(serious\): urgency must be a list"),
        (signoff(by="mayor"), r"rule 1 \(serious\): unknown by 'mayor'"),
        (signoff(retroactive=True), r"rule 1 \(serious\): only what the rule signs"),
        (signoff(zh=None), r"rule 1 \(serious\): zh missing"),
        (signoff(name=None), "rule 1: name missing"),
        (signoff(signer="甲"), r"rule 1 \(serious\): signer unknown"),
    ],
)
def test_sign_off_rules_that_cannot_be_used_are_refused_by_file_and_row(table: dict[str, Any], said: str) -> None:
    with pytest.raises(rules.RulesError, match=said):
        rules.read_sign_offs(table)


def policy(name: str = "III", **changed: Any) -> dict[str, Any]:
    table: dict[str, Any] = {
        urgency: {"zh": "一般", "finish": "5wd", "extension_workdays": 0} for urgency in rules.URGENCIES
    }
    table[name] = {key: value for key, value in {**table[name], **changed}.items() if value is not None}
    return table


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, r"urgency.toml: \[I\] is missing"),
        ({**policy(), "V": {}}, "urgency.toml: unknown the table's name 'V'"),
        (policy(finish=None), r"urgency.toml, \[III\] \(一般\): finish missing"),
        (policy(finish="soon"), r"urgency.toml, \[III\]: finish: The period 'soon' can't be read"),
        (policy(sign_in="1m\u002b5d"), r"urgency.toml, \[III\]: sign_in: one period only"),
        (policy(extension_workdays=-1), r"\[III\]: extension_workdays must be a number"),
        (policy(extension_workdays="7"), r"\[III\]: extension_workdays must be a number"),
        (policy(further="yes"), r"\[III\]: further must be true or false"),
        (policy(reply="1wd"), r"\[III\] \(一般\): reply unknown"),
    ],
)
def test_a_promise_that_cannot_be_kept_to_is_refused_by_file_and_row(table: dict[str, Any], said: str) -> None:
    with pytest.raises(rules.RulesError, match=said):
        rules.read_promises(table)


def test_the_tables_of_these_tests_are_right_but_for_what_each_changes() -> None:
    assert len(rules.read_sign_offs(signoff())) == 2
    assert set(rules.read_promises(policy())) == {*rules.URGENCIES}


# -- the deadline of the system that an appeal comes from ------------------------

EXTERNAL = {"source": "hotline12345", "number": "N-1"}


def finish_of(external: dict[str, str] | None, urgency: str = "III") -> Clock:
    changes = rules.dispatch(graded(urgency=urgency, external=external), {}, LEADER)
    [finish] = [Clock.from_dict(row) for row in changes["clocks"] if row["name"] == "finish"]
    return finish


def test_the_earlier_of_promise_and_upstream_deadline_counts_and_says_why() -> None:
    own = finish_of(None)
    earlier = finish_of({**EXTERNAL, "due_at": (NOW + timedelta(days=1)).isoformat()})
    later = finish_of({**EXTERNAL, "due_at": (NOW + timedelta(days=90)).isoformat()})

    assert own == finish_of(EXTERNAL)
    assert earlier.due_at(CALENDAR) == NOW + timedelta(days=1)
    assert later.due_at(CALENDAR) == own.due_at(CALENDAR)
    assert "来源工单 N-1 的截止时间" in earlier.explain(CALENDAR)[-1]
    assert "以此为准" in earlier.explain(CALENDAR)[-1]
    assert "仍以上述时间为准" in later.explain(CALENDAR)[-1]


def test_no_other_clock_than_that_for_finishing_is_bounded() -> None:
    case = graded(external={**EXTERNAL, "due_at": NOW.isoformat()})

    rows = rules.dispatch(case, {}, LEADER)["clocks"]

    assert [row["name"] for row in rows if "bound" in row] == ["finish"]


def test_an_extension_does_not_break_an_upstream_deadline_and_says_whom_to_ask() -> None:
    bound = rules.upstream_bound({**EXTERNAL, "due_at": (NOW + timedelta(days=1)).isoformat()})
    asked = {"workdays": 5, "at": NOW.isoformat()}
    case = graded(urgency="III", clocks=rules.promise("III", NOW, bound), extension_asked=asked)

    found = rules.extension_is_allowed(case, {}, LEADER)

    assert found is not None
    assert "请先商来源单位延长时限" in found.zh


def test_an_extension_within_an_upstream_deadline_is_allowed() -> None:
    bound = rules.upstream_bound({**EXTERNAL, "due_at": (NOW + timedelta(days=90)).isoformat()})
    asked = {"workdays": 5, "at": NOW.isoformat()}
    case = graded(urgency="III", clocks=rules.promise("III", NOW, bound), extension_asked=asked)

    assert rules.extension_is_allowed(case, {}, LEADER) is None


@pytest.mark.parametrize("days", [-3, 0, 1, 3])
def test_a_bounded_promise_is_looked_at_before_it_turns(days: int) -> None:
    bound = rules.upstream_bound({**EXTERNAL, "due_at": (NOW + timedelta(days=days)).isoformat()})
    rows = rules.promise("III", NOW, bound)
    [finish] = [Clock.from_dict(row) for row in rows if row["name"] == "finish"]

    first = rules.first_look(rows)

    assert first is not None
    assert all(first <= turn.at for turn in watching.turns(finish) if turn.trigger != "supervised")
    assert [turn.form["light"] for turn in watching.turns(finish) if turn.trigger == "carded"][-1] == "red"


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([{"reworks": 0, "zh": "甲", "en": "a"}, {"reworks": 0, "zh": "乙", "en": "b"}], "more than in the row before"),
        ([{"reworks": "1", "zh": "甲", "en": "a"}], "a whole number"),
        ([{"zh": "甲", "en": "a"}], "reworks missing"),
    ],
)
def test_who_supervises_what_is_not_accepted_is_refused_where_it_makes_no_sense(
    rows: list[dict[str, Any]], said: str
) -> None:
    with pytest.raises(rules.RulesError, match=said):
        rules.read_not_accepted({"not_accepted": rows})


def test_a_street_may_leave_the_first_dissatisfied_callback_to_nobody() -> None:
    assert rules.read_not_accepted({}) == ()
