"""Who the parties are: without full capacity, entered wrongly, joined and left by others, and asking once more."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from marshmallow import ValidationError
from sqlalchemy import select

from chassis.examples import example
from chassis.workflow import RefusedError
from services.mediation import rules, schemas
from services.mediation.figures import counts
from tests.services.mediation.test_service import TO_AGREEMENT, TO_SESSION, go, room

if TYPE_CHECKING:
    from chassis.testing import Room

__all__ = ["room"]

APPLICATION: dict[str, Any] = example(schemas.Application)
FIRST, SECOND = APPLICATION["parties"]
THIRD = {**FIRST, "name": "居民丙", "side": "respondent", "address": "示例小区1号楼402"}


def applied(*parties: dict[str, Any]) -> dict[str, Any]:
    return {"parties": [*parties]}


def names(room: Room) -> list[str]:
    return [row["name"] for row in room.case("A1").details["application"]["parties"]]


def number_of(room: Room, document: str) -> int:
    """Return how many versions of a document the case has."""
    table = room.blueprint.papers
    assert table is not None
    with room.database.read() as session:
        return len(session.scalars(select(table.c.version).where(table.c.name == document)).all())


def signed(**by_agent: bool) -> dict[str, Any]:
    return {
        "signatures": [{"party": name, "way": "signature", "by_agent": by_agent.get(name, False)} for name in by_agent]
    }


# -- capacity ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("child", "why"),
    [
        ({"age": 15}, "15.*limited_capacity"),
        ({"age": 17}, "17.*limited_capacity.*by_own_work"),
        ({"age": 15, "civil_capacity": "by_own_work"}, "15.*limited_capacity"),
        ({"age": 7, "civil_capacity": "limited_capacity", "guardian": "监护人甲"}, "7.*no_capacity"),
        ({"age": 15, "civil_capacity": "limited_capacity"}, "needs a legal representative"),
        ({"age": 40, "civil_capacity": "no_capacity", "guardian": " "}, "needs a legal representative"),
        ({"age": 15, "civil_capacity": "limited_capacity", "guardian": FIRST["name"]}, "on the other side"),
    ],
)
def test_a_minor_or_who_cannot_act_needs_a_legal_representative_who_is_not_on_the_other_side(
    room: Room, child: dict[str, Any], why: str
) -> None:
    go(room, "case_accepted")

    with pytest.raises(RefusedError, match=why):
        go(room, "application_recorded", application_recorded=applied(FIRST, SECOND | child))


@pytest.mark.parametrize(
    ("age", "capacity"), [(16, "by_own_work"), (17, "by_own_work"), (18, "full_capacity"), (None, "full_capacity")]
)
def test_who_lives_by_his_own_work_or_is_of_age_acts_for_himself(room: Room, age: int | None, capacity: str) -> None:
    one = SECOND | {"age": age, "civil_capacity": capacity}

    go(room, *TO_AGREEMENT, application_recorded=applied(FIRST, one))

    assert room.state("A1") == "performing"


def test_the_legal_representative_sits_and_signs_for_a_child_without_a_power_of_attorney(room: Room) -> None:
    child = SECOND | {"age": 12, "civil_capacity": "limited_capacity", "guardian": "监护人甲"}
    both = FIRST["name"], child["name"]
    go(room, *TO_SESSION, application_recorded=applied(FIRST, child))
    with pytest.raises(RefusedError, match="comes with the legal representative"):
        go(room, "session_held")
    go(room, "session_held", "agreement_drafted", session_held={"attended": [*both, "监护人甲"]})

    with pytest.raises(RefusedError, match="legal representative signs"):
        go(room, "agreement_signed", agreement_signed=signed(**dict.fromkeys(both, False)))
    go(room, "agreement_signed", agreement_signed=signed(**{both[0]: False, both[1]: True}))

    assert room.state("A1") == "performing"
    table = room.blueprint.papers
    assert table is not None
    with room.database.read() as session:
        texts = session.scalars(select(table.c.text).where(table.c.name == "mediation_agreement")).all()
    assert all("监护人甲（法定代理人）" in text for text in texts)


def test_who_acts_for_himself_is_not_signed_for_without_powers_because_a_guardian_was_written_down(room: Room) -> None:
    one = SECOND | {"guardian": "监护人甲"}
    go(room, *TO_AGREEMENT[:-1], application_recorded=applied(FIRST, one))

    with pytest.raises(RefusedError, match="special powers"):
        go(room, "agreement_signed", agreement_signed=signed(居民甲=False, 居民乙=True))


def test_nobody_mediates_for_his_ward(room: Room) -> None:
    child = SECOND | {"age": 12, "civil_capacity": "limited_capacity", "guardian": "调解员甲"}

    with pytest.raises(RefusedError, match="not impartial"):
        go(room, *TO_SESSION[:-1], application_recorded=applied(FIRST, child))


# -- put right ----------------------------------------------------------------------


def test_a_name_that_was_misspelt_is_put_right_wherever_it_stands_and_nobody_is_asked_again(room: Room) -> None:
    go(room, *TO_SESSION, "session_held")
    with pytest.raises(RefusedError, match="say which party it is"):
        go(room, "party_corrected", party_corrected={"which_party": "", "name": "居民已"})
    with pytest.raises(RefusedError, match="another party has that name"):
        go(room, "party_corrected", party_corrected={"which_party": "2", "name": "居民甲"})
    with pytest.raises(RefusedError, match="nothing is corrected"):
        go(room, "party_corrected", party_corrected={"which_party": "2", "name": ""})

    go(room, "party_corrected", party_corrected={"which_party": "2", "name": "居民已", "address": "示例小区9号楼401"})

    kept = room.case("A1").details
    assert (room.state("A1"), names(room)) == ("in_session", ["居民甲", "居民已"])
    assert "居民乙" not in str({**kept, "corrections_of_parties": []})
    assert number_of(room, "mediation_application") == 2
    item = example(schemas.Item) | {"obligor": "居民已"}
    go(room, "agreement_drafted", agreement_drafted={"items": [item]})
    go(room, "agreement_signed", agreement_signed=signed(居民甲=False, 居民已=False))
    assert room.state("A1") == "performing"


def test_the_name_of_who_acts_for_another_party_is_put_right_there_too(room: Room) -> None:
    child = THIRD | {"age": 12, "civil_capacity": "limited_capacity", "guardian": SECOND["name"]}
    go(room, *TO_SESSION[:3], application_recorded=applied(FIRST, SECOND, child))

    go(room, "party_corrected", party_corrected={"which_party": "2", "name": "居民已"})

    rows = room.case("A1").details["application"]["parties"]
    assert [row["guardian"] for row in rows] == ["", "", "居民已"]


def as_an_earlier_release_kept_them(room: Room, **of_the_respondents: Any) -> None:
    """Put the parties on file as they were before anybody asked for their capacity and who acts for them."""
    with room.database.write() as session:
        case = session.get(room.blueprint.case, room.case("A1").id)
        assert case is not None
        before = case.details["application"]
        rows = [
            {name: value for name, value in row.items() if name not in {"civil_capacity", "guardian"}}
            for row in before["parties"]
        ]
        rows = [row | of_the_respondents if row["side"] == "respondent" else row for row in rows]
        case.details = {**case.details, "application": {**before, "parties": rows}}


GUARDED = {"name": "", "civil_capacity": "limited_capacity", "guardian": "监护人甲"}


@pytest.mark.parametrize("old", [{"age": 10}, {"age": 17}, {"age": 40, "civil_capacity": "no_capacity"}])
@pytest.mark.parametrize(
    ("path", "trigger", "form"),
    [
        (TO_SESSION[:3], "agent_authorised", {"party": "居民乙"}),
        (TO_SESSION[:3], "consent_given", {}),
        (TO_SESSION[:4], "rights_explained", {}),
        (TO_SESSION, "session_held", {}),
        (TO_SESSION, "agreed_by_word", {}),
        (TO_SESSION, "agreement_drafted", {}),
        (TO_AGREEMENT[:-1], "agreement_signed", {}),
        (
            TO_SESSION,
            "mediation_terminated",
            {"routes": ["lawsuit", "police"], "undisputed": "双方对漏水无争议", "undisputed_signed": True},
        ),
        (
            (*TO_AGREEMENT, "confirmation_applied", "court_refused"),
            "mediation_terminated",
            {"routes": ["lawsuit", "police"], "undisputed": "双方对漏水无争议", "undisputed_signed": True},
        ),
        (TO_AGREEMENT, "confirmation_applied", {}),
        (TO_AGREEMENT, "performance_verified", {}),
    ],
)
def test_who_was_entered_before_anybody_asked_signs_nothing_until_who_acts_for_him_is_on_file(
    room: Room, path: tuple[str, ...], trigger: str, form: dict[str, Any], old: dict[str, Any]
) -> None:
    go(room, *path)
    as_an_earlier_release_kept_them(room, **old)

    with pytest.raises(RefusedError) as refused:
        go(room, trigger, **{trigger: form})
    said = "；".join(one.zh for one in refused.value.refusals)
    assert "居民乙" in said
    assert "请先" in said
    assert "“更正当事人信息”" in said

    if room.state("A1") == "agreement_drafted":
        assert "“退回重新协商”" in said
        go(room, "draft_rejected")
        go(room, "party_corrected", party_corrected={"which_party": "2", **GUARDED})
        go(room, "agreement_drafted")
        form = signed(居民甲=False, 居民乙=True)
    else:
        go(room, "party_corrected", party_corrected={"which_party": "2", **GUARDED})
    if trigger == "session_held":
        form = {"attended": ["居民甲", "监护人甲"]}
    go(room, trigger, **{trigger: form})


def test_a_mediation_can_be_ended_while_nobody_acts_for_a_child(room: Room) -> None:
    go(room, *TO_SESSION)
    as_an_earlier_release_kept_them(room, age=10)

    go(room, "mediation_terminated", mediation_terminated={"routes": ["lawsuit", "police"]})

    assert room.state("A1") == "terminated"


def test_children_that_were_entered_without_anybody_who_acts_for_them_are_put_right_one_by_one(room: Room) -> None:
    go(room, *TO_SESSION[:3], application_recorded=applied(FIRST, SECOND, THIRD))
    as_an_earlier_release_kept_them(room, age=10)

    for number in ("2", "3"):
        go(room, "party_corrected", party_corrected={"which_party": number, **GUARDED})

    assert [row.get("guardian") for row in room.case("A1").details["application"]["parties"]][1:] == ["监护人甲"] * 2


def test_a_table_of_words_from_before_there_were_ages_in_it_goes_by_those_of_the_law(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {name: table for name, table in rules.words().items() if name != "capacity"}
    monkeypatch.setattr(rules, "words", lambda: own)
    go(room, "case_accepted")

    with pytest.raises(RefusedError, match=r"15.*limited_capacity"):
        go(room, "application_recorded", application_recorded=applied(FIRST, SECOND | {"age": 15}))


def test_an_address_that_is_put_right_finds_the_earlier_disputes_of_the_same_households(room: Room) -> None:
    go(room, *TO_SESSION[:3])
    before = room.case("A1").households

    go(room, "party_corrected", party_corrected={"which_party": "2", "name": "", "address": "示例小区9号楼401"})

    assert room.case("A1").households not in ("", before)


def test_what_a_dispute_is_about_is_put_right_and_counted_so(room: Room) -> None:
    go(room, *TO_SESSION)

    go(room, "dispute_corrected")

    case = room.case("A1")
    assert (case.dispute_type, case.details["application"]["dispute_type"]) == ("leak", "leak")
    assert case.details["application"]["facts"] == APPLICATION["facts"]
    assert ("open", "leak", 1) in [*counts(case)]


def test_a_correction_that_does_not_say_so_does_not_take_an_identity_relation_off_the_file(room: Room) -> None:
    go(room, *TO_SESSION, application_recorded={"concerns_identity": True})
    form = {name: value for name, value in example(schemas.DisputeCorrected).items() if name != "concerns_identity"}

    with pytest.raises(ValidationError, match="concerns_identity"):
        room.act("A1", "dispute_corrected", form)

    assert room.case("A1").details["application"]["concerns_identity"] is True


# -- joined and left -----------------------------------------------------------------


@pytest.mark.parametrize("passed", [0, 32])
def test_who_joins_is_asked_and_told_as_everybody_was_and_the_time_begins_anew(room: Room, passed: int) -> None:
    go(room, *TO_SESSION)
    room.pass_time(timedelta(days=passed))
    with pytest.raises(RefusedError, match="a party already"):
        go(room, "party_joined", party_joined={"name": "居民甲"})

    go(room, "party_joined", party_joined=THIRD)

    assert (room.state("A1"), names(room)) == ("consent_due", ["居民甲", "居民乙", "居民丙"])
    assert room.clocks("A1")["mediation_period"].state == "stopped"
    assert room.clocks("A1")["consent_follow_up"].state == "running"
    with pytest.raises(RefusedError, match="consent is missing of: 居民丙"):
        go(room, "consent_given")
    consents = [{"party": name, "agrees": True, "way": "by_word", "on": "2026-11-23"} for name in names(room)]
    told = {"told": names(room)}
    go(room, *TO_SESSION[3:], consent_given={"consents": consents}, rights_explained=told)
    assert (room.state("A1"), room.clocks("A1")["mediation_period"].state) == ("in_session", "running")


def test_of_several_on_a_side_one_may_refuse_and_the_others_go_on(room: Room) -> None:
    go(room, *TO_SESSION[:3], application_recorded=applied(FIRST, SECOND, THIRD))
    with pytest.raises(RefusedError, match="nobody else is on that side"):
        go(room, "party_left", party_left={"which_party": "1"})

    go(room, "party_left", party_left={"which_party": "3"})
    go(room, *TO_AGREEMENT[3:])

    [gone] = room.case("A1").details["parties_left"]
    assert (gone["left_because"], gone["routes"]) == ("refuses_mediation", ["lawsuit"])
    assert [row["name"] for row in gone["parties"]] == ["居民丙"]
    masked = room.blueprint.veil.over_details({"parties_left": [gone]})["parties_left"][0]["parties"]
    assert [(row["name"], row["address"]) for row in masked] == [("居**", "＊＊＊")]
    assert (room.state("A1"), names(room)) == ("performing", ["居民甲", "居民乙"])


@pytest.mark.parametrize(("trigger", "form"), [("party_joined", THIRD), ("party_left", {"which_party": "2"})])
def test_the_parties_of_an_agreement_in_effect_stay_who_they_are(
    room: Room, trigger: str, form: dict[str, Any]
) -> None:
    go(room, *TO_AGREEMENT, "mediation_reopened")

    with pytest.raises(RefusedError, match="an agreement is in effect"):
        go(room, trigger, **{trigger: form})


# -- once more ------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["consent_refused", "mediation_terminated"])
def test_who_has_refused_may_agree_later_and_it_is_mediated_all_the_same(room: Room, end: str) -> None:
    go(room, *TO_SESSION[:3], end, mediation_terminated={"routes": ["lawsuit", "police"]})
    assert {name for name, _, _ in counts(room.case("A1"))} & {"refused", "failed"}

    go(room, "mediation_asked_again", *TO_AGREEMENT[3:])

    case = room.case("A1")
    assert room.state("A1") == "performing"
    assert not {name for name, _, _ in counts(case)} & {"refused", "failed"}
    [over] = case.details["earlier_ends"]
    assert over["ended_as"] == {"consent_refused": "consent_refused"}.get(end, "termination")
    assert over[over["ended_as"]]


def test_what_a_court_had_is_mediated_when_the_lawsuit_was_taken_back(room: Room) -> None:
    go(room, "case_accepted", "contact_made", "found_ineligible")

    go(room, "mediation_asked_again", "application_recorded", "consent_given")

    assert room.state("A1") == "registered"


def test_the_file_still_lists_the_notice_of_a_refusal_that_was_taken_back(room: Room) -> None:
    go(room, *TO_SESSION[:3], "consent_refused", "mediation_asked_again")
    go(room, *TO_AGREEMENT[3:], "performance_verified", "follow_up_visited", "concluded")

    table = room.blueprint.papers
    assert table is not None
    with room.database.read() as session:
        text = session.scalars(select(table.c.text).where(table.c.name == "case_file")).one()
    assert "| 不予调解告知书（一方拒绝） | 有 |" in text
