"""What other authorities are asked: to take a matter over, to prosecute a crime, to help. And how it comes back.

Pure. What is asked has a time in which it is answered, a reminder when it is not, and a way on after each answer.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from chassis.workcalendar import local_date
from chassis.workflow import Refusal
from services.enforcement import notes, pauses, reading
from services.enforcement.catalogue import BASES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Change, Moment, Values

#: How a refusal is contested: of the police before itself or the procuratorate, of another before the common superior.
CONTESTS: Final = ("police_review", "supervision", "superior")


# -- handed over --------------------------------------------------------------


def hand_over(counted: tuple[str, ...]) -> Change:
    """Make the change of handing over: whom it asks, and that the ninety days stand still where they were running.

    What was excluded of them ends with it. Things that are seized go along (行政强制法 21).
    """

    def keep(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        day = reading.day_of(form, "handed_on", moment)
        ended = pauses.all_ended(case, "exclusion", day, moment)
        return {
            **ended,
            "exclusion_spans": [*ended["exclusion_spans"], (day, None)],
            **notes.give_back(case, form, moment),
            "handed_on": day,
            "decision_waits": case.state in counted,
            "decision_days": 0,
            "police_basis": _police_basis(case, form, day),
            "asks_police": form["ground"] == "crime" and form["authority"] == "police",
            "asks_authority": form["ground"] != "crime" or form["authority"] != "police",
            "materials_due": False,
        }

    return keep


def _police_basis(case: CaseView, form: Values, day: date) -> str:
    """Name the article under which the police punish a noise on a day: it has changed with 2026."""
    noise = reading.act_code(case).startswith("noise")
    return BASES.said("治安管理处罚法-噪声", day, "zh") if noise and form["ground"] == "public_security" else ""


def seized_things_go_along(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to hand over a matter and keep the things that were seized for it (行政强制法 21)."""
    if not form or not case.details.get("goods_are_seized") or form["things_go_along"]:
        return None
    return Refusal(
        "查封、扣押的财物应当一并移送并书面告知当事人；不移送的，请先作出处理决定",
        "things that are seized go along, and the party is told in writing; or decide on them first",
    )


