"""What other authorities are asked, when they answer, and how what they send back goes on (行政处罚法 25 to 27; 移送规定)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chassis import papers, typeset
from chassis.testing import Room
from chassis.workcalendar import local_date
from chassis.workflow import RefusedError
from services.enforcement.catalogue import BASES
from tests.services.enforcement.test_dates import due
from tests.services.enforcement.test_papers import written
from tests.services.enforcement.test_service import FINED, room, take

__all__ = ["room"]

CRIME: dict[str, Any] = {"authority": "police", "ground": "crime"}


def handed(room: Room, *way: str, **changed: Any) -> None:
    """Hand the matter over after some steps."""
    for one in ("inspected", *way):
        take(room, one)
    take(room, "handed_over", **changed)


def test_the_police_decide_on_a_crime_within_three_days_and_are_given_things_and_papers(room: Room) -> None:
    handed(room, "filed", **CRIME)
    assert due(room, "crime_filing") == "2026-11-26"
    assert "authority_followup" not in room.clocks("A1")
    assert "三日内决定是否立案" in written(room, "handover_letter")[0].text

    take(room, "authority_accepted")

    assert due(room, "crime_materials") == "2026-11-26"
    assert room.clocks("A1")["authority_followup"].state == "running"
    take(room, "materials_delivered")
    assert room.clocks("A1")["crime_materials"].state == "stopped"
    with pytest.raises(RefusedError, match="no things or papers wait"):
        take(room, "materials_delivered")


def test_police_that_do_not_decide_in_time_are_reminded(room: Room) -> None:
    handed(room, "filed", **CRIME)

    take(room, "crime_filing_overdue")

    assert room.state("A1") == "authority_silent"
    take(room, "authority_urged")
    assert room.clocks("A1")["authority_followup"].state == "running"


def test_a_refusal_of_the_police_is_contested_before_them_within_three_days_and_then_before_the_procuratorate(
    room: Room,
) -> None:
    handed(room, "filed", **CRIME)
    take(room, "authority_refused")
    assert due(room, "filing_review") == "2026-11-26"
    with pytest.raises(RefusedError, match="before the police or the procuratorate"):
        take(room, "refusal_contested", before="superior")
    room.pass_time(timedelta(days=4))
    with pytest.raises(RefusedError, match="ask the procuratorate"):
        take(room, "refusal_contested", before="police_review")

    take(room, "refusal_contested", before="police_review", contested_on="2026-11-25")
    assert due(room, "crime_filing") == "2026-11-28"
    take(room, "authority_refused")
    take(room, "refusal_contested", before="supervision")

    assert room.state("A1") == "with_authority"
    assert room.clocks("A1")["authority_followup"].state == "running"


def test_an_authority_that_finds_itself_not_competent_is_contested_before_the_common_superior(room: Room) -> None:
    handed(room)
    take(room, "authority_refused")
    assert "filing_review" not in room.clocks("A1")

    with pytest.raises(RefusedError, match="another's before the superior"):
        take(room, "refusal_contested", before="supervision")
    take(room, "refusal_contested", before="superior")

    assert room.state("A1") == "with_authority"


@pytest.mark.parametrize("answer", ["authority_refused", "authority_answered"])
def test_what_was_filed_and_comes_back_goes_on_with_what_is_left_of_the_ninety_days(room: Room, answer: str) -> None:
    for one in ("inspected", "filed"):
        take(room, one)
    take(room, "time_excluded", days=20)
    room.pass_time(timedelta(days=10))
    take(room, "handed_over", **CRIME)
    room.pass_time(timedelta(days=60))
    take(room, "authority_urged")
    take(room, answer)
    with pytest.raises(RefusedError, match="it was filed before"):
        take(room, "taken_back")

    take(room, "case_resumed")

    clock = room.clocks("A1")["penalty_decision"]
    assert room.state("A1") == "investigating"
    # Ten of the days before it was handed over were excluded: none is used.
    assert clock.limit == 90
    assert due(room, "penalty_decision") == str(local_date(room.now) + timedelta(days=90))
    assert room.case("A1").details["filed"]
    take(room, "time_excluded", days=5)


def test_what_was_not_filed_and_comes_back_begins_with_the_clue(room: Room) -> None:
    handed(room)
    take(room, "authority_refused")

    with pytest.raises(RefusedError, match="nothing was filed before"):
        take(room, "case_resumed")
    take(room, "taken_back")

    assert room.state("A1") == "clue"


def test_things_that_are_seized_go_along_with_the_matter(room: Room) -> None:
    for one in ("inspected", "filed", "goods_seized"):
        take(room, one)

    with pytest.raises(RefusedError, match="things that are seized go along"):
        take(room, "handed_over", **CRIME)
    take(room, "handed_over", **CRIME, things_go_along=True)

    assert not room.case("A1").details["goods_are_seized"]
    assert "随案一并移送" in written(room, "handover_letter")[0].text


# -- asked for help -----------------------------------------------------------


def test_a_request_for_help_is_waited_for_reminded_of_and_answered(room: Room) -> None:
    take(room, "inspected")
    take(room, "assistance_asked", days=5)
    assert due(room, "assistance") == "2026-11-30"
    page = typeset.html(papers.of_row(written(room, "assistance_letter")[0]))
    assert "5个工作日内函复" in page
    assert "＿＿＿" not in page

    take(room, "assistance_overdue")
    [row] = room.case("A1").details["assistance"]
    assert row["state"] == "overdue"
    assert room.clocks("A1")["assistance"].state == "stopped"
    take(room, "assistance_urged")
    assert due(room, "assistance") == "2026-12-08"

    take(room, "assistance_answered")

    assert room.clocks("A1")["assistance"].state == "stopped"
    with pytest.raises(RefusedError, match="no request for help waits"):
        take(room, "assistance_answered")


def test_of_several_requests_the_next_is_waited_for(room: Room) -> None:
    take(room, "inspected")
    take(room, "assistance_asked", letter_no="协一", days=20)
    take(room, "assistance_asked", letter_no="协二", days=5)
    assert due(room, "assistance") == "2026-11-30"
    with pytest.raises(RefusedError, match="of that number was sent"):
        take(room, "assistance_asked", letter_no="协二")
    with pytest.raises(RefusedError, match="these do: 协一, 协二"):
        take(room, "assistance_answered", letter_no="协三")

    take(room, "assistance_answered", letter_no="协二")

    assert due(room, "assistance") == "2026-12-21"
    take(room, "assistance_overdue")
    assert [row["state"] for row in room.case("A1").details["assistance"]] == ["overdue", "answered"]


# -- where the party is gone, or asks late --------------------------------------


@pytest.mark.parametrize(
    "way",
    [
        ("inspected", "filed"),
        ("inspected", "filed", "investigation_closed", "prenotice_served"),
        (*FINED, "payment_expired"),
        (*FINED, "payment_expired", "remedies_over", "demanded", "demand_expired", "court_applied"),
    ],
)
def test_a_matter_whose_party_is_gone_ends_before_and_after_the_decision(room: Room, way: tuple[str, ...]) -> None:
    for one in way:
        take(room, one)
    with pytest.raises(RefusedError, match="a person dies, an organisation ends"):
        take(room, "terminated", ground="died")

    take(room, "terminated", ground="dissolved")

    [paper] = written(room, "termination_decision")
    assert "单位终止" in paper.text
    take(room, "concluded", outcome="explained")
    # What was decided may still be contested, by whoever answers for the party.
    running = {name for name, clock in room.clocks("A1").items() if clock.state == "running"}
    assert running <= {"reconsideration", "remedies"}


def test_a_court_that_had_ended_goes_on_when_property_is_found(room: Room) -> None:
    for one in (*FINED, "payment_expired", "remedies_over", "demanded", "demand_expired", "court_applied"):
        take(room, one)
    for one in ("court_granted", "court_ended", "property_to_check"):
        take(room, one)
    assert room.clocks("A1")["property_check"].state == "running"

    take(room, "enforcement_resumed")

    assert room.state("A1") == "court_enforcing"
    take(room, "performed", way="court")


def test_no_court_goes_on_that_never_began(room: Room) -> None:
    for one in (*FINED, "payment_expired", "remedies_over", "court_window_closed"):
        take(room, one)

    with pytest.raises(RefusedError, match="no court has allowed it"):
        take(room, "enforcement_resumed")


def test_who_asks_for_time_late_is_granted_it_and_what_was_added_before_stays(room: Room) -> None:
    for one in (*FINED, "payment_expired"):
        take(room, one)
    pay_by = room.case("A1").details["pay_by"]
    late = date.fromisoformat(pay_by) + timedelta(days=5)
    room.pass_time(timedelta(days=10))
    take(room, "instalments_granted", days=60, granted_on=str(late))
    room.pass_time(timedelta(days=40))

    # 1,000 yuan, five days at 3 % each: no day of the time that was granted counts.
    with pytest.raises(RefusedError, match=r"1150\.00 yuan are owed"):
        take(room, "performed", amount="1149.99")
    take(room, "instalments_over")
    room.pass_time(timedelta(days=1))
    ends = date.fromisoformat(room.case("A1").details["grace_until"])
    with pytest.raises(RefusedError, match=r"1180\.00 yuan are owed"):
        take(room, "performed", amount="1150.00", paid_on=str(ends + timedelta(days=1)))
    take(room, "performed", amount=None)


# -- what was in no row --------------------------------------------------------


@pytest.mark.parametrize(
    ("act", "kind", "least", "most"),
    [
        ("open_barbecue", "person", "500.00", "20000.00"),
        ("open_burning", "person", "500.00", "2000.00"),
        ("burning_waste", "organisation", "10000.00", "100000.00"),
        ("site_dust", "organisation", "10000.00", "100000.00"),
        ("spilled_in_transit", "person", "2000.00", "20000.00"),
    ],
)
def test_barbecue_burning_and_dust_are_punished_within_their_bands(
    room: Room, act: str, kind: str, least: str, most: str
) -> None:
    take(room, "inspected", act=act, suspect_kind=kind)
    take(room, "filed", act=act)
    take(room, "investigation_closed")

    for amount in (str(Decimal(least) - 1), str(Decimal(most) + 1)):
        with pytest.raises(RefusedError, match="the fine must lie between"):
            take(room, "prenotice_served", amount=amount)
    take(room, "prenotice_served", amount=most)


@pytest.mark.parametrize("act", ["unlicensed_building", "other_matter", "ebike_in_highrise"])
def test_what_others_punish_is_inspected_and_handed_over_and_never_punished_here(room: Room, act: str) -> None:
    take(room, "inspected", act=act)
    with pytest.raises(RefusedError, match="punished by another authority"):
        take(room, "fined_on_the_spot")

    take(room, "handed_over", authority="planning")

    assert room.state("A1") == "with_authority"


def test_a_person_is_not_fined_for_what_only_a_builder_answers_for(room: Room) -> None:
    take(room, "inspected", act="site_dust", suspect_kind="person")

    with pytest.raises(RefusedError, match="no fine for this act of this kind of party"):
        take(room, "fined_on_the_spot")


# -- a court, and a review that wants it done anew ---------------------------------

AT_COURT = (*FINED, "payment_expired", "remedies_over", "demanded", "demand_expired", "court_applied")


def test_a_court_that_hears_both_sides_has_thirty_days_from_its_acceptance(room: Room) -> None:
    for one in AT_COURT:
        take(room, one)
    with pytest.raises(RefusedError, match="has not accepted it yet"):
        take(room, "court_heard")
    take(room, "court_accepted")
    accepted = local_date(room.now)

    take(room, "court_heard")

    assert room.clocks("A1")["court_ruling"].state == "stopped"
    assert due(room, "court_ruling_heard") == str(accepted + timedelta(days=30))
    take(room, "court_heard_overdue")
    assert room.clocks("A1")["court_followup"].state == "running"


@pytest.mark.parametrize(("refused", "days"), [("refused_acceptance", 15), ("refused_enforcement", 30)])
def test_the_higher_court_has_fifteen_days_about_an_acceptance_and_thirty_about_the_enforcement(
    room: Room, refused: str, days: int
) -> None:
    for one in AT_COURT:
        take(room, one)
    take(room, "court_refused", refused_what=refused)

    take(room, "higher_court_asked")

    assert due(room, "higher_court") == str(local_date(room.now) + timedelta(days=days))
    take(room, "higher_court_overdue")
    take(room, "court_granted")
    assert room.clocks("A1")["higher_court"].state == "stopped"


def test_a_decision_that_fell_is_made_anew_in_the_time_that_was_set_when_its_fine_is_given_back(room: Room) -> None:
    for one in (*FINED, "performed", "remedy_sought", "decision_revoked"):
        take(room, one)
    with pytest.raises(RefusedError, match="still to be given back"):
        take(room, "ordered_anew")
    take(room, "refunded")

    take(room, "ordered_anew", days=30)

    assert room.state("A1") == "investigating"
    assert due(room, "penalty_decision") == str(local_date(room.now) + timedelta(days=30))
    for one in (*FINED[2:5], "penalised", "served", "performed"):
        take(room, one)
    assert [row["decided_penalty"] for row in room.case("A1").details["penalties_before"]] == [""]


def test_a_warning_is_performed_when_it_is_served_and_contested_like_any_decision(room: Room) -> None:
    for one in FINED[:3]:
        take(room, one)
    take(room, "prenotice_served", penalty="warning", amount="0.00")
    take(room, "defence_waived")
    take(room, "penalised", penalty="warning", amount="0.00")
    with pytest.raises(RefusedError, match="performed when it is served"):
        take(room, "served")

    take(room, "warning_served", way="direct")

    assert room.state("A1") == "performed"
    assert "payment" not in room.clocks("A1")
    assert written(room, "proof_of_service")
    take(room, "remedy_sought", kind="litigation")


def test_only_a_warning_is_performed_by_its_service(room: Room) -> None:
    for one in FINED[:-1]:
        take(room, one)

    with pytest.raises(RefusedError, match="something is still to be done"):
        take(room, "warning_served")


@pytest.mark.parametrize(("day", "article", "verified"), [("2025-12-31", "58", False), ("2026-01-01", "88", False)])
def test_the_article_by_which_the_police_punish_noise_is_that_of_the_day(
    day: str, article: str, *, verified: bool
) -> None:
    basis = BASES.basis("治安管理处罚法-噪声", date.fromisoformat(day))

    assert (basis.article, basis.verified) == (article, verified)


def test_a_letter_to_the_police_about_noise_names_that_article_and_who_has_persuaded(room: Room) -> None:
    take(room, "inspected", act="noise_social", suspect_kind="person")
    persuaded = [{"by": "社区工作者甲", "on": "2026-11-20", "way": "persuaded"}]

    take(room, "handed_over", authority="police", ground="public_security", persuasions=persuaded)

    [letter] = written(room, "handover_letter")
    assert "治安管理处罚法（2025年修订）第88条" in letter.text
    assert "社区工作者甲" in letter.text


@pytest.mark.parametrize("code", ["大气污染防治法-118", "噪声污染防治法-81"])
def test_the_articles_on_air_and_noise_are_marked_since_the_code(code: str) -> None:
    assert BASES.basis(code, date(2026, 8, 14)).verified
    assert not BASES.basis(code, date(2026, 8, 15)).verified


def test_what_was_decided_on_the_spot_and_fell_is_inspected_anew(room: Room) -> None:
    for one in ("inspected", "fined_on_the_spot", "spot_decision_filed", "remedy_sought", "decision_revoked"):
        take(room, one)
    with pytest.raises(RefusedError, match="inspect it anew instead"):
        take(room, "ordered_anew")

    take(room, "inspected")
    take(room, "filed")

    assert room.state("A1") == "investigating"


def test_property_is_looked_for_also_after_the_end_until_the_fine_is_paid(room: Room) -> None:
    for one in (*FINED, "payment_expired", "remedies_over", "demanded", "demand_expired", "court_applied"):
        take(room, one)
    for one in ("court_granted", "court_ended"):
        take(room, one)
    take(room, "concluded", outcome="explained")
    take(room, "property_to_check")
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": "enforcement"})
    assert (room.state("A1"), room.clocks("A1")["property_check"].state) == ("closed", "running")

    room.pass_time(timedelta(days=30))
    take(room, "enforcement_resumed")
    assert room.state("A1") == "closed"
    due = room.clocks("A1")["property_check"].due_at(room.blueprint.calendar)
    assert due - room.now > timedelta(days=170)
    take(room, "fine_paid_late", amount="2000.00")
    with pytest.raises(RefusedError, match="no fine of this case is unpaid"):
        take(room, "enforcement_resumed")
    take(room, "property_to_check")

    assert room.clocks("A1")["property_check"].state == "stopped"


def test_who_ends_a_case_that_a_court_refused_asks_no_higher_court(room: Room) -> None:
    for one in (*FINED, "payment_expired", "remedies_over", "demanded", "demand_expired", "court_applied"):
        take(room, one)
    take(room, "court_refused")
    assert room.clocks("A1")["court_objection"].state == "running"

    take(room, "concluded", outcome="explained")

    assert room.clocks("A1")["court_objection"].state == "stopped"
