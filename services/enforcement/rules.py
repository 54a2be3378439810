"""What the law lets enforcement do: acts and their fines, limits, late fines, gates of the procedure.

Pure. A guard returns why a step is refused, or None. Guards that judge a form say
nothing about an empty one: that is asked only to learn what is allowed now.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from chassis.meetings import Meeting
from chassis.workcalendar import ZONE, DayKind, local_date, standard_calendar
from chassis.workflow import CaseView, Guard, Moment, Refusal, Values, one_name
from services.enforcement import bounds, notes, pauses, reading, statements
from services.enforcement.catalogue import BASES, BESIDE_A_FINE, LIMITS

#: 行政处罚法 30, 32: what makes a penalty lighter, or less than the law's least.
MITIGATING: Final = frozenset({"harm_reduced", "coerced", "confessed", "merit", "minor"})
SUSPECT_KINDS: Final = ("person", "organisation")
#: What a chair proposes when a hearing is over.
PROPOSALS: Final = ("maintained", "milder", "no_penalty", "unproven", "looked_into_again")
PENALTIES: Final = (BESIDE_A_FINE[0], "fine", *BESIDE_A_FINE[1:])
ITEM_KINDS: Final = (
    "fume_monitor",
    "fume_purifier",
    "weekly_cleaning",
    "sound_insulation",
    "sound_barrier",
    "equipment_moved",
    "cleared",
    "demolished",
    "stopped",
    "other",
)


# -- what is to be attended ---------------------------------------------------


_CALLED: Final = ("hearing_called", "hearing_ready")
_ORDERED: Final = ("correction_due", "recheck_due")
#: The only states in which something is to be attended.
ATTENDED: Final = (*_CALLED, *_ORDERED, "uncorrected")


def meetings(state: str, details: Values) -> Iterable[Meeting]:
    """Read off a case when its hearing is, when something is done for the party, and from which day on it is rechecked."""
    if state in _CALLED and details.get("hearing_at"):
        at, place = datetime.fromisoformat(str(details["hearing_at"])), details["hearing_called"]["place"]
        yield Meeting(at=at, what="hearing", place=place)
    for act, what in (("substitute_at", "substitute_performance"), ("dismantle_at", "dismantling")):
        if state == "uncorrected" and details.get(act):
            yield Meeting(at=datetime.fromisoformat(str(details[act])), what=what)
    if state in _ORDERED and details.get("correct_by"):
        yield Meeting(at=date.fromisoformat(str(details["correct_by"])) + timedelta(days=1), what="recheck")


# -- guards -------------------------------------------------------------------


#: The fields that say when the officers of a form acted; without one it is today.
_OFFICERS_ACTED: Final = (
    *("at", "checked_at", "held_on", "seized_on", "seized_at", "decided_on", "filed_on", "done_at"),
)


def officers_are_certified(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse fewer than two officers with certificates of their own, or one related to the party (行政处罚法 42, 43).

    A certificate is valid on the day of the act, however late that is put on record.
    """
    if not form:
        return None
    day = next((reading.day_of(form, act, moment) for act in _OFFICERS_ACTED if act in form), local_date(moment.now))
    officers = form.get("officers", [])
    if any(officer["related"] for officer in officers):
        return Refusal("与案件有利害关系的执法人员应当回避", "an officer related to the matter must withdraw")
    valid = [one for one in officers if one["certificate_until"] >= day]
    numbers, names = {one["certificate_no"] for one in valid}, {one_name(one["name"]) for one in valid}
    if min(len(numbers), len(names)) < 2:  # noqa: PLR2004 - the law's number
        return Refusal(
            f"执法人员不得少于两人，且须持 {day} 有效的执法证件（姓名、证号不得重复，证件不得过期）",
            f"at least two officers with different certificates, valid on {day}, are needed",
        )
    return None


def _law(case: CaseView, form: Values, moment: Moment) -> bounds.Applied:
    """Return by which law the act is punished by a form: of its decision, or of the notice before it."""
    return reading.law_of(case, reading.day_of(form, "decided_on" if "decided_on" in form else "noticed_on", moment))