def taken_on(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that the authority goes into it: the police are given things and papers within three days (移送规定 12)."""
    return {"materials_due": True}


def hand_in(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that the police have what belongs to the matter."""
    return {"materials_due": False}


def materials_are_due(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to deliver what nobody waits for, or was delivered."""
    if case.details.get("asks_police") and case.details.get("materials_due"):
        return None
    return Refusal("没有待移交公安机关的物品、材料", "no things or papers wait to be delivered", moot=True)


def refuse(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep when the authority has refused, and until when that may be contested before the police (移送规定 9)."""
    day = reading.day_of(form, "refused_on", moment)
    return {"refused_on": day, "refusal_until": reading.until("filing_review", day)}


def contest_fits(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to contest a refusal before whom the law does not name, or too late (移送规定 9; 行政处罚法 25)."""
    if not form:
        return None
    if (form["before"] == "superior") == bool(case.details.get("asks_police")):
        return Refusal(
            "公安机关不予立案的，向其提请复议或者建议检察院立案监督；其他机关拒收的，报请共同的上一级行政机关指定管辖",
            "a refusal of the police is contested before the police or the procuratorate, another's before the superior",
        )
    last_day, day = reading.known_day(case, "refusal_until"), reading.day_of(form, "contested_on", moment)
    if form["before"] == "police_review" and last_day and day > last_day:
        return Refusal(
            f"提请复议的期限已于 {last_day} 届满，可以建议检察院依法进行立案监督",
            f"the time to ask the police again was over on {last_day}: ask the procuratorate",
        )
    return None


def contest(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep who is to look at the refusal: the police has its three days again (移送规定 9)."""
    again = form["before"] == "police_review"
    return {
        "contested_on": reading.day_of(form, "contested_on", moment),
        "asks_police": form["before"] != "superior",
        "asks_authority": not again,
        "asks_police_again": again,
    }


def was_filed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on where nothing was filed: then it begins anew."""
    if case.details.get("decision_waits") or case.details.get("decision_days"):
        return None
    return Refusal(
        "移送前没有立案，请登记“案件退回继续办理”", "nothing was filed before: it begins with the clue", moot=True
    )


def was_not_filed(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to begin anew what was filed: it goes on where the ninety days stood."""
    if was_filed(case, form, moment):
        return None
    return Refusal(
        "移送前已经立案，请登记“恢复立案调查”，继续计算办案期限",
        "it was filed before: it goes on, and so do the ninety days",
        moot=True,
    )


def resume(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Let what is left of the ninety days run on, without the time in which another had it (行政处罚法 27, 60; 移送规定 10)."""
    day = reading.day_of(form, "resumed_on", moment)
    if left := int(case.details["decision_days"]):
        # It was handed over before the ninety days stood still: they begin anew with what was left.
        return {"resumed_on": day, "decide_by": day + timedelta(days=left), "exclusions": []}
    away = {"kind": pauses.AWAY, "since": case.details["handed_on"], "latest": day, "until": day}
    return {"resumed_on": day, "decision_waits": False, **pauses.begun(case, "exclusion", away, moment)}


# -- asked for help (行政处罚法 26) --------------------------------------------


def requests(case: CaseView) -> list[dict[str, Any]]:
    """Return what others were asked for, as it stands."""
    return [dict(row) for row in case.details.get("assistance", ())]


def _watch(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the rows, and since when and for how long the next answer is waited for."""
    waiting = [row for row in rows if row["state"] == "waiting"]
    due = {id(row): reading.until("assistance", _day(row), limit=row["days"]) for row in waiting}
    following = min(waiting, key=lambda row: due[id(row)], default={"asked_on": "", "days": 0})
    return {"assistance": rows, "assistance_since": following["asked_on"], "assistance_days": following["days"]}


def _day(row: Mapping[str, Any]) -> date:
    return date.fromisoformat(str(row["asked_on"]))


def ask(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Add what is asked for; several may be asked at once."""
    row = {
        "letter_no": form["letter_no"],
        "authority": form["authority"],
        "asked_on": reading.day_of(form, "asked_on", moment),
        "days": form["days"],
        "state": "waiting",
    }
    return _watch([*requests(case), row])


def find_overdue(case: CaseView, _form: Values, moment: Moment) -> Mapping[str, Any]:
    """Mark what has not been answered in its time, and wait for the next."""
    rows, today = requests(case), local_date(moment.now)
    for row in rows:
        if row["state"] == "waiting" and reading.until("assistance", _day(row), limit=row["days"]) <= today:
            row["state"] = "overdue"
    return _watch(rows)


def urge(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Let the time of a request that is not answered run again from the reminder."""
    rows = requests(case)
    for row in rows:
        if row["letter_no"] == form["letter_no"] and row["state"] != "answered":
            row |= {"state": "waiting", "asked_on": reading.day_of(form, "urged_on", moment)}
    return _watch(rows)


def take_answer(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep that a request was answered."""
    rows = requests(case)
    for row in rows:
        if row["letter_no"] == form["letter_no"]:
            row["state"] = "answered"
    return _watch(rows)


def letter_is_new(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse two requests under one number: an answer names it."""
    if not form or all(row["letter_no"] != form["letter_no"] for row in requests(case)):
        return None
    return Refusal("本案已有同一文号的协助函", "a request of that number was sent already")


def letter_is_open(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to remind of, or to answer, what was not asked or is answered."""
    waiting = [row["letter_no"] for row in requests(case) if row["state"] != "answered"]
    if not waiting:
        return Refusal("没有待回复的协助函", "no request for help waits for an answer", moot=True)
    if not form or form["letter_no"] in waiting:
        return None
    return Refusal(
        f"没有该文号的待复协助函；待复的有：{'、'.join(waiting)}",
        f"no such request waits for an answer; these do: {', '.join(waiting)}",
    )
