"""Expert opinions of a mediation (鉴定、评估), pure like the rules: several, each with its question, time, result and challenges."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from chassis.picking import Offer, meant, one_is_meant
from chassis.workcalendar import local_date
from chassis.workflow import Refusal
from services.mediation import rules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chassis.workflow import CaseView, Change, Guard, Moment, Values

#: What becomes of a challenge; after the last two nobody relies on the opinion any more.
CHALLENGE_ENDS: Final = ("explained", "supplemented", "challenge_withdrawn", "appraised_again", "not_relied_on")
_SET_ASIDE: Final = frozenset(CHALLENGE_ENDS[-2:])
_DAYS: Final = "appraisal_follow_up"
#: The clocks that stand still while an opinion is awaited.
MEDIATION_TIME: Final = ("mediation_period", "continuation")


def appraisals(case: CaseView) -> list[dict[str, Any]]:
    """Return the opinions that were asked for, the oldest first; that of a case from before they were told apart is the one it kept."""
    kept = case.details
    if "appraisals" in kept:
        return [dict(row) for row in kept["appraisals"]]
    asked, result = kept.get("appraisal_commissioned"), kept.get("appraisal_received") or {}
    if not asked:
        return []
    waits = case.state == "appraising"
    came = {} if waits else {name: result[name] for name in ("opinion", "received_on") if result.get(name)}
    given_up = {} if waits or came else {"reason": (kept.get("appraisal_abandoned") or {}).get("reason", "")}
    commissioned_on = kept.get("commissioned_on") or asked.get("commissioned_on") or str(local_date(case.opened_at))
    row = {name: asked.get(name, "") for name in ("subject", "appraiser")}
    return [{"number": 1, **row, "commissioned_on": commissioned_on, "waits": waits, **came, **given_up}]


def _offers(case: CaseView, *, waits: bool) -> list[Offer]:
    return [
        Offer(
            str(row["number"]),
            f"第{row['number']}项 {row['subject']}（{row['appraiser']}，{row['commissioned_on']} 委托）",
            f"{row['number']}: {row['subject']} ({row['appraiser']}, {row['commissioned_on']})",
        )
        for row in appraisals(case)
        if (row["waits"] if waits else row.get("opinion"))
    ]


def awaited(case: CaseView) -> list[Offer]:
    """Name the opinions that are awaited."""
    return _offers(case, waits=True)


def received(case: CaseView) -> list[Offer]:
    """Name the opinions that have come, which a party may challenge."""
    return _offers(case, waits=False)


def objections(case: CaseView) -> list[dict[str, Any]]:
    """Return what parties said against opinions, the oldest first; `which_appraisal` is the number of the opinion."""
    return [dict(one) for one in case.details.get("objections", ())]


def challenged(case: CaseView) -> list[Offer]:
    """Name the challenges that nobody has answered, and nobody by name."""
    subjects = {str(row["number"]): row["subject"] for row in appraisals(case)}
    return [
        Offer(
            str(place),
            f"第{place}件 {one['challenged_on']} 对第{one['which_appraisal']}项鉴定（{subjects[one['which_appraisal']]}）的异议",
            f"{place}: of {one['challenged_on']}, against opinion {one['which_appraisal']}",
        )
        for place, one in enumerate(objections(case), 1)
        if not one.get("outcome")
    ]


one_is_awaited = one_is_meant(
    "which_appraisal",
    awaited,
    none=Refusal("没有等待结果的鉴定", "no opinion is awaited", moot=True),
    zh="哪一项鉴定",
    en="which opinion it is about",
)
one_has_come = one_is_meant(
    "which_appraisal",
    received,
    none=Refusal("没有已收到的鉴定意见", "no opinion has come", moot=True),
    zh="哪一项鉴定意见",
    en="which opinion it is about",
)
one_is_challenged = one_is_meant(
    "which_challenge",
    challenged,
    none=Refusal("没有待答复的鉴定意见异议", "no challenge of an opinion waits for an answer", moot=True),
    zh="哪一项异议",
    en="which challenge it is about",
)


def others_wait(*, wait: bool) -> Guard:
    """Make a gate that parts the result of the last opinion that is awaited from that of one of several."""

    def fits_what_is_awaited(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
        if (len(awaited(case)) > 1) is wait:
            return None
        if wait:
            return Refusal("没有其他等待结果的鉴定", "no other opinion is awaited", moot=True)
        return Refusal("还有其他鉴定等待结果，仍在鉴定中", "other opinions are awaited still", moot=True)

    return fits_what_is_awaited


def an_opinion_is_awaited(*, wait: bool) -> Guard:
    """Make a gate that parts the choice of mediators while an opinion is awaited from that where none is."""

    def fits_what_is_awaited(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
        if _time_stands_still(case, moment) is wait:
            return None
        if wait:
            return Refusal("没有等待结果的鉴定", "no opinion is awaited", moot=True)
        return Refusal("还有鉴定等待结果", "an opinion is awaited", moot=True)

    return fits_what_is_awaited


def _time_stands_still(case: CaseView, moment: Moment) -> bool:
    """Whether mediation stands still for an opinion; an earlier version may have left one as awaited while the time runs."""
    clocks = moment.clocks(case)
    return bool(awaited(case)) and any(name in clocks and clocks[name].clock.is_suspended for name in MEDIATION_TIME)


def nobody_joins_amid_the_waiting(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse another party while a mediator is replaced and the time stands still for an opinion."""
    if case.state != "rights_notified" or not _time_stands_still(case, moment):
        return None
    return Refusal("还有鉴定等待结果，请先登记结果或者不再鉴定", "an opinion is awaited: put it on record first")


