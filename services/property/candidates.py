"""Candidates for an owners' committee: who of them the owners have elected, and who not, pure like the rules.

Each needs the double quorum and the double majority of 民法典 278 (matter 3). Who of more than there are seats comes first, and
who stands by as an alternate, no law that was read says: the owners' own rules do (山东 22: 选举办法), and the announcement
repeats them.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from chassis.workflow import Refusal
from services.property import rules, votes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from chassis.workflow import CaseView, Moment, Values
    from services.property.votes import Tally
ITEM: Final = "elect_committee"
#: How the owners vote on their candidates, and what two of them are compared by.
WAYS: Final = ("each_candidate", "up_to_the_seats", "list")
MEASURES: Final = ("both", "heads", "area")
#: What the first meeting may decide with the same ballot (山东 22).
ALSO: Final = ("management_covenant", "rules_of_procedure")


def fits(ballot: Mapping[str, Any], lines: Iterable[int]) -> bool:
    """Whether a ballot numbers only these lines, none in two ways, and none where it says nothing."""
    agreed, objected = {*votes.numbers(ballot["agree_to"])}, {*votes.numbers(ballot["object_to"])}
    unsaid = ballot["choice"] in votes.UNSAID
    return not agreed & objected and agreed | objected <= (set() if unsaid else {*lines})


def _beats(measure: str) -> Callable[[Tally, Tally], bool]:
    """Return whether one comes before another: with more heads, with more area, or with more of one and no less of the other."""

    def beats(one: Tally, other: Tally) -> bool:
        if measure == "both":
            return one != other and one.heads >= other.heads and one.area >= other.area
        return bool(getattr(one, measure) > getattr(other, measure))

    return beats


def placed(agreed: Mapping[str, Tally], seats: int, measure: str) -> tuple[set[str], set[str]]:
    """Return who surely has one of so many seats, and between whom the order leaves it open.

    Surely: no more than the other seats could be filled by those whom he does not beat. Open: neither that, nor do as many
    as there are seats beat him.
    """
    beats = _beats(measure)
    sure, open_ = set[str](), set[str]()
    for name, tally in agreed.items():
        others = [other for one, other in agreed.items() if one != name]
        if sum(not beats(tally, other) for other in others) < seats:
            sure.add(name)
        elif sum(beats(other, tally) for other in others) < seats:
            open_.add(name)
    return sure, open_


def standings(
    agreeing: Mapping[str, Tally], passed: Iterable[str], seats: int, alternates: int, measure: str
) -> dict[str, str]:
    """Say how each candidate stands: elected, an alternate, tied for either, agreed to without a seat, or not elected."""
    agreed = {name: agreeing[name] for name in passed}
    elected, tied = placed(agreed, seats, measure)
    within, open_ = placed(agreed, seats + alternates, measure)
    said = dict.fromkeys(agreeing, "not_elected") | dict.fromkeys(agreed, "no_seat_left")
    said |= dict.fromkeys(open_, "tied_alternate") | dict.fromkeys(within, "alternate")
    return said | dict.fromkeys(tied, "tied") | dict.fromkeys(elected, "elected")


def judged(
    agreeing: Mapping[str, Tally],
    *,
    everybody: Tally,
    taking_part: Tally,
    seats: int,
    alternates: int = 0,
    measure: str = "both",
    before: Sequence[str] = (),
) -> dict[str, Any]:
    """Judge an election by who agreed to each candidate: who is elected, with those of `before`, and how everybody stands.

    It is carried where this meeting has its quorum, no seat is tied and the elected make up a committee (山东 30); seats that
    stay vacant stand in its way only where the street's settings say so.
    """
    passed = [name for name, tally in agreeing.items() if votes.is_carried(ITEM, everybody, taking_part, tally)]
    found = standings(agreeing, passed, seats - len(before), alternates, measure)

    def who(standing: str) -> list[str]:
        return [name for name, said in found.items() if said == standing]

    elected, tied = [*before, *who("elected")], who("tied")
    vacant = seats - len(elected)
    whole = len(elected) >= rules.COMMITTEE_LEAST and len(elected) % 2 == 1
    lenient = rules.settings()["election"]["vacant_seats_allowed"]
    return {
        "standings": found,
        "elected": elected,
        "alternates": who("alternate"),
        "tied": tied,
        "vacant": vacant,
        "carried": votes.has_quorum(everybody, taking_part) and whole and not tied and bool(lenient or not vacant),
    }


def result(
    called: Mapping[str, Any], voters: Mapping[str, Any], ballots: Sequence[Mapping[str, Any]], everybody: Tally
) -> dict[str, Any]:
    """Count an election candidate by candidate, and what was decided on the same ballots.

    `called`: the announcement; `voters`: the electorate that it was announced to, with who was elected before.
    """
    names = [row["candidate"] for row in called["candidates"]]

    def line(number: int) -> dict[str, Any]:
        on_it = [votes.voiced(row, number) for row in ballots]
        against = votes.tally(votes.by_the_owners_rules(on_it, voters["follow_majority"]), "against")
        found = votes.vote_result(ITEM, everybody, on_it, voters["follow_majority"])
        return {**found, "number": number, "against_heads": against.heads, "against_area": against.area}

    lines = [line(number) for number in votes.lines(called)]
    rows = dict(zip(names, lines, strict=False))
    found = judged(
        {name: votes.Tally(row["agreeing_heads"], row["agreeing_area"]) for name, row in rows.items()},
        everybody=everybody,
        taking_part=votes.Tally(lines[0]["taking_part_heads"], lines[0]["taking_part_area"]),
        seats=called["seats"],
        alternates=called["alternate_seats"],
        measure=called["ranked_by"],
        before=voters["elected_before"],
    )
    standing = found.pop("standings")
    sums = ("number", "agreeing_heads", "agreeing_area", "against_heads", "against_area")
    return {
        **{name: lines[0][name] for name in ("taking_part_heads", "taking_part_area", "quorum")},
        # Of the elected with the fewest: so many agreed to each of them.
        **{
            name: min((row[name] for one, row in rows.items() if standing[one] == "elected"), default=0)
            for name in ("agreeing_heads", "agreeing_area")
        },
        "candidates": [
            {"candidate": one, **{name: row[name] for name in sums}, "standing": standing[one]}
            for one, row in rows.items()
        ],
        **found,
        "elected_before": voters["elected_before"],
        "also": [
            {"item": item, **{name: row[name] for name in (*sums, "carried")}}
            for item, row in zip(called["also"], lines[len(names) :], strict=True)
        ],
    }


def counted(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Count an election: candidate by candidate, or one list where it was announced so."""
    kept = votes.count_votes(case, form, moment)
    called, voters = case.details["vote_announced"][-1], case.details["electorate"]
    if not votes.lines(called):
        return kept
    everybody = votes.Tally(voters["heads"], Decimal(voters["area"]))
    return {**kept, "vote_result": result(called, voters, kept["votes_counted"]["ballots"], everybody)}


