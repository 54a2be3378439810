"""The owners elect their committee candidate by candidate (民法典 278): who is elected, who is not, and where it is open."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import ValidationError
from sqlalchemy import select

from chassis.examples import example
from chassis.testing import Room
from chassis.workflow import RefusedError
from services.property import candidates, roster, rules, schemas
from services.property.models import Case
from services.property.votes import Tally
from tests.services.property.conftest import ESTATE, enter
from tests.services.property.test_calc import reckon, refused
from tests.services.property.test_papers import written
from tests.services.property.test_service import MEETING, TO_SITE
from tests.services.property.test_ways_on import REWORK

Walk = Callable[..., None]
TO_CALL = (*TO_SITE, "first_meeting_due", "group_formed")
#: 100, 80 and 100 square metres, an owner each.
ROOMS = ("1-1-101", "1-1-102", "1-1-201")
SIX: list[dict[str, str]] = [{"candidate": f"候选人{one}", "room": "1-1-101"} for one in "甲乙丙丁戊己"]
CALL: dict[str, Any] = {"candidates": SIX, "also": []}
#: 甲, 乙 and 丙 have all; 丁 those of 200 square metres, 戊 and 己 those of 180: for the fifth seat there are two.
TIED = ("1、2、3、4、5", "1 2 3 5 6", "1,2,3,4,6")


def ballots(*agreed: str, choice: str = "abstain") -> dict[str, Any]:
    rows = zip(ROOMS, agreed, strict=True)
    return {"ballots": [{"room": room, "choice": choice, "confirmed": True, "agree_to": said} for room, said in rows]}


def held(walk: Walk, call: dict[str, Any], counted: dict[str, Any], trigger: str = "first_meeting_held") -> None:
    walk(*TO_CALL, "election_announced", trigger, classified=MEETING, election_announced=call, **{trigger: counted})


def test_each_candidate_is_counted_by_himself_and_the_papers_name_the_elected_and_the_alternates(
    room: Room, walk: Walk
) -> None:
    call = {**CALL, "alternate_seats": 1, "ranked_by": "area", "also": ["management_covenant"]}
    held(walk, call, ballots("1、2、3、4、5、6", "1、2、3、5", "1、2、3、4、5、7"))
    walk("election_posted")
    with pytest.raises(RefusedError, match="voted down: management_covenant"):
        walk("committee_filed")
    walk("committee_filed", committee_filed={"adopted_by": "业主大会2026年第2号决议"})

    found = room.case("A1").details["vote_result"]
    assert [(row["agreeing_heads"], row["agreeing_area"]) for row in found["candidates"]] == [
        *[(3, "280.00")] * 3,
        (2, "200.00"),
        (3, "280.00"),
        (1, "100.00"),
    ]
    assert found["elected"] == ["候选人甲", "候选人乙", "候选人丙", "候选人丁", "候选人戊"]
    assert (found["carried"], found["alternates"], found["vacant"]) == (True, [], 0)
    assert found["candidates"][5]["standing"] == "not_elected"
    assert [(row["item"], row["carried"]) for row in found["also"]] == [("management_covenant", False)]
    texts = {row.name: row.text for row in written(room)}
    for paper in ("vote_summary", "vote_result_notice", "committee_filing"):
        assert "当选委员：候选人甲、候选人乙、候选人丙、候选人丁、候选人戊" in texts[paper]
        assert "| 6 | 候选人己 | 1 | 100.00 | 0 | 0 | 未达到比例，未当选 |" in texts[paper]
    assert "| 4 | 候选人丁 | 1-1-101 | □ 同意　□ 反对　□ 弃权 |" in texts["ballot_paper"]
    assert "依据未填，街道默认，未核实" not in texts["ballot_paper"]
    assert "通过决议：业主大会2026年第2号决议" in texts["committee_filing"]


def test_who_comes_after_the_last_seat_is_an_alternate(room: Room, walk: Walk) -> None:
    held(walk, {**CALL, "alternate_seats": 1}, ballots("1、2、3、4、5、6", "1、2、3、4、5", "1、2、3、4、5、6"))
    walk("election_posted")

    assert room.case("A1").details["vote_result"]["alternates"] == ["候选人己"]
    assert "；候补：候选人己" in written(room)[-1].text


def test_a_tie_is_said_elects_nobody_silently_and_the_last_seat_is_voted_on_again(room: Room, walk: Walk) -> None:
    with pytest.raises(RefusedError) as refusal:
        held(walk, CALL, ballots(*TIED))
    assert "候选人戊、候选人己得票不分先后" in refusal.value.refusals[0].zh

    walk("election_not_carried", "lost_election_posted", election_not_carried=ballots(*TIED))
    assert "尚未确定：候选人戊、候选人己，须就其余席位再次选举；缺额1人" in written(room)[-1].text
    again = {**CALL, "keeps_elected": True}
    with pytest.raises(RefusedError, match="elected already: 候选人甲"):
        walk("election_announced", election_announced=again)
    walk("election_announced", election_announced={**again, "candidates": SIX[4:]})
    assert "选举其余1人" in written(room)[-1].text
    walk("first_meeting_held", first_meeting_held=ballots("1", "2", "1"))

    found = room.case("A1").details["vote_result"]
    assert found["elected"] == ["候选人甲", "候选人乙", "候选人丙", "候选人丁", "候选人戊"]
    walk("election_posted")
    with pytest.raises(RefusedError, match="have not elected so many"):
        walk("committee_filed", committee_filed={"members": 7})
    walk("committee_filed")


def test_who_was_elected_before_makes_up_for_no_quorum_and_for_no_tie(room: Room, walk: Walk) -> None:
    eight = [*SIX, *({"candidate": f"候选人{one}", "room": "1-1-101"} for one in "庚辛")]
    five = "1、2、3、4、5"
    tied = ballots(*[f"{five}、6、7、8"] * 2, five)
    held(walk, {**CALL, "seats": 7, "candidates": eight}, tied, "election_not_carried")
    found = room.case("A1").details["vote_result"]
    assert (len(found["elected"]), found["tied"]) == (5, ["候选人己", "候选人庚", "候选人辛"])

    walk("lost_election_posted")
    rest = {**CALL, "keeps_elected": True, "candidates": eight[5:]}
    with pytest.raises(RefusedError, match="no seat is left"):
        walk("election_announced", election_announced={**rest, "seats": 5})
    one_voted = {"ballots": ballots("1、2", "", "")["ballots"][:1]}
    walk("election_announced", "election_not_carried",
         election_announced={**rest, "seats": 7}, election_not_carried=one_voted)  # fmt: skip

    found = room.case("A1").details["vote_result"]
    assert (found["quorum"], found["carried"], len(found["elected"])) == (False, False, 5)
    assert room.told("owners_vote_counted.v1")[-1]["carried"] is False


def test_a_tie_that_the_owners_rules_decide_is_none(room: Room, walk: Walk) -> None:
    apart = ("1、2、3、4、5", "1、2、3、4、6", "1、2、3、4、6")
    held(walk, {**CALL, "ranked_by": "area"}, ballots("1、2、3、4、5、6", *apart[1:], choice="against"))

    assert room.case("A1").details["vote_result"]["elected"][-1] == "候选人己"


def test_the_elected_stay_so_when_the_count_of_a_later_election_is_annulled(room: Room, walk: Walk) -> None:
    held(walk, CALL, ballots(*TIED), "election_not_carried")
    rest = {**CALL, "keeps_elected": True, "candidates": SIX[4:]}
    walk("lost_election_posted", "election_announced", "first_meeting_held", "count_annulled",
         election_announced=rest, first_meeting_held=ballots("1", "2", "1"))  # fmt: skip
    enter(room, ESTATE["roster"].replace("80.00", "81.00"))

    walk("election_announced", "first_meeting_held", election_announced=rest, first_meeting_held=ballots("1", "2", "1"))

    assert len(room.case("A1").details["vote_result"]["elected"]) == 5


def test_too_few_elected_are_no_committee(room: Room, walk: Walk) -> None:
    four = ballots("1、2、3、4", "1、2、3、4", "1、2、3、4")
    with pytest.raises(RefusedError) as refusal:
        held(walk, CALL, four)

    assert "当选4人" in refusal.value.refusals[0].zh
    assert "缺额1人" in refusal.value.refusals[0].zh
    walk("election_not_carried", election_not_carried=four)
    assert room.told("owners_vote_counted.v1")[-1]["carried"] is False


def test_an_even_number_elected_is_no_committee(room: Room, walk: Walk) -> None:
    held(walk, {**CALL, "seats": 7}, ballots(*["1、2、3、4、5、6"] * 3), "election_not_carried")

    found = room.case("A1").details["vote_result"]
    assert (len(found["elected"]), found["vacant"], found["carried"]) == (6, 1, False)


def test_who_was_elected_stays_so_no_longer_when_the_term_is_over(room: Room, walk: Walk) -> None:
    held(walk, CALL, ballots(*TIED), "election_not_carried")
    again = {**CALL, "keeps_elected": True, "candidates": SIX[4:]}
    walk("lost_election_posted", "election_announced", "first_meeting_held", "election_posted", "committee_filed",
         election_announced=again, first_meeting_held=ballots("1", "2", "1"))  # fmt: skip
    walk("filing_certified", "committee_met", "committee_installed", "concluded")
    room.hear("feedback.rework_ordered.v1", "A1", REWORK)
    walk("rework_taken", *TO_SITE[1:], "committee_lapsed", classified=MEETING)

    with pytest.raises(RefusedError, match="nobody was elected before"):
        walk("election_announced", election_announced=again)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ({}, ("1、7", "", "")),
        ({"voted_by": "up_to_the_seats"}, ("1、2、3、4、5、6", "", "")),
        ({"voted_by": "list", "candidates": SIX[:5]}, ("1", "", "")),
    ],
)
def test_a_ballot_that_does_not_fit_the_candidates_is_refused(
    walk: Walk, call: dict[str, Any], said: tuple[str, str, str]
) -> None:
    with pytest.raises(RefusedError, match="do not fit the candidates announced: 1-1-101"):
        held(walk, {**CALL, **call}, ballots(*said))


def test_a_ballot_that_did_not_come_back_numbers_nobody(room: Room, walk: Walk) -> None:
    enter(room, follow_majority="the_silent", clause="议事规则第九条")
    walk(*TO_CALL, "election_announced", classified=MEETING, election_announced=CALL)
    for field in ("agree_to", "object_to"):
        said = ballots("1", "1", "")
        said["ballots"][2] |= {"choice": "silent", field: "6"}
        with pytest.raises(RefusedError, match="do not fit the candidates announced: 1-1-201"):
            walk("election_not_carried", election_not_carried=said)


def test_nobody_agrees_and_objects_to_the_same_candidate(walk: Walk) -> None:
    both = ballots("1", "", "")
    both["ballots"][0]["object_to"] = "1"

    with pytest.raises(RefusedError, match="do not fit"):
        held(walk, CALL, both)


def test_one_owners_rooms_speak_with_one_voice_on_each_candidate(room: Room, walk: Walk) -> None:
    enter(room, ESTATE["roster"].replace("Y002", "Y001"))

    with pytest.raises(RefusedError, match="has one voice"):
        held(walk, CALL, ballots("1", "1、2", "1"))


def test_one_owners_ballots_that_mean_the_same_in_other_words_are_one_voice(room: Room, walk: Walk) -> None:
    enter(room, ESTATE["roster"].replace("Y002", "Y001"))
    said = ballots("", "1、2、3、4、5", "１，２ ３;４、５")
    said["ballots"][0] |= {"choice": "agree", "object_to": "6"}
    said["ballots"][1] |= {"object_to": "６"}
    held(walk, CALL, said)

    kept = room.case("A1").details
    assert [row["agree_to"] for row in kept["votes_counted"]["ballots"]] == ["", *["1、2、3、4、5"] * 2]
    assert [row["agreeing_heads"] for row in kept["vote_result"]["candidates"]] == [*[2] * 5, 0]


@pytest.mark.parametrize("strange", ["9-9-901", "1-1-201"])
def test_a_candidate_is_an_owner_of_the_estate(room: Room, walk: Walk, strange: str) -> None:
    rooms = roster.read(ESTATE["roster"])
    enter(room, roster.written([row | ({"tenure": "unsold"} if row["room"] == "1-1-201" else {}) for row in rooms]))
    stranger = [*SIX[:5], {"candidate": "候选人庚", "room": strange}]

    with pytest.raises(RefusedError, match="or they are unsold: 候选人庚"):
        walk(*TO_CALL, "election_announced", classified=MEETING, election_announced={**CALL, "candidates": stranger})


def test_nobody_stays_elected_where_nobody_was(walk: Walk) -> None:
    with pytest.raises(RefusedError, match="nobody was elected before"):
        walk(*TO_CALL, "election_announced", classified=MEETING, election_announced={**CALL, "keeps_elected": True})


@pytest.mark.parametrize(
    ("form", "wrong"),
    [
        ({"seats": 6}, "seats"),
        ({"seats": 3}, "seats"),
        ({"candidates": [*SIX, SIX[0]]}, "candidates"),
        ({"voted_by": "list"}, "voted_by"),
        ({"voted_by": "list", "candidates": SIX[:5], "alternate_seats": 1}, "voted_by"),
    ],
)
def test_an_election_is_of_an_odd_number_and_names_each_candidate_once(form: dict[str, Any], wrong: str) -> None:
    assert {*schemas.ElectionCall().validate({**example(schemas.ElectionCall), **CALL, **form})} == {wrong}


def test_an_election_that_was_announced_as_one_list_is_counted_as_one(room: Room, walk: Walk) -> None:
    walk(*TO_CALL, "election_announced", classified=MEETING)
    with room.database.write() as session:
        case = session.scalars(select(Case)).one()
        new = (
            "voted_by",
            "seats",
            "alternate_seats",
            "ranked_by",
            "election_rule",
            "candidates",
            "also",
            "keeps_elected",
        )
        old = {name: value for name, value in case.details["vote_announced"][-1].items() if name not in new}
        voters = {name: value for name, value in case.details["electorate"].items() if name != "elected_before"}
        case.details = {**case.details, "vote_announced": [old], "electorate": voters}

    walk("first_meeting_held", "committee_met", "election_posted", "committee_filed")

    assert room.case("A1").details["vote_result"]["agreeing_area"] == "180.00"
    assert "| 人数 | 3 | 3 | 2 |" in {row.name: row.text for row in written(room)}["vote_result_notice"]


def test_a_list_is_voted_on_as_one_and_named_in_the_result(room: Room, walk: Walk) -> None:
    walk(*TO_CALL, "election_announced", classified=MEETING,
         election_announced={**CALL, "voted_by": "list", "candidates": SIX[:5]})  # fmt: skip
    walk("first_meeting_held", "election_posted")
    with pytest.raises(RefusedError, match="have not elected so many"):
        walk("committee_filed", committee_filed={"members": 7})

    assert "名单：候选人甲、候选人乙、候选人丙、候选人丁、候选人戊当选。" in written(room)[-1].text


def test_ballots_on_candidates_come_out_of_a_spreadsheet(room: Room, walk: Walk) -> None:
    sheet = "房号\t表决意见\t已确认\t另投同意的序号\t另投反对的序号\n" + "".join(
        f"{one}\t弃权\t是\t5 4,3、2；1\t6\n" for one in ROOMS
    )
    held(walk, CALL, {"ballots": [], "pasted": sheet})

    kept = room.case("A1").details
    assert kept["votes_counted"]["ballots"][0]["agree_to"] == "1、2、3、4、5"
    assert len(kept["vote_result"]["elected"]) == 5
    assert kept["vote_result"]["candidates"][5]["against_area"] == "280.00"
    with pytest.raises(ValidationError, match="第1行另投同意的序号"):
        schemas.Election().load({**example(schemas.Election), "ballots": [], "pasted": sheet.replace("5 4", "甲 4")})


def test_silence_follows_the_majority_on_each_candidate_only_where_the_owners_rules_say_so(
    room: Room, walk: Walk
) -> None:
    enter(room, follow_majority="the_silent", clause="议事规则第九条")
    said = ballots("1、2、3、4、5", "1、2、3、4、5", "", choice="against")
    said["ballots"][2]["choice"] = "silent"
    held(walk, CALL, said)

    rows = room.case("A1").details["vote_result"]["candidates"]
    assert (rows[0]["agreeing_heads"], rows[5]["agreeing_heads"], rows[5]["against_heads"]) == (3, 0, 3)


# -- the order ------------------------------------------------------------------------------------

TALLIES = st.lists(st.builds(Tally, st.integers(0, 6), st.integers(0, 6).map(Decimal)), min_size=1, max_size=9).map(
    lambda found: {str(place): one for place, one in enumerate(found)}
)


@given(TALLIES, st.integers(1, 6), st.sampled_from(candidates.MEASURES))
def test_never_more_are_elected_than_there_are_seats_and_nobody_is_who_another_left_out_beats(
    agreed: dict[str, Tally], seats: int, measure: str
) -> None:
    sure, open_ = candidates.placed(agreed, seats, measure)

    assert len(sure) <= seats
    assert not sure & open_
    if not open_:
        assert len(sure) == min(seats, len(agreed))
    for name in sure:
        assert not any(
            agreed[other].heads >= agreed[name].heads and agreed[other].area > agreed[name].area
            for other in {*agreed} - sure
            if measure != "heads"
        )


@given(TALLIES, st.integers(1, 6))
def test_by_one_measure_the_elected_are_the_first_of_the_order(agreed: dict[str, Tally], seats: int) -> None:
    sure, open_ = candidates.placed(agreed, seats, "heads")
    ordered = sorted((one.heads for one in agreed.values()), reverse=True)
    last = ordered[min(seats, len(ordered)) - 1]

    assert {name for name, one in agreed.items() if one.heads > last} <= sure
    assert {agreed[name].heads for name in open_} <= {last}


# -- without a case ---------------------------------------------------------------------------------

WHOLE = {"item": "elect_committee", "total_heads": 100, "total_area": "10000"}
PART = {**WHOLE, "taking_part_heads": 67, "taking_part_area": "6700"}


def sums(*found: tuple[int, str]) -> list[dict[str, Any]]:
    return [
        {"candidate": name, "agreeing_heads": heads, "agreeing_area": area}
        for name, (heads, area) in zip("甲乙丙丁戊己庚", found, strict=False)
    ]


def test_candidates_are_judged_by_their_sums_without_a_case() -> None:
    """The vectors of §3.6: 34 of 67 heads and 3351 of 6700 m² are just enough for one, and half is not."""
    named = sums(*[(60, "6000")] * 4, (34, "3351"), (33, "6700"), (34, "3350"))

    found = reckon("vote", **PART, candidates=named, seats=7)

    assert found["elected"] == ["甲", "乙", "丙", "丁", "戊"]
    assert (found["carried"], found["vacant"], found["tied"]) == (True, 2, [])
    assert [row["standing"] for row in found["candidates"][5:]] == ["not_elected"] * 2
    assert any("己：同意人数33，33 ≤ 67×1/2" in line["zh"] for line in found["explanation"])
    assert found["not_verified"]


@pytest.mark.parametrize("allowed", [True, False])
def test_vacant_seats_stand_in_the_way_where_the_streets_settings_say_so(
    monkeypatch: pytest.MonkeyPatch,
    allowed: bool,  # noqa: FBT001
) -> None:
    kept = rules.settings()
    settings = {**kept, "election": {**kept["election"], "vacant_seats_allowed": allowed}}
    monkeypatch.setattr(rules, "settings", lambda: settings)

    five = reckon("vote", **PART, candidates=sums(*[(60, "6000")] * 5), seats=7)

    assert (len(five["elected"]), five["vacant"], five["carried"]) == (5, 2, allowed)
    assert reckon("vote", **PART, candidates=sums(*[(60, "6000")] * 5), seats=5)["carried"] is True


def test_more_area_and_fewer_heads_is_a_tie_unless_the_owners_rules_say_what_comes_first() -> None:
    named = sums(*[(60, "6000")] * 4, (40, "4100"), (41, "4000"))

    assert reckon("vote", **PART, candidates=named)["tied"] == ["戊", "己"]
    assert reckon("vote", **PART, candidates=named)["carried"] is False
    assert reckon("vote", **PART, candidates=named, ranked_by="heads")["elected"][-1] == "己"
    assert reckon("vote", **PART, candidates=named, ranked_by="area")["elected"][-1] == "戊"


def test_candidates_are_judged_by_the_roster_without_a_case() -> None:
    roster = [
        {"room": str(one), "owner": f"Y{one}", "area": "100", "choice": "abstain", "agree_to": said}
        for one, said in enumerate(("1、2、3、4、5", "1、2、3、4、5", ""))
    ]
    named = [{"candidate": one} for one in "甲乙丙丁戊己"]
    form = {"item": "elect_committee", "candidates": named}

    assert reckon("vote", **form, roster=roster)["elected"] == ["甲", "乙", "丙", "丁", "戊"]
    one_owner = [
        {**roster[0], "owner": "Y1", "agree_to": "１, 2 3,4,5"},
        roster[1],
        {**roster[2], "agree_to": "1 2 3 4 5"},
    ]
    assert reckon("vote", **form, roster=one_owner)["elected"] == ["甲", "乙", "丙", "丁", "戊"]
    torn = [one_owner[0], {**roster[1], "object_to": "6"}, roster[2]]
    assert refused("vote", **form, roster=torn)[0] == "/roster/1/choice"
    for wrong in (
        {"agree_to": "7"},
        {"agree_to": "1", "object_to": "1"},
        {"choice": "silent", "agree_to": "1"},
        {"choice": "absent", "agree_to": "", "object_to": "1"},
    ):
        assert refused("vote", **form, roster=[{**roster[0], **wrong}])[0] == "/roster/0/agree_to"
    assert refused("vote", item="choose_company", roster=roster)[0] == "/roster/0/agree_to"


@pytest.mark.parametrize(
    ("form", "pointer"),
    [
        ({**PART, "candidates": [{"candidate": "甲"}]}, "/candidates/0/agreeing_heads"),
        ({**PART, "candidates": sums((68, "1"))}, "/candidates/0/agreeing_heads"),
        ({**PART, "item": "rebuild", "candidates": sums((1, "1"))}, "/item"),
        ({**PART, "candidates": [*sums((1, "1")), *sums((1, "1"))]}, "/candidates"),
        ({**WHOLE, "candidates": sums((1, "1"))}, "/taking_part_heads"),
    ],
)
def test_what_can_not_be_an_election_is_refused_where_it_is_wrong(form: dict[str, Any], pointer: str) -> None:
    assert refused("vote", **form)[0] == pointer