def ends_after_the_request(on: str) -> Guard:
    """Make a gate against an opinion that came, or was given up, before it was asked for, or after today."""

    def result_follows_the_request(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
        rows = [row for row in appraisals(case) if str(row["number"]) in _named(awaited(case), form, "which_appraisal")]
        if not form or len(rows) != 1:
            return None
        return rules.in_order(form[on], [date.fromisoformat(str(rows[0]["commissioned_on"]))], local_date(moment.now))

    return result_follows_the_request


def a_party_challenges(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a challenge by nobody's party, a second one of his that waits, and one dated before the opinion or after today."""
    rows = [row for row in appraisals(case) if str(row["number"]) in _named(received(case), form, "which_appraisal")]
    if not form or len(rows) != 1:
        return None
    [row], party = rows, form["party"].strip()
    if party not in rules.parties(case):
        return Refusal("只有本案当事人可以对鉴定意见提出异议", "only a party of this case challenges an opinion")
    open_ones = [one for one in objections(case) if one["party"] == party and not one.get("outcome")]
    if any(one["which_appraisal"] == str(row["number"]) for one in open_ones):
        return Refusal("该当事人对这项鉴定意见的异议尚未答复", "his challenge of this opinion is not answered yet")
    return rules.in_order(form["challenged_on"], [date.fromisoformat(str(row["received_on"]))], local_date(moment.now))


def _named(offers: Sequence[Offer], form: Values, field: str) -> list[str]:
    return [one.number for one in meant(offers, form.get(field, ""))]


def _kept(case: CaseView, moment: Moment, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Keep the opinions, and when mediation stood still for them; the clock to ask by is of the one to be asked after first."""
    first = min((row for row in rows if row["waits"]), key=_ask_on, default=None)
    return {
        "appraisals": list(rows),
        "appraisal_times": _times(case, moment, rows),
        "appraisal_days": first["days"] if first else 0,
        "appraisal_since": first["since"] if first else None,
    }


def _ask_on(row: Mapping[str, Any]) -> date:
    return date.fromisoformat(str(row["since"])) + timedelta(row["days"])


def _asked_for(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row with when to ask after it, where it is from before it had that of its own."""
    since = date.fromisoformat(str(row["commissioned_on"]))
    return {"since": since, "days": rules.bases().clock(_DAYS, since).limit, **row}


def _times(case: CaseView, moment: Moment, rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, Any]]:
    """Return from when until when each opinion was awaited; what mediation left behind when it ended moved no time of it."""
    known = [row for row in rows if row["waits"] or row.get("received_on") or "excluded_days" in row]
    times = [(row["commissioned_on"], row.get("ended_on") or row.get("received_on")) for row in known]
    if any(not row.get("ended_on") for row in rows if row not in known):
        # Given up before the day of that was kept: what the time stood still for then stands.
        clocks = [running.clock for name, running in moment.clocks(case).items() if name in MEDIATION_TIME]
        times += [(one.start, one.end) for clock in clocks for one in clock.suspensions if one.end]
    return times


def left(case: CaseView, moment: Moment) -> dict[str, Any]:
    """Keep that no opinion is awaited any more, as mediation has ended or was broken off amid the waiting."""
    rows = [_asked_for(row) for row in appraisals(case)]
    for row in rows:
        if row["waits"]:
            row |= {"waits": False, "reason": "调解终止或者中断，不再等待", "ended_on": local_date(moment.now)}
    return _kept(case, moment, rows) if rows else {}


def mediator_replaced(case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Lay a draft aside; what is awaited is awaited still, and the time stands still as before."""
    waiting = _kept(case, moment, [_asked_for(row) for row in appraisals(case)]) if case.state == "appraising" else {}
    return {**rules.draft_laid_aside(case.details), **waiting}


def commissioned(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep one more opinion that is awaited; what no mediation waited for since is awaited no more."""
    before = appraisals(case) if case.state == "appraising" else left(case, moment).get("appraisals", [])
    rows = [_asked_for(row) for row in before]
    day = form["commissioned_on"] or local_date(moment.now)
    number = 1 + max((row["number"] for row in rows), default=0)
    asked = {"number": number, **{name: form[name] for name in ("subject", "appraiser")}, "commissioned_on": day}
    return {"commissioned_on": day, **_kept(case, moment, [*rows, _asked_for({**asked, "waits": True})])}


def ended(says: str, on: str) -> Change:
    """Make a change that ends the waiting for one opinion, on a day: with what it says, or why nobody waits for it any more."""

    def end(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        rows = [_asked_for(row) for row in appraisals(case)]
        [number] = _named(awaited(case), form, "which_appraisal")
        row = next(row for row in rows if str(row["number"]) == number)
        day = form[on] or local_date(moment.now)
        excluded = (day - date.fromisoformat(str(row["commissioned_on"]))).days
        row |= {says: form[says], on: day, "waits": False, "ended_on": day, "excluded_days": excluded}
        return _kept(case, moment, rows)

    return end


def asked_after(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep of one opinion what was said of it, and when to ask again."""
    rows = [_asked_for(row) for row in appraisals(case)]
    [number] = _named(awaited(case), form, "which_appraisal")
    row = next(row for row in rows if str(row["number"]) == number)
    row |= {"since": local_date(moment.now), "days": form["days"], "answer": form["answer"]}
    return _kept(case, moment, rows)


def challenge(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep a party's challenge beside those before it, with the opinion that it is of."""
    [number] = _named(received(case), form, "which_appraisal")
    said = {"which_appraisal": number, "party": form["party"].strip()}
    on = form["challenged_on"] or local_date(moment.now)
    return {"objections": [*objections(case), {**form, **said, "challenged_on": on}]}


def challenge_answered(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep what became of a challenge, and whether anybody relies on the opinion still."""
    rows, said = appraisals(case), objections(case)
    [place] = _named(challenged(case), form, "which_challenge")
    one = said[int(place) - 1]
    one |= {"outcome": form["outcome"], "answer": form["answer"], "answered_on": local_date(moment.now)}
    for row in rows:
        if str(row["number"]) == one["which_appraisal"] and form["outcome"] in _SET_ASIDE:
            row["set_aside"] = True
    return {"objections": said, "appraisals": rows}