def act_is_ours(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to punish what no law punished on its day, or does no more, or what another authority does (行政处罚法 17, 37, 38)."""
    law = _law(case, form, moment)
    if law.act is None and reading.act_code(case):
        zh, en = law.why
        return Refusal(f"{zh}（行政处罚法第37条）；请核对依据目录", f"{en}; check the bases")
    if not law.competent:
        return None
    return Refusal(
        "该违法行为由其他机关处罚，请移送主管机关",
        f"this act is punished by another authority ({law.competent}): hand it over",
    )


def _short_title(title: str) -> str:
    """Return a title as people write it, without what `legal.toml` says of a text that nobody has verified."""
    return re.sub("（[^（）]*未核实）$", "", title.removeprefix("中华人民共和国"))


def basis_is_of_the_lawful_version(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a penalty that names the law which does not apply, where the act's own law was followed by another (行政处罚法 37)."""
    law = _law(case, form, moment)
    if not form or not (law.act and law.act.law and law.other and law.other.law):
        return None
    right, wrong = (_short_title(one.title) for one in (law.act.law, law.other.law))
    # The longer first: the title of one law may stand within that of the other.
    either = "|".join(re.escape(title) for title in sorted((right, wrong), key=len, reverse=True))
    named = re.findall(either, form["basis"])
    if right in named or wrong not in named:
        return None
    zh, en = law.why
    return Refusal(
        f"处罚依据不是应当适用的规定：{zh}（行政处罚法第37条）", f"the basis is not the law that applies: {en}"
    )


def excess_was_measured(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to punish noise or fume above a limit that no measurement of it shows (行政处罚法 40; 大气法 118; 噪声法 81)."""
    act = _law(case, form, moment).act
    if act is None or not act.measured or act.measured in case.details.get("exceeded", ()):
        return None
    zh = {"noise": "噪声", "fume": "油烟"}[act.measured]
    return Refusal(
        f"认定{zh}超标须有检测数据证明，可在调查中补充现场检查和检测",
        f"{act.measured} above the limit needs a measurement that shows it; inspect and measure again",
    )


def on_the_spot_is_enough(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a fine on the spot above 200 yuan (person) or 3,000 yuan (organisation) (行政处罚法 51)."""
    if not form:
        return None
    most = LIMITS.on_the_spot[reading.suspect_kind_of(case)]
    if form["amount"] <= most:
        return None
    return Refusal(
        f"当场处罚罚款不得超过 {most} 元，请适用普通程序立案", f"a fine on the spot is at most {most} yuan; file a case"
    )


def fine_is_in_band(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a fine outside the least and most that the law which applies names for the act (行政处罚法 37, 76(2))."""
    if not form or form.get("penalty") != "fine":
        return None
    law = _law(case, form, moment)
    if law.act is None and reading.act_code(case):
        # That is said by `act_is_ours`.
        return None
    act, why = law.act, [f"；{law.why[0]}（行政处罚法第37条）", f"; {law.why[1]}"] if law.lines else ["", ""]
    band = bounds.fine_band(act, reading.suspect_kind_of(case), refused=reading.was_refused(case)) if act else None
    if band is None and act and not act.after_refusal:
        return Refusal(
            f"法律没有对该类当事人的这一行为规定罚款{why[0]}",
            f"the law names no fine for this act of this kind of party{why[1]}",
        )
    if band is None:
        return Refusal(
            f"该行为须先责令改正，拒不改正的方可罚款{why[0]}",
            f"a fine for this act needs an order to correct that was not obeyed{why[1]}",
        )
    least, most = band
    if least <= form["amount"] <= most or (form["amount"] < least and is_mitigated(case)):
        return None
    return Refusal(
        f"罚款应在 {least} 元至 {most} 元之间；低于下限须在调查终结报告中列明减轻处罚的情节{why[0]}",
        f"the fine must lie between {least} and {most} yuan; a lower one needs a mitigating circumstance in the report"
        f"{why[1]}",
    )


def penalty_is_of_the_act(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to confiscate, suspend or close where the law names no such penalty for the act, or none yet (行政处罚法 4, 38)."""
    act = _law(case, form, moment).act
    if not form or act is None or form["penalty"] in ("warning", "fine", *act.also):
        return None
    if form["penalty"] not in act.also_refused:
        return Refusal(
            "法律没有对该行为规定这种处罚；请核对 data/acts.toml 中该行为的依据",
            "the law names no such penalty for this act: check its row in data/acts.toml",
        )
    if reading.was_refused(case):
        return None
    return Refusal(
        "该行为须先责令改正，拒不改正的方可给予这种处罚",
        "such a penalty needs an order to correct that was not obeyed",
    )


def is_mitigated(case: CaseView) -> bool:
    """Whether the report names a circumstance for which the penalty may lie below the least (行政处罚法 30, 32)."""
    return bool(MITIGATING & {*reading.last(case, "investigation_closed").get("circumstances", ())})


def power_is_valid(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to punish without power, or with a delegation that is unpublished or over (行政处罚法 17-24, 38).

    No law gives a subdistrict power of its own: that is delegated by the province, and published (24).
    """
    power = form if form.get("power") else reading.last(case, "filed")
    if form and form.get("power") == "statutory" and "街道" in form["authority"]:
        return Refusal(
            "街道办事处没有法定处罚权：请选“赋权”，填写省政府公布的赋权决定；受委托的，以委托机关的名义处罚（行政处罚法第20条、第24条）",
            "a subdistrict punishes by delegation of the province only, or in the name of who has entrusted it",
        )
    if not power or power["power"] == "statutory":
        return None
    until = power.get("delegation_until")
    until = date.fromisoformat(until) if isinstance(until, str) else until
    day = next((reading.day_of(form, act, moment) for act in ("decided_on", "filed_on") if act in form), None)
    if power.get("delegation_no") and until is not None and until >= (day or local_date(moment.now)):
        return None
    return Refusal(
        "赋权或委托执法须有已公布且在有效期内的决定（文号、有效期）",
        "delegated power needs a published, valid decision with number and end",
    )


def is_not_time_barred(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to file what was found after 2 (or 5) years (行政处罚法 36)."""
    if not form:
        return None
    ended, found, grave = form["ended_on"], form["found_on"], form["health_harmed"]
    if form["continuing"] or ended is None or found <= (last := reading.found_by(ended, found, grave=grave)):
        return None
    years = BASES.clock("limitation_grave" if grave else "limitation", found).limit
    return Refusal(
        f"违法行为自 {ended} 起 {years} 年的追责时效至 {last} 届满，{found} 才发现，不再给予行政处罚",
        f"the act ended on {ended} and could be found until {last}: found on {found}, that is too late",
    )


def every_item_is_done(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a passed recheck while something that was ordered is not done."""
    if not form:
        return None
    done = {row["kind"] for row in form["results"] if row["done"]}
    open_items = [
        item["kind"] for item in reading.last(case, "correction_ordered").get("items", ()) if item["kind"] not in done
    ]
    if not open_items:
        return None
    return Refusal(
        f"责令改正事项尚未全部复查合格：{'、'.join(open_items)}",
        f"not all that was ordered is done: {', '.join(open_items)}",
    )


def rechecked_after_its_time(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to find an order disobeyed on a day on which it could still be obeyed (行政处罚法 28)."""
    last_day = reading.known_day(case, "correct_by")
    if not form or last_day is None:
        return None
    day = reading.day_of(form, "checked_at", moment)
    if day > local_date(moment.now) or day > last_day:
        return reading.in_order(day, [], moment)
    return Refusal(
        f"责令改正的期限到 {last_day} 届满，复查时间应在其后",
        f"it could be obeyed until {last_day}: recheck it after that",
    )


def all_is_done_that_was_looked_at(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to pass a recheck of advice, which ordered nothing item by item, while something is found not done."""
    if not form or all(row["done"] for row in form["results"]):
        return None
    return Refusal(
        "仍有事项未改正：请再次现场核查，或者责令改正、立案、移送",
        "something is still not done: inspect again, or order the correction, file a case or hand it over",
    )


def photos_are_new(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse recheck photos that are used twice, or were taken at the inspection already."""
    if not form:
        return None
    photos = [row["photo_sha256"] for row in form.get("results", ()) if row["photo_sha256"]]
    seen = reading.last(case, "inspected").get("evidence", ())
    before = {row.get(name) for row in seen for name in ("photo_sha256", "sha256")}
    if len(photos) == len(set(photos)) and not before & set(photos):
        return None
    return Refusal(
        "复查照片重复或与核查时相同，请重新拍摄",
        "recheck photos are repeated or as old as the inspection; take new ones",
    )


def waiver_fits(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a ground for no penalty that the case does not bear (行政处罚法 30, 31, 33, 37)."""
    if not form:
        return None
    law = _law(case, form, moment)
    act = law.act
    if form["ground"] == "not_unlawful_any_more" and act:
        return Refusal(
            f"依据目录中“{act.basis}”仍然处罚这一行为，请选择其他理由",
            f"{act.basis} punishes it still: choose another ground",
        )
    if form["ground"] == "not_unlawful_any_more" and not law.repealed:
        zh, en = law.why
        return Refusal(
            f"{zh}，不属于后来不再处罚；请核对依据目录，违法事实不成立的，登记“认定事实不成立”",
            f"{en}, so it was not repealed either: check the bases; what is not proven ends by that step",
        )
    if form["ground"] in ("minor_corrected_no_harm", "first_and_slight", "obeyed") and reading.was_refused(case):
        return Refusal(
            "责令改正后复查不合格的，不属于及时改正，不能以此不予处罚",
            "what was found uncorrected after the order was not corrected in time",
        )
    if form["ground"] in ("under_fourteen", "not_accountable") and reading.suspect_kind_of(case) != "person":
        return Refusal(
            "不满十四周岁、不能辨认或者控制行为只适用于自然人", "only a person is under age or not accountable"
        )
    if form["ground"] == "first_and_slight" and form["prior_offences"]:
        return Refusal("并非初次违法，不适用“首违可不罚”", "this is not the first offence")
    before = [row for row in case.details.get("earlier", ()) if row["penalised"] and act and row["act"] == act.code]
    if form["ground"] == "first_and_slight" and before:
        return Refusal(
            f"同一当事人因同类行为已受过处罚（{before[0]['number'] or '见在先案件'}），不适用“首违可不罚”",
            "the register shows an earlier penalty for the same act",
        )
    if form["ground"] == "obeyed" and not (act and act.after_refusal):
        return Refusal("该行为的罚款不以拒不改正为前提", "the fine for this act does not depend on refusing to correct")
    return None


def nothing_is_held(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to close an investigation while evidence is held without a decision on it (行政处罚法 56)."""
    if not case.details.get("evidence_is_held"):
        return None
    return Refusal("先行登记保存的证据尚未作出处理决定", "evidence is held and nothing is decided on it yet")


def nothing_is_seized(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide while nothing is decided on things seized (行政强制法 27)."""
    if not case.details.get("goods_are_seized"):
        return None
    return Refusal("查封、扣押的物品尚未作出处理决定", "things are seized and nothing is decided on them yet")


def something_is_seized(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide on things seized where there are none."""
    if case.details.get("goods_are_seized"):
        return None
    return Refusal("没有查封、扣押的物品", "no things are seized", moot=True)


def seizure_is_prolonged_once(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a second prolongation, or one that comes too late: thirty days and thirty more (行政强制法 25)."""
    if case.details.get("seizure_prolonged"):
        return Refusal(
            "查封、扣押只能延长一次，延长不得超过三十日", "a seizure is prolonged once, by at most thirty days"
        )
    if notes.days_seized(case, reading.day_of(form, "prolonged_on", moment)) > bounds.SEIZED_MOST:
        return Refusal("查封、扣押已满三十日，应当解除，不得再延长", "the thirty days are over: give the things back")
    return None


def nothing_is_tested(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to prolong while the time of a seizure stands still anyway (行政强制法 25)."""
    day = reading.day_of(form, "prolonged_on", moment)
    if all(first > day for first, _ in pauses.spans(pauses.runs(case, "testing"))):
        return None
    return Refusal(
        "查封、扣押的物品正在检测鉴定，期间不计；请先登记检测结果",
        "the things are being tested: record the result first",
    )


def exclusion_has_its_reason(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to exclude the time of a hearing where nobody has asked for one."""
    if not form or form["kind"] != "hearing" or reading.last(case, "hearing_requested"):
        return None
    return Refusal(
        "当事人没有要求听证，不得以听证为由扣除期限", "nobody has asked for a hearing: its time can't be excluded"
    )


def exclusion_begins_within_the_ninety_days(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse time that begins after the ninety days are over, or it was decided, and such of a day past without its reason.

    When it is decided, more is left out only of what was late.
    """
    ends, over = notes.decide_by(case), notes.counted_until(case, moment)
    if ends is None or (over and over <= ends) or case.details.get("decision_waits"):
        return Refusal("没有超过办案期限，不需要扣除", "no time to decide was too long", moot=True)
    if not form:
        return None
    day, again = reading.day_of(form, "begun_on", moment), notes.counted_from(case) or date.min
    decided = over or reading.known_day(case, "decided_on")
    if day > ends:
        return Refusal(f"九十日已于 {ends} 届满，不能再扣除", f"the ninety days were over on {ends}")
    if decided and day >= decided and (decided > again or day + timedelta(form["days"]) <= again):
        return Refusal(
            f"已于 {decided} 作出决定，其后不再计算办案期限", f"it was decided on {decided}: no time counts after that"
        )
    if day < local_date(moment.now) and not form["backdated_because"].strip():
        return Refusal(
            "扣除从事由发生之日起算、事后报批的，须写明补报理由",
            "time left out from an earlier day is approved late: say why",
        )
    return None


#: What was decided on the spot does not go to a court at once (行政复议法 23).
REVIEW_FIRST = Refusal(
    "对当场作出的行政处罚决定不服的，应当先申请行政复议；对复议决定不服，或者不予受理、逾期不答复的，再提起诉讼",
    "what was decided on the spot is reconsidered first: a suit is open against that decision, or its lack",
)


def remedy_is_in_time(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a reconsideration or a suit sought after its time, unless it was taken all the same, or a second reconsideration.

    What counts is the day on which it was sought, however late the body hears of it (行政复议法 20; 行政诉讼法 45, 46).
    """
    if not form:
        return None
    if case.details.get("review_first") and form["kind"] == "litigation" and not case.details.get("reviews"):
        return REVIEW_FIRST
    sought, last = reading.day_of(form, "sought_on", moment), reading.known_day(case, "reconsideration_until")
    return too_late(
        form,
        sought,
        suit_until=reading.known_day(case, "suit_until"),
        reconsidered=sought <= last if last else not case.details.get("reconsideration_lapsed"),
        reviewed=bool(case.details.get("reviews")),
    )


def too_late(
    form: Values, sought: date, *, suit_until: date | None, reconsidered: bool, reviewed: bool
) -> Refusal | None:
    """Refuse a review of any decision that was sought after its time; `reconsidered` says whether the sixty days were kept."""
    if form["kind"] == "litigation":
        if suit_until is None or sought <= suit_until or form["late_accepted"]:
            return None
        return Refusal(
            f"起诉期限已于 {suit_until} 届满；法院已受理逾期起诉的，请勾选说明",
            f"the time to sue was over on {suit_until}; tick it where the court has taken the suit all the same",
        )
    if reviewed:
        return Refusal(
            "已经复议或者判决，不能再次申请复议；可在十五日内起诉或者上诉",
            "it was reviewed already: only a suit or an appeal is open, within fifteen days",
        )
    if reconsidered or form["late_accepted"]:
        return None
    return Refusal(
        "六十日的复议申请期限已过，仍可在六个月内起诉；复议机关已受理逾期申请的，请勾选说明",
        "the sixty days are over, a suit is still open; tick it where the body has taken the application all the same",
    )


def accepted_after_sought(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a review that was accepted before anybody has sought it: the body's own time counts from that day."""
    if not form or reading.day_of(form, "accepted_on", moment) >= reading.day_of(form, "sought_on", moment):
        return None
    return Refusal("受理日期不能早于申请或者起诉之日", "it can't have been accepted before it was sought")


#: What the contest of a fine and that of the costs refuse alike.
SUIT_IS_OPEN = Refusal(
    "复议决定后当事人还可起诉，请登记复议结果", "after a reconsideration a suit is open: record its result"
)
NOTHING_TO_PROLONG = Refusal("没有可以延长的复议审理期限", "no reconsideration runs that can be prolonged", moot=True)


def judgment_is_of_a_court(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call final what a party may still sue upon (行政诉讼法 45)."""
    if reading.last(case, "remedy_sought").get("kind") == "litigation":
        return None
    return SUIT_IS_OPEN


def refund_is_owed(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to give back what is not owed."""
    due = Decimal(case.details.get("refund_due") or "0")
    if due and (not form or form["amount"] is None or form["amount"] <= due):
        return None
    return Refusal(f"应退还 {due} 元，不得多退", f"{due} yuan are to be given back, no more", moot=not due)


def nothing_is_to_be_refunded(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to end a case while a fine that was revoked or lowered is not given back."""
    due = Decimal(case.details.get("refund_due") or "0")
    if not due:
        return None
    return Refusal(f"处罚已撤销或者变更，尚有 {due} 元罚款未退还", f"{due} yuan of a fine are still to be given back")


def crime_goes_to_justice(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to hand a suspected crime, or an offence, to anybody but justice or the police (行政处罚法 27; 噪声污染防治法 87)."""
    fitting = {"crime": ("police", "judiciary"), "public_security": ("police",)}
    if not form or form["authority"] in fitting.get(form["ground"], (form["authority"],)):
        return None
    return Refusal(
        "涉嫌犯罪的移送公安机关或者其他司法机关；违反治安管理的移送公安机关",
        "a suspected crime goes to the police or justice, an offence to the police",
    )


def may_be_punished(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to punish what was slight, corrected in time and did no harm (行政处罚法 33)."""
    if not reading.last(case, "investigation_closed").get("minor_corrected_no_harm"):
        return None
    return Refusal(
        "违法行为轻微并及时改正，没有造成危害后果的，不予行政处罚",
        "slight, corrected in time and harmless: it is not punished",
    )


def demand_is_owed(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to demand more than is owed (行政强制法 35; 行政处罚法 72)."""
    if not form:
        return None
    due = reading.owed(case, local_date(moment.now))
    if notes.paid_in(case, form, moment) <= due:
        return None
    return Refusal(f"催告金额不得超过应缴的 {due} 元（含加处罚款）", f"no more than {due} yuan are owed")


def rests(at: datetime) -> bool:
    """Whether a moment lies in the night or on a statutory holiday: then nothing is enforced (行政强制法 43)."""
    return bounds.period_of(at) == "night" or standard_calendar().day(local_date(at)).kind is DayKind.HOLIDAY


def not_at_rest(act: str) -> Guard:
    """Make a gate against enforcing by night or on a statutory holiday, unless it is urgent (行政强制法 43)."""

    def enforced_by_day(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
        if not form or form["urgent"]:
            return None
        at = form.get(act) or (None if act == "planned_at" and not form["immediate"] else moment.now)
        if at is None or not rests(at):
            return None
        return Refusal(
            "不得在夜间或者法定节假日实施行政强制执行；情况紧急的，请勾选并写明理由",
            "nothing is enforced by night or on a statutory holiday; tick it where it is urgent",
        )

    return enforced_by_day


def it_was_demanded_three_days_before(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to do it for a party that was not told to three working days before, where nothing is to be cleared at once.

    What lies on a road or in a public place and the party can't clear may be cleared at once (行政强制法 51, 52).
    """
    if not form or form["immediate"]:
        return None
    waited = reading.known_day(case, "substitute_from")
    if waited is None:
        return Refusal("代履行前应当书面催告当事人履行", "the party is told in writing to do it first")
    if form["planned_at"] is None:
        return None
    planned, told = local_date(form["planned_at"]), reading.reached(form, "served_on", moment)
    if planned <= waited:
        return Refusal(
            f"应当在代履行三日（工作日）前催告：代履行须在 {waited} 之后",
            f"the party is told three working days ahead: it can be done after {waited}",
        )
    if planned < told:
        return Refusal(f"代履行前应当送达决定书，送达日期为 {told}", f"the decision is served first, on {told}")
    return None


def it_was_decided(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to do for a party what nobody has decided on, or earlier than decided (行政强制法 51)."""
    planned = case.details.get("substitute_at")
    if not planned:
        # Elsewhere this is about what must be cleared at once, which is rare.
        rare = case.state != "uncorrected"
        return Refusal("代履行前应当送达代履行决定书", "it takes a decision, served before", moot=rare)
    if not form or local_date(form["done_at"] or moment.now) >= local_date(datetime.fromisoformat(str(planned))):
        return None
    return Refusal(f"不得早于决定书载明的时间（{planned}）", f"no earlier than was decided: {planned}")


def note_substitute_demand(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep until when the party may still do it itself."""
    day = reading.reached(form, "demanded_on", moment)
    return {"substitute_from": reading.until("substitute_demand", day), "substitute_at": ""}


def note_substitute(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep when it is done for the party: as decided; else now where it must be, or at nine on the first working day that is open."""
    today = local_date(moment.now)
    after = max(today, reading.known_day(case, "substitute_from") or today, reading.reached(form, "served_on", moment))
    first = standard_calendar().next_workday(after + timedelta(days=1))
    at = moment.now if form["immediate"] else datetime.combine(first, notes.HEARD_AT, ZONE)
    return {"substitute_at": form["planned_at"] or at}


def something_is_held(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide on evidence where none is held."""
    if case.details.get("evidence_is_held"):
        return None
    return Refusal("没有先行登记保存的证据", "no evidence is held", moot=True)


def hearing_right_is_told(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a notice that hides the right to a hearing (行政处罚法 63)."""
    if not form or form["hearing_right"]:
        return None
    if bounds.needs_hearing_right(form["penalty"], form["amount"], reading.suspect_kind_of(case)):
        return Refusal(
            "拟处罚达到听证标准，必须告知听证权利", "this penalty brings the right to a hearing: the notice must say so"
        )
    return None


def hearing_is_asked_for_in_time(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a hearing that was asked for after the five days, or was held or waived (行政处罚法 64(1))."""
    over = ("hearing_held", "waived_on", "hearing_forfeited")
    if case.state == "to_decide" and any(case.details.get(name) for name in over):
        return Refusal("听证已经举行或者放弃", "the hearing was held or waived already")
    last_day = reading.known_day(case, "hearing_request_until")
    if not form or last_day is None or reading.day_of(form, "requested_on", moment) <= last_day:
        return None
    return Refusal(f"要求听证的期限已于 {last_day} 届满", f"the time to ask for a hearing was over on {last_day}")


def hearing_is_called_ahead(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a hearing of which the party hears less than seven working days ahead (行政处罚法 64(2))."""
    if not form or not form["hearing_at"]:
        return None
    last_day = reading.until("hearing_notice", reading.reached(form, "called_on", moment))
    if local_date(form["hearing_at"]) > last_day:
        return None
    return Refusal(
        f"应当在举行听证的七日（工作日）前通知：听证须在 {last_day} 之后",
        f"the party is told seven working days ahead: the hearing can be after {last_day}",
    )


def hearing_is_held_when_called(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse the record of a hearing that was held earlier than the party was told (行政处罚法 64(2))."""
    called = case.details.get("hearing_at")
    if not form or not called:
        return None
    first = local_date(datetime.fromisoformat(str(called)))
    if reading.day_of(form, "held_on", moment) >= first:
        return None
    return Refusal(
        f"听证不得早于通知的时间（{first}）举行；改期的请重新通知",
        f"the hearing was called for {first}: hold it no earlier, or call it again",
    )


def nobody_came_when_called(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to say that a party stayed away from a hearing, or left it, whose time has not come (行政处罚法 64(2), (6))."""
    if not form or form["ended_by"] == "request_taken_back":
        return None
    if case.state != "hearing_ready":
        return Refusal(
            "听证还没有到举行的时候，当事人没有缺席；撤回听证要求的，请选“撤回听证要求”",
            "no hearing was to be held yet: nobody has stayed away from it",
        )
    called = case.details.get("hearing_at")
    first = local_date(datetime.fromisoformat(str(called))) if called else None
    if first is None or reading.day_of(form, "abandoned_on", moment) >= first:
        return None
    return Refusal(
        f"听证通知在 {first} 举行，此前不能认定当事人缺席；撤回听证要求的，请选“撤回听证要求”",
        f"the hearing was called for {first}: nobody has stayed away before that",
    )


def the_party_had_its_time(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a decision that is dated within the days in which a hearing may be asked for, unless they were waived (行政处罚法 64)."""
    last_day = reading.known_day(case, "hearing_request_until")
    if not form or last_day is None or case.details.get("waived_on") or case.details.get("hearing_held"):
        return None
    if reading.day_of(form, "decided_on", moment) > last_day:
        return None
    return Refusal(
        f"当事人要求听证和陈述申辩的期限到 {last_day} 届满，决定日期应在其后",
        f"the party had until {last_day} to be heard: the decision lies after that day",
    )


def it_was_filed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on with an investigation that there was none of: what was decided on the spot is inspected anew."""
    if reading.last(case, "filed"):
        return None
    return Refusal(
        "当场处罚被撤销、需要重新处理的，请重新现场核查",
        "it was decided on the spot: inspect it anew instead",
        moot=True,
    )


def court_has_accepted(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse what a court does only when it has taken the application (行政强制法 58)."""
    if reading.known_day(case, "court_accepted_on"):
        return None
    return Refusal("法院尚未受理", "the court has not accepted it yet", moot=True)


def it_is_a_warning(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to end with its service what is still to be paid or done."""
    if case.details.get("decided_penalty") == "warning":
        return None
    return Refusal("不是警告，请登记“送达决定书”", "it is no warning: something is still to be done", moot=True)


def it_is_no_warning(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to let run a time of payment for a warning: nothing is paid."""
    if case.details.get("decided_penalty") != "warning":
        return None
    return Refusal("警告送达即履行完毕，请登记“送达警告决定书”", "a warning is performed when it is served", moot=True)


def the_court_refused_lately(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to ask the higher court where no court has refused, after fifteen days, or again (行政强制法 56, 58)."""
    last_day = reading.known_day(case, "objection_until")
    if not case.details.get("refused_by_court") or last_day is None:
        return Refusal("法院没有不予受理或者不予执行的裁定", "no court has refused", moot=True)
    if case.details.get("objected_on"):
        return Refusal("已经向上一级法院申请过复议", "the higher court was asked already")
    if form and reading.day_of(form, "objected_on", moment) > last_day:
        return Refusal(f"向上一级法院申请复议的期限已于 {last_day} 届满", f"the time to ask was over on {last_day}")
    return None


def is_reconsidered(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse more time to review for who does not reconsider (行政复议法 62)."""
    if case.details.get("reviewed_at_length"):
        return None
    return NOTHING_TO_PROLONG


def closed_hearing_has_its_reason(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to hold a hearing behind closed doors without saying which secret or privacy wants it (行政处罚法 64(3))."""
    if not form or form["public"] or form["closed_reason"].strip():
        return None
    return Refusal(
        "听证应当公开举行；涉及国家秘密、商业秘密或者个人隐私不公开的，请写明理由",
        "a hearing is public: say which secret or privacy it touches where it is not",
    )


def hearing_was_offered(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a hearing for a penalty that brings no right to one."""
    if reading.last(case, "prenotice_served").get("hearing_right"):
        return None
    return Refusal("处罚告知未告知听证权利，本案不适用听证", "the notice told of no right to a hearing")


def chair_did_not_investigate(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a hearing chaired by one who investigated the case (行政处罚法 64(4))."""
    if form and form["chair"] in reading.investigators(case):
        return Refusal("听证主持人不得是本案调查人员", "the chair of the hearing must not have investigated the case")
    return None


def reviewer_did_not_investigate(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a legal review by one who investigated the case (行政处罚法 58)."""
    if form and form["reviewer"] in reading.investigators(case):
        return Refusal("法制审核人员不得是本案调查人员", "the legal reviewer must not have investigated the case")
    return None


def statements_were_reviewed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a decision before all that the party has said was reviewed (行政处罚法 45, 62)."""
    if not statements.unreviewed(case):
        return None
    return Refusal("当事人的陈述申辩尚未复核", "the party's statement has not been reviewed yet")


def is_not_heavier_than_noticed(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a penalty heavier than the one the party was told of (行政处罚法 44, 45)."""
    noticed = reading.last(case, "prenotice_served")
    if not form or not noticed:
        return None
    heavier = PENALTIES.index(form["penalty"]) > PENALTIES.index(noticed["penalty"])
    if not heavier and form["amount"] <= Decimal(noticed["amount"]):
        return None
    return Refusal(
        "不得重于已告知的处罚；确需加重的，应重新告知",
        "heavier than the penalty that was announced; announce it anew first",
    )


def legal_review_passed_if_due(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide complex or heard cases, or of great public interest, without legal review (行政处罚法 58)."""
    report = reading.last(case, "investigation_closed")
    due = report.get("complex") or report.get("public_interest") or case.details.get("hearing_held")
    if not due or case.details.get("legal_review_passed"):
        return None
    return Refusal(
        "本案须经法制审核，未审核或未通过不得作出决定", "this case needs a legal review before it is decided"
    )


def group_discussed_if_due(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to decide complex or serious cases without a recorded discussion of the leaders (行政处罚法 57)."""
    report = reading.last(case, "investigation_closed")
    if not form or not (report.get("complex") or report.get("serious")):
        return None
    if form["group_discussion"] or case.details.get("group_discussed"):
        return None
    return Refusal(
        "情节复杂或重大的案件应由负责人集体讨论并记录",
        "complex or serious cases are discussed by the leaders; record it",
    )


def a_hearing_was_held(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the report on a hearing that there was none of, or by another than who chaired it (行政处罚法 64)."""
    if not case.details.get("hearing_held"):
        return Refusal("没有举行听证", "no hearing was held", moot=True)
    chair = str(reading.last(case, "hearing_called").get("chair", ""))
    if not form or one_name(form["chair"]) == one_name(chair):
        return None
    return Refusal(f"听证报告由听证主持人（{chair}）提出", f"the hearing was chaired by {chair}: the report is theirs")


def hearing_is_reported(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to review or decide what was heard without the report on it: who decides goes by its record (行政处罚法 65)."""
    if not case.details.get("hearing_held") or case.details.get("hearing_reported"):
        return None
    return Refusal(
        "听证结束后应当根据听证笔录作出决定：请先由听证主持人提出听证报告",
        "what was heard is decided by the record of the hearing: the report on the hearing comes first",
    )


def served_by_the_book(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a service that the way chosen does not bear (行政处罚法 61; 行政强制法 38; 民事诉讼法 87 to 95)."""
    if not form:
        return None
    way, noted = reading.delivery_of(form), bool(form["delivery_note"].strip())
    proved = form.get("delivery_proved")
    if way == "electronic" and not (proved or form.get("confirmation_signed")):
        return Refusal("电子送达须经当事人签订确认书", "electronic service needs the party's signed confirmation")
    if way == "left" and not (proved or form.get("witness") or form.get("recorded")):
        return Refusal(
            "留置送达须有见证人，或者以拍照、录像记录",
            "what is left behind needs a witness, or a photo or video of it",
        )
    if way in {"mail", "entrusted_service"} and not noted:
        return Refusal(
            "邮寄、委托送达的，以回执上的签收日期为送达日期，请在送达说明中写明回执号或者受托单位",
            "by post or by another body the day is that of its receipt: name the receipt or the body",
        )
    if way == "announcement" and not noted:
        return Refusal(
            "公告送达仅限当事人下落不明或者其他方式无法送达，请在送达说明中记明原因和经过",
            "it is announced only where the party is missing or no other way was open: say why, and what was tried",
        )
    return None


def is_served_anew(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to serve a decision again that is in the party's hands; one that counts as served needs its reason.

    Who was looked for by an announcement may turn up before it ends, and a service may prove to have failed.
    """
    known = reading.known_day(case, "served_on")
    served = "warning_served" if case.details.get("decided_penalty") == "warning" else "served"
    if known is None or case.details.get("decided_on_the_spot") or reading.in_hand(case, served):
        return Refusal("决定书已经送达", "the decision was served already", moot=True)
    if not form or form["repeated_because"].strip():
        return None
    if known <= local_date(moment.now) or reading.reached(form, "served_on", moment) >= known:
        return Refusal(
            f"决定书于 {known} 视为送达；原送达无效、需要重新送达的，请写明理由",
            f"it counts as served on {known}: where that service has failed, say why it is repeated",
        )
    return None


def it_is_ordered_anew(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a second order while the first runs, unless that is not in the party's hands, or holds a mistake."""
    if case.state not in _ORDERED or not reading.in_hand(case, "correction_ordered"):
        return None
    return _unless_it_holds_a_mistake(
        form, Refusal("责令改正通知书已直接送达，请到期复查", "the order is in the party's hands: recheck it")
    )


def items_are_due_within_the_order(_case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse an item that is due before the order reaches the party, or after the order has run out (行政处罚法 28)."""
    if not form:
        return None
    reached = reading.reached(form, "served_on", moment)
    last_day = reading.until("correction", reached, limit=int(form["days"]))
    if all(reached < item["required_by"] <= last_day for item in form["items"] if item.get("required_by")):
        return None
    return Refusal(
        f"单项的完成期限应在送达（{reached}）之后、不晚于改正期限（{last_day}）",
        f"an item is due after the service ({reached}) and no later than the order ({last_day})",
    )


def it_is_demanded_anew(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a second demand, unless the first is not in the party's hands, or holds a mistake."""
    if case.state == "enforceable" or not reading.in_hand(case, "demanded"):
        return None
    return _unless_it_holds_a_mistake(form, Refusal("催告书已直接送达", "the demand is in the party's hands"))


def _unless_it_holds_a_mistake(form: Values, known: Refusal) -> Refusal | None:
    if not form or form["reissued_because"].strip():
        return None
    return Refusal(
        f"{known.zh}；原文书有误、需要重新制发的，请写明理由", f"{known.en}; where it holds a mistake, say which"
    )


def it_says_something_else(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to correct a paper that reads as it should."""
    if not form or form["reads"].strip() != form["should_read"].strip():
        return None
    return Refusal("“原文”与“更正为”相同", "it reads as it should already")


def note_part(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Add a part to what was paid of a fine."""
    day = reading.day_of(form, "paid_on", moment)
    row = {"paid_on": day, "amount": form["amount"]}
    return {
        "paid_on": day,
        "parts": [*case.details.get("parts", ()), row],
        "payments": [*case.details.get("payments", ()), row],
    }


def a_part_is_less_than_the_whole(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to call a part what pays all that is owed."""
    if not form:
        return None
    due = reading.owed(case, reading.day_of(form, "paid_on", moment))
    if form["amount"] < due:
        return None
    return Refusal(
        f"已足以缴清应缴的 {due} 元，请登记“履行完毕”", f"that pays all the {due} yuan that are owed: record it so"
    )


def payment_covers(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to end payment while less than the fine with its additions was paid (行政处罚法 72)."""
    if not form:
        return None
    due = reading.owed(case, reading.day_of(form, "paid_on", moment))
    if notes.paid_in(case, form, moment) >= due:
        return None
    return Refusal(f"应缴 {due} 元（含加处罚款），实缴不足", f"{due} yuan are owed with what was added; less was paid")


def collected_lawfully(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse what officers collect themselves without a ground, or without the treasury's receipt (行政处罚法 67 to 70)."""
    if not form or form["way"] != "on_the_spot":
        return None
    if not form["official_receipt"]:
        return Refusal(
            "当场收缴罚款须出具财政部门统一制发的专用票据，否则当事人有权拒绝缴纳",
            "who collects a fine hands over the treasury's own receipt, or the party may refuse",
        )
    on_the_spot = bool(case.details.get("decided_on_the_spot"))
    grounds = {
        "remote_and_asked": True,
        "hard_to_enforce_later": on_the_spot,
        "within_100": on_the_spot and Decimal(case.details.get("fine", "0")) <= LIMITS.collected,
    }
    if grounds.get(form["collected_because"], grounds["within_100"]):
        return None
    return Refusal(
        "当场收缴仅限当场决定的一百元以下罚款、不当场收缴事后难以执行的，以及边远、交通不便地区当事人提出的；其他由银行或电子支付代收",
        "officers collect at most 100 yuan decided on the spot, or what could not be enforced later, or in remote places;"
        " the rest goes through a bank",
    )


def decided_on_the_spot(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to file with the body what was not decided on the spot, or is filed."""
    if case.details.get("decided_on_the_spot") and not case.details.get("spot_filed_on"):
        return None
    return Refusal("没有待备案的当场处罚决定", "no decision made on the spot waits to be filed", moot=True)


def spot_decision_is_filed(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on while a decision made on the spot is not filed with the body (行政处罚法 52)."""
    if not case.details.get("decided_on_the_spot") or case.details.get("spot_filed_on"):
        return None
    return Refusal("当场处罚决定尚未报所属行政机关备案", "the decision made on the spot is not filed with the body yet")


def something_is_collected(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to hand in what nobody has collected, or what was handed in."""
    if case.details.get("collected") and not case.details.get("handed_in_on"):
        return None
    return Refusal("没有待上交的当场收缴罚款", "no fine that officers have collected waits to be handed in", moot=True)


def something_is_handed_in(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to pay in at the bank what was not handed in, or was paid in."""
    if case.details.get("handed_in_on") and not case.details.get("banked_on"):
        return None
    return Refusal(
        "没有待缴付银行的当场收缴罚款", "no fine that was handed in waits to be paid in at the bank", moot=True
    )


def collected_fine_is_banked(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to go on while a fine that officers have collected has not reached the bank (行政处罚法 71)."""
    if not case.details.get("collected") or case.details.get("banked_on"):
        return None
    return Refusal(
        "当场收缴的罚款尚未交至行政机关并缴付指定银行",
        "the fine that officers have collected has not reached the bank yet",
    )


def act_is_fined_once(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a second fine for one act: the same party's, fined after this one was committed (行政处罚法 29)."""
    if not form or form.get("penalty") != "fine" or form["separate_act"]:
        return None
    register, act = moment.known(), reading.act_code(case)
    suspect = str(reading.last(case, "inspected").get("suspect_name", ""))
    for row in register.of_party(case.id, suspect) if register else ():
        if row.act == act and row.fined_on and row.fined_on >= reading.committed_on(case):
            return Refusal(
                f"同一当事人的同类行为已于 {row.fined_on} 罚款（{row.number or '见在先案件'}），同一违法行为不得再次罚款；"
                "确属另一违法行为的，请写明理由",
                f"the same act was fined on {row.fined_on} ({row.number}): it is not fined twice; say why it is another act",
            )
    return None


def higher_norm_is_applied(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to file one doing under the norm with the lower fine (行政处罚法 29)."""
    if not form or not form["also_breaks"]:
        return None
    kind, refused = reading.suspect_kind_of(case), reading.was_refused(case)
    codes, filed_on = dict.fromkeys((form["act"], *form["also_breaks"])), reading.day_of(form, "filed_on", moment)
    laws = [reading.law_of(case, filed_on, code, form) for code in codes]
    banded = [
        (law.act, band)
        for law in laws
        if law.act and not law.competent and (band := bounds.fine_band(law.act, kind, refused=refused))
    ]
    if not banded or (chosen := bounds.higher(banded)[0]).code == form["act"]:
        return None
    return Refusal(
        f"同一违法行为违反多个规范的，按罚款数额高的规定处罚：请以“{chosen.basis}”立案",
        f"one act under several norms is punished by the higher fine: file it under {chosen.code} ({chosen.basis})",
    )


def persuasion_came_first(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call the police over noise before somebody has tried to persuade (噪声污染防治法 70, 87)."""
    if not form or form["ground"] != "public_security" or form["persuasions"]:
        return None
    return Refusal(
        "移送公安须附劝阻、调解、处理记录（何人、何时、何种方式）",
        "the police need the record of who tried to persuade, when and how",
    )
