"""What is counted, and how."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.feedback import rates
from services.feedback.rates import Course, Event, Period, RatesError, course, figures
from services.feedback.rules import EXCLUSION_CLASSES

MARCH = datetime(2026, 2, 28, 16, tzinfo=UTC)
APRIL = datetime(2026, 3, 31, 16, tzinfo=UTC)
PERIOD = Period(MARCH, APRIL, APRIL)
FORMULA = rates.formulas()[0]
HOUR = timedelta(hours=1)
GOOD: dict[str, Any] = {"attitude": 5, "process": 4, "result": 5, "solved": True}
BAD: dict[str, Any] = {"attitude": 3, "process": 4, "result": 1, "solved": False}


def at(hours: float) -> datetime:
    return MARCH + timedelta(hours=hours)


def dispatched(hours: float = 1, unit: str = "squad", mechanism: str = "enforcement", **told: Any) -> Event:
    due = {
        "sign_in": at(hours + 4).isoformat(),
        "first_contact": at(hours + 24).isoformat(),
        "finish": at(hours + 120).isoformat(),
    }
    told = {"mechanism": mechanism, "unit": unit, "category": "0202", "anonymous": False, **due, **told}
    return Event(what="dispatched", at=at(hours), told=told)


def said(what: str, hours: float, **told: Any) -> Event:
    return Event(what=what, at=at(hours), told={"mechanism": "enforcement", **told})


def done(what: str, hours: float, seq: int, **told: Any) -> Event:
    return Event(what=what, at=at(hours), seq=seq, told=told)


def concluded(hours: float, *, claim: bool = True, unit: str = "squad") -> Event:
    return said("concluded", hours, unit=unit, claim=claim)


#: An appeal that goes well, from the door to the resident's word.
WELL = (
    dispatched(),
    said("accepted", 2),
    said("contacted", 3),
    concluded(50),
    done("opened", 50, 1, mechanism="enforcement", unit="squad", claim=True),
    done("rated", 60, 2, **GOOD),
)
EXCLUDED = (done("exclusion_proposed", 61, 3, ground="untrue"), done("exclusion_decided", 62, 4, granted=True))


def made(*events: Event, period: Period = PERIOD) -> Course:
    return course(events, period.known)


def total(*courses: Course, period: Period = PERIOD) -> dict[str, rates.Rate]:
    return dict(figures(courses, period, FORMULA).total)


def fraction(rate: rates.Rate) -> tuple[Any, ...]:
    return rate.numerator, rate.denominator, dict(rate.left_out)


def test_an_appeal_is_counted_as_what_who_handles_it_has_found_it_to_be() -> None:
    found = made(*WELL, said("categorised", 4, category="0504"))

    assert (made(*WELL).category, found.category) == ("0202", "0504")
    assert made(*WELL, said("categorised", 4, category="")).category == "0202"


# -- one appeal -------------------------------------------------------------------


def test_an_appeal_that_goes_well_counts_once_in_each_rate_it_is_about() -> None:
    found = total(made(*WELL))

    ones = {name for name, rate in found.items() if fraction(rate)[:2] == (1, 1)}
    noughts = {name for name, rate in found.items() if fraction(rate)[:2] == (0, 1)}
    assert ones == {
        *("response", "resolution", "satisfaction", "composite", "attitude", "process", "result", "all_three"),
        *("completion", "on_time", "callback"),
    }
    assert noughts == {"return", "rework", "on_the_spot", "unconfirmed", "exclusion"}
    assert {rate.formula for rate in found.values()} == {"2020-2"}


@pytest.mark.parametrize(
    ("told", "by_version"),
    [
        ({"way": "phone"}, (1, 1)),
        ({"way": "not_possible", "contact_counts": False}, (1, 0)),
        ({"way": "not_possible"}, (1, 0)),
        ({"way": "not_possible", "contact_counts": True}, (1, 1)),
        # Of what was kept before its way was, nothing else is known.
        ({}, (1, 1)),
    ],
)
def test_who_was_tried_in_vain_was_not_contacted_in_time_from_the_second_version_on(
    told: dict[str, Any], by_version: tuple[int, int]
) -> None:
    appeal = made(dispatched(), said("accepted", 2), said("contacted", 3, **told))

    found = [figures([appeal], PERIOD, formula).total["response"] for formula in rates.formulas()]

    assert tuple(int(rate.numerator) for rate in found) == by_version
    assert [rate.formula for rate in found] == ["2020-2", "2027-1"]


def test_who_is_reached_at_the_second_try_was_contacted_then() -> None:
    in_vain = said("contacted", 3, way="not_possible", contact_counts=False)
    appeals = [
        made(dispatched(), said("accepted", 2), in_vain, said("contacted", hour, way="phone")) for hour in (9, 30)
    ]

    found = [figures([appeal], PERIOD, rates.formulas()[1]).total["response"].numerator for appeal in appeals]

    assert found == [1, 0]


def test_each_year_is_counted_by_one_version_as_a_whole_and_the_second_one_begins_with_2027() -> None:
    years = [datetime(year - 1, 12, 31, 16, tzinfo=UTC) for year in range(2025, 2029)]

    found = [rates.formula_for(start, end).version for start, end in pairwise(years)]

    assert found == ["2020-2", "2020-2", "2027-1"]


def test_a_version_says_of_contacts_what_is_known_or_is_refused() -> None:
    table = tomllib.loads((Path(rates.__file__).parent / "data" / "rates.toml").read_text(encoding="utf-8"))
    table["formula"][0]["contact"] = "some"

    with pytest.raises(RatesError, match="contact is any or first"):
        rates.formulas_in(table)


def test_what_is_excluded_is_named_by_its_class_and_counts_in_nothing_else() -> None:
    found = total(made(*WELL, *EXCLUDED))

    assert fraction(found["exclusion"]) == (1, 1, {})
    for name in set(rates.RATES) - {"exclusion", "composite"}:
        assert (found[name].denominator, found[name].left_out) == (0, {"untrue": 1}), name
    assert found["composite"].value is None


def test_an_exclusion_that_was_turned_down_counts_like_any_other() -> None:
    refused = (EXCLUDED[0], replace(EXCLUDED[1], told={"granted": False}))

    assert total(made(*WELL, *refused)) == total(made(*WELL))


@pytest.mark.parametrize(
    ("events", "counts"),
    [
        ((dispatched(), said("accepted", 6), said("contacted", 7)), (0, 1, {})),
        ((dispatched(), said("accepted", 2), said("contacted", 30)), (0, 1, {})),
        ((dispatched(), said("accepted", 2)), (0, 1, {})),
        ((dispatched(anonymous=True), said("accepted", 2)), (1, 1, {})),
        ((dispatched(confidential=True), said("accepted", 2)), (1, 1, {})),
        ((dispatched(743),), (0, 0, {"not_due_yet": 1})),
        ((dispatched(), said("accepted", 2), Event(what="withdrawn", at=at(3))), (0, 0, {"withdrawn": 1})),
        ((dispatched(), said("return_asked", 2), said("return_granted", 3)), (0, 0, {"returned": 1})),
        (
            (dispatched(), dispatched(2, "office"), said("accepted", 3), said("contacted", 4)),
            (1, 1, {"passed_on": 1}),
        ),
    ],
    ids=[
        "late",
        "contacted-late",
        "never",
        "anonymous",
        "confidential",
        "still-time",
        "withdrawn",
        "returned",
        "passed-on",
    ],
)
def test_who_signs_in_and_contacts_in_time_has_responded(events: Sequence[Event], counts: tuple[Any, ...]) -> None:
    assert fraction(total(made(*events))["response"]) == counts


#: An interim reply after two days, for which the law gives until after the month, or until its twentieth day.
INTERIM = said("interim_replied", 48, lawful=at(2000).isoformat())
LAPSED = said("interim_replied", 48, lawful=at(480).isoformat())


@pytest.mark.parametrize(
    ("events", "completion", "on_time"),
    [
        ((INTERIM,), (0, 0, {"goes_on_by_law": 1}), (1, 1, {})),
        ((LAPSED,), (0, 1, {}), (1, 1, {})),
        ((INTERIM, concluded(700)), (1, 1, {}), (1, 1, {})),
        ((concluded(700), INTERIM), (1, 1, {}), (1, 1, {})),
        ((said("interim_replied", 130, lawful=at(2000).isoformat()),), (0, 0, {"goes_on_by_law": 1}), (0, 1, {})),
        ((said("interim_replied", 130, lawful=at(900).isoformat()), concluded(700)), (1, 1, {}), (0, 1, {})),
        ((INTERIM, said("withdrawn", 60)), (0, 0, {"withdrawn": 1}), (0, 0, {"withdrawn": 1})),
        # Another unit's promise is its own to keep.
        ((INTERIM, dispatched(300, unit="fire")), (0, 1, {}), (0, 1, {})),
    ],
)
def test_an_interim_reply_keeps_the_promise_if_it_came_within_it_and_is_no_completion(
    events: Sequence[Event], completion: tuple[Any, ...], on_time: tuple[Any, ...]
) -> None:
    counting = replace(FORMULA, interim_counts=True)

    found = figures([made(dispatched(), *events)], PERIOD, counting).total

    assert (fraction(found["completion"]), fraction(found["on_time"])) == (completion, on_time)


def test_by_a_formula_that_counts_no_interim_reply_there_is_none() -> None:
    before = replace(FORMULA, interim_counts=False)

    found = figures([made(dispatched(), INTERIM)], PERIOD, before).total

    assert (fraction(found["completion"]), fraction(found["on_time"])) == ((0, 1, {}), (0, 1, {}))


@pytest.mark.parametrize(
    ("events", "completion", "on_time"),
    [
        ((dispatched(), concluded(130)), (1, 1, {}), (0, 1, {})),
        ((dispatched(), said("extended", 100, finish=at(140).isoformat()), concluded(130)), (1, 1, {}), (1, 1, {})),
        ((dispatched(),), (0, 1, {}), (0, 1, {})),
        ((dispatched(), concluded(900)), (0, 1, {}), (0, 1, {})),
        ((dispatched(700),), (0, 0, {}), (0, 0, {})),
        ((dispatched(), Event(what="withdrawn", at=at(9))), (0, 0, {"withdrawn": 1}), (0, 0, {"withdrawn": 1})),
    ],
    ids=["late", "extended", "never", "after-the-period", "due-later", "withdrawn"],
)
def test_what_falls_due_is_concluded_and_in_time_or_not(
    events: Sequence[Event], completion: tuple[Any, ...], on_time: tuple[Any, ...]
) -> None:
    found = total(made(*events))

    assert (fraction(found["completion"]), fraction(found["on_time"])) == (completion, on_time)


def test_before_it_is_due_nobody_is_blamed_for_what_is_still_open() -> None:
    now = Period(MARCH, APRIL, at(100))

    assert fraction(total(made(dispatched(), period=now), period=now)["completion"]) == (0, 0, {"not_due_yet": 1})


def test_the_last_word_of_a_period_counts_and_the_rework_before_it_as_rework() -> None:
    again = (
        *WELL[:-1],
        done("rated", 60, 2, **BAD),
        done("rework_ordered", 60, 3),
        done("concluded_again", 90, 4, mechanism="enforcement", unit="squad", handler_claims_solved=True),
        done("rated", 95, 5, **GOOD),
    )

    found = total(made(*again))

    assert fraction(found["resolution"]) == (1, 1, {})
    assert fraction(found["rework"]) == (1, 1, {})
    assert fraction(found["callback"]) == (2, 2, {})


def test_a_claim_that_the_resident_denies_is_shown_apart_from_his_word() -> None:
    lied = made(*WELL[:-1], done("rated", 60, 2, **BAD))
    honest = made(*WELL[:3], concluded(50, claim=False), WELL[4], done("rated", 60, 2, **BAD))

    found = total(lied, honest, made(*WELL))

    assert fraction(found["unconfirmed"]) == (1, 2, {"not_claimed": 1})
    assert fraction(found["resolution"]) == (1, 3, {})


@pytest.mark.parametrize(
    ("last", "counts"),
    [
        ((done("unreachable", 60, 2),), (0, 1, {})),
        ((done("callback_expired", 60, 2),), (0, 1, {})),
        ((), (0, 0, {"not_due_yet": 1})),
        ((Event(what="withdrawn", at=at(60)),), (0, 0, {"withdrawn": 1})),
    ],
)
def test_who_is_not_reached_counts_against_the_callbacks_and_in_no_word_of_residents(
    last: Sequence[Event], counts: tuple[Any, ...]
) -> None:
    found = total(made(*WELL[:-1], *last))

    assert fraction(found["callback"]) == counts
    assert found["resolution"].denominator == 0


def test_who_was_not_reached_still_counts_as_such_when_he_takes_it_back_after_it_was_opened_again() -> None:
    reopened = (done("unreachable", 60, 2), done("reopened", 70, 4), done("rework_ordered", 70, 5))

    found = total(made(*WELL[:-1], *reopened, Event(what="withdrawn", at=at(80))))

    assert fraction(found["callback"]) == (0, 1, {})


def test_what_a_petitioner_had_brought_before_counts_no_second_handling() -> None:
    again = Event(what="merged", at=at(5), told={"own_voice": False})
    concluded_before = made(*WELL, replace(again, at=at(70)))

    found = total(made(dispatched(), again), made(*WELL))

    for name in ("response", "completion", "on_time", "return", "on_the_spot"):
        assert found[name].denominator == 1, name
    assert total(concluded_before)["completion"].denominator == 1


def test_a_rework_for_a_voice_counts_where_the_first_result_was_judged_and_not_in_later_periods() -> None:
    voice = done("voice_disagreed", 70, 3, reason="还是吵")
    again = done("concluded_again", 800, 4, mechanism="enforcement", unit="squad", handler_claims_solved=True)
    life = (*WELL, voice, again, done("rated", 810, 5, **GOOD))
    may = APRIL + timedelta(days=30)
    in_april = Period(APRIL, may, may)

    assert fraction(total(made(*life))["rework"]) == (1, 1, {})
    assert fraction(total(made(*life, period=in_april), period=in_april)["rework"]) == (0, 1, {})
    # Whose own petitioner was not asked yet says his word of what was handled again.
    not_asked = (*WELL[:-1], done("voice_disagreed", 55, 2), replace(again, at=at(90)), done("rated", 95, 5, **GOOD))
    assert fraction(total(made(*not_asked))["rework"]) == (1, 1, {})
    assert fraction(total(made(*not_asked))["callback"]) == (1, 1, {})


def test_an_answer_on_the_spot_is_counted_and_what_it_says_judged() -> None:
    found = total(
        made(
            Event(what="answered", at=at(1.1)),
            done("opened", 1.1, 1),
            done("rated", 2, 2, **GOOD),
        ),
        made(dispatched()),
    )

    assert fraction(found["on_the_spot"]) == (1, 2, {})
    assert fraction(found["resolution"]) == (1, 1, {})


def test_a_period_of_the_past_is_the_same_whatever_came_after_it() -> None:
    later = (
        done("exclusion_proposed", 800, 3, ground="untrue"),
        done("exclusion_decided", 801, 4, granted=True),
        done("rework_ordered", 802, 5),
    )

    assert total(made(*WELL, *later)) == total(made(*WELL))
    known_later = replace(PERIOD, known=at(900))
    assert total(made(*WELL, *later, period=known_later), period=known_later)["resolution"].left_out == {"untrue": 1}


@pytest.mark.parametrize(
    ("by", "keys"), [("unit", {"squad", "office"}), ("mechanism", {"enforcement"}), ("category", {"0202", "0305"})]
)
def test_each_thing_counts_in_the_group_it_belongs_to(by: str, keys: set[str]) -> None:
    other = (dispatched(unit="office", category="0305"), said("accepted", 2), said("contacted", 3))

    found = figures([made(*WELL), made(*other)], PERIOD, FORMULA, by=by)

    assert {*found.groups} == keys
    for name in set(rates.RATES) - rates.UNGROUPED - {"composite"}:
        assert sum(group[name].denominator for group in found.groups.values()) == found.total[name].denominator


# -- any appeals ------------------------------------------------------------------

HOURS = st.integers(0, 900)
MARK = st.integers(1, 5)
RATED = st.fixed_dictionaries({"attitude": MARK, "process": MARK, "result": MARK, "solved": st.booleans()})
ANY_EVENT = st.one_of(
    st.builds(lambda h: Event(what="answered", at=at(h)), HOURS),
    st.builds(lambda h: Event(what="withdrawn", at=at(h)), HOURS),
    st.builds(dispatched, HOURS, st.sampled_from(["squad", "office"])),
    st.builds(said, st.sampled_from(["accepted", "contacted", "return_asked", "return_granted"]), HOURS),
    st.builds(lambda h, claim: concluded(h, claim=claim), HOURS, st.booleans()),
    st.builds(lambda h: done("opened", h, 1, mechanism="enforcement", unit="squad", claim=None), HOURS),
    st.builds(lambda h, marks: done("rated", h, 2, **marks), HOURS, RATED),
    st.builds(lambda h: done("rework_ordered", h, 3), HOURS),
    st.builds(lambda h: done("unreachable", h, 4), HOURS),
)
LIVES = st.lists(ANY_EVENT, max_size=12).map(tuple)


@given(st.lists(LIVES, max_size=8))
def test_every_rate_lies_between_0_and_1_and_is_made_of_what_it_says(lives: list[tuple[Event, ...]]) -> None:
    for rate in total(*(made(*life) for life in lives)).values():
        assert 0 <= rate.numerator <= rate.denominator
        assert (rate.value is None) == (rate.denominator == 0)
        if rate.value is not None:
            assert 0 <= rate.value <= 1
        if rate.low is not None and rate.high is not None and rate.value is not None:
            assert 0 <= rate.low <= rate.value <= rate.high <= 1


@given(st.lists(LIVES, max_size=6), LIVES, st.sampled_from(EXCLUSION_CLASSES))
def test_an_excluded_appeal_more_changes_only_what_is_left_out(
    lives: list[tuple[Event, ...]], life: tuple[Event, ...], ground: str
) -> None:
    courses = [made(*one) for one in lives]
    excluded = replace(made(*life), excluded_as=ground)

    before, after = total(*courses), total(*courses, excluded)

    for name in set(rates.RATES) - {"exclusion"}:
        assert replace(after[name], left_out={}) == replace(before[name], left_out={})
        assert {**before[name].left_out, ground: 0}.keys() >= after[name].left_out.keys()


@given(st.lists(LIVES, max_size=6), st.randoms(use_true_random=False))
def test_the_order_in_which_appeals_and_letters_come_makes_no_difference(
    lives: list[tuple[Event, ...]], dice: Any
) -> None:
    # Two of one kind at one moment can't be told apart; the mailbox never gives two such letters of one appeal.
    lives = [tuple({(one.what, one.at): one for one in life}.values()) for life in lives]
    shuffled = [tuple(dice.sample(life, len(life))) for life in lives]
    dice.shuffle(shuffled)

    assert total(*(made(*one) for one in lives)) == total(*(made(*one) for one in shuffled))


# -- formulas ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numerator", "denominator", "low", "high"),
    [("8", 10, "0.4902", "0.9433"), ("0", 10, "0.0000", "0.2775"), ("10", 10, "0.7225", "1.0000")],
)
def test_the_interval_is_that_of_the_tables(numerator: str, denominator: int, low: str, high: str) -> None:
    # Brown, Cai and DasGupta, Statistical Science 16 (2001); 8 of 10 by R's binom.confint(method="wilson").
    assert rates.wilson(Decimal(numerator), denominator, Decimal("1.96")) == (Decimal(low), Decimal(high))


def test_a_small_sample_is_marked_and_has_an_interval_and_a_large_one_has_none() -> None:
    few, many = (total(*[made(*WELL)] * count)["resolution"] for count in (29, 30))

    assert (few.is_small, few.value, few.high) == (True, Decimal(1), Decimal(1))
    assert few.low == Decimal("0.8830")
    assert (many.is_small, many.low, many.high) == (False, None, None)


def test_the_composite_is_weighed_before_it_is_rounded() -> None:
    unsolved = made(*WELL[:-1], done("rated", 60, 2, **{**GOOD, "solved": False}))

    found = total(made(*WELL), made(*WELL), unsolved)

    assert found["resolution"].value == Decimal("0.6667")
    assert found["composite"].value == Decimal("0.8833")


WRITTEN: dict[str, Any] = tomllib.loads(
    (Path(rates.__file__).parent / "data" / "rates.toml").read_text(encoding="utf-8")
)["formula"][0]


def two_versions() -> tuple[rates.Formula, ...]:
    old = {**WRITTEN, "version": "old", "effective_to": datetime(2026, 2, 28, tzinfo=UTC).date()}
    new = {
        **WRITTEN,
        "version": "new",
        "effective_from": datetime(2026, 3, 1, tzinfo=UTC).date(),
        "scale": {"5": "1", "4": "1", "3": "1", "2": "0", "1": "0"},
    }
    return rates.formulas_in({"formula": [new, old]})


def test_a_past_period_is_counted_by_its_own_version_and_none_by_two() -> None:
    versions = two_versions()
    february = datetime(2026, 1, 31, 16, tzinfo=UTC)

    assert rates.formula_for(february, MARCH, versions).version == "old"
    assert rates.formula_for(MARCH, APRIL, versions).version == "new"
    with pytest.raises(RatesError, match="from 2026-03-01"):
        rates.formula_for(february, APRIL, versions)
    with pytest.raises(RatesError, match="none is in force"):
        rates.formula_for(MARCH.replace(year=2019), APRIL.replace(year=2019))


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([WRITTEN, {**WRITTEN, "version": "2"}], "in force on the same day"),
        ([{**WRITTEN, "weights": {**WRITTEN["weights"], "response": "0.4"}}], "sum to 1"),
        ([{**WRITTEN, "scale": {"5": "1"}}], "each mark needs a score"),
        ([{**WRITTEN, "scale": {**WRITTEN["scale"], "5": "1.1"}}], "score of 0 to 1"),
    ],
)
def test_a_formula_that_makes_no_sense_is_refused(rows: list[dict[str, Any]], says: str) -> None:
    with pytest.raises(RatesError, match=says):
        rates.formulas_in({"formula": rows})


def test_what_is_regraded_is_to_be_signed_in_and_finished_by_its_new_times() -> None:
    moved = {"sign_in": at(20).isoformat(), "first_contact": at(20).isoformat(), "finish": at(300).isoformat()}
    known = made(dispatched(1), said("extended", 2, mechanism="enforcement", **moved))

    [held] = known.assignments

    assert (held.sign_in_due, held.contact_due, held.finish_due) == (at(20), at(20), at(300))