def electorate(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep who may vote, and who stays elected from the election before where this one fills the other seats."""
    kept = votes.electorate(case, form, moment)
    before = _elected(case) if form["keeps_elected"] else []
    return {**kept, "electorate": {**kept["electorate"], "elected_before": before}}


def _elected(case: CaseView) -> list[str]:
    """Return who was elected so far; a count that was annulled takes nobody away who was elected before it."""
    kept = case.details
    return list(kept.get("vote_result", {}).get("elected") or kept.get("electorate", {}).get("elected_before", ()))


def somebody_stays_elected(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to fill the other seats where nobody was elected, none is left, or one of the elected is voted on again."""
    if not form or not form["keeps_elected"]:
        return None
    elected = _elected(case)
    again = [row["candidate"] for row in form["candidates"] if row["candidate"] in elected]
    if elected and len(elected) < form["seats"] and not again:
        return None
    if again:
        return Refusal(f"已经当选的不再列为候选人：{'、'.join(again)}", f"elected already: {', '.join(again)}")
    return Refusal(
        "本案前次选举没有当选人，或者已经满额，没有可以保留当选、只选其余席位的",
        "nobody was elected before, or no seat is left",
    )


def candidates_are_owners(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a candidate of a room that the roster does not have, or that is unsold: members are owners (山东 30)."""
    sold = {room for room, row in votes.roster(case, moment).items() if row["tenure"] != "unsold"}
    strange = [f"{row['candidate']}（{row['room']}）" for row in form.get("candidates", ()) if row["room"] not in sold]
    if not strange:
        return None
    return Refusal(
        f"业主委员会成员应当由本小区业主担任，名册中没有以下候选人的房号，或者尚未出售：{'、'.join(strange)}（山东省物业管理条例第30条）",
        f"members are owners, and the roster has no such rooms, or they are unsold: {', '.join(strange)}",
    )


def ballots_fit_the_candidates(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse ballots on candidates who do not stand, on one in two ways, or on more than there are seats."""
    announced = case.details.get("vote_announced")
    if not form or not announced:
        return None
    called, seats, names = announced[-1], 0, range(0)
    lines = votes.lines(called)
    if lines:
        names = range(1, len(called["candidates"]) + 1)
        seats = called["seats"] - len(case.details["electorate"]["elected_before"])
    limited = called.get("voted_by") == "up_to_the_seats"

    def too_many(row: Mapping[str, Any]) -> bool:
        return limited and sum(votes.said_on(row, number) == "agree" for number in names) > seats

    if not (bad := [row["room"] for row in form["ballots"] if not fits(row, lines) or too_many(row)]):
        return None
    most = f"，每票所选不超过{seats}人" if limited else ""
    said = (
        f"候选人和一并表决的事项序号为1至{len(lines)}，不能既同意又反对，未表决的不填{most}"
        if names
        else "名单整体表决，不填序号"
    )
    return Refusal(
        f"以下房号的表决票与公告的候选人不符（{said}）：{'、'.join(bad[:10])}",
        f"these ballots do not fit the candidates announced: {', '.join(bad[:10])}",
    )


def members_were_elected(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a committee of more members than the owners have elected."""
    result, called = case.details.get("vote_result", {}), case.details.get("vote_called") or [{}]
    # A list is elected whole; before candidates were named, nothing said how many it has.
    most = len(result["elected"]) if "candidates" in result else called[-1].get("seats")
    if not form or most is None or form["members"] <= most:
        return None
    return Refusal(
        f"成员{form['members']}人多于业主选出的{most}人",
        "the owners have not elected so many members",
    )


def said_of(found: Mapping[str, Any]) -> str:
    """Return in Chinese what an election came to, as a refusal says it: who is elected, between whom it is open, what lacks."""
    if not found["quorum"]:
        return "参与表决的业主未达到专有部分面积三分之二以上且人数三分之二以上（民法典第278条）"
    parts = [f"当选{len(found['elected'])}人{'：' if found['elected'] else ''}{'、'.join(found['elected'])}"]
    if found["tied"]:
        parts.append(f"{'、'.join(found['tied'])}得票不分先后，须就其余席位再次选举")
    if found["vacant"]:
        parts.append(f"缺额{found['vacant']}人")
    return "；".join(parts) + f"（业主委员会由{rules.COMMITTEE_LEAST}人以上单数组成，山东省物业管理条例第30条）"
