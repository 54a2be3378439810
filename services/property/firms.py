"""Companies in their duties, at their end, and their marks, pure like the rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any, Final

from chassis.clocks import Period, Roll, Unit, add, add_months
from chassis.picking import Offer, meant, one_is_meant
from chassis.workcalendar import local_date, standard_calendar
from chassis.workflow import Refusal
from services.property import rules, votes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from chassis.workflow import CaseView, Change, Guard, Moment, Values
#: How a company's contract ends. The developer's ends of itself, without notice, when that of a company which the owners
#: chose takes effect (民法典 940); for the others `exit_notice` of `legal.toml` has a row each.
OF_ITSELF: Final = "replaced_before_the_pre_phase_ended"
ENDINGS: Final = ("dismissed_by_owners", "not_renewed_by_company", "indefinite_contract_ended", OF_ITSELF)
#: Who must be asked to it in any case: the owners' side, the community, the authority and the company.
MUST_BE_INVITED = frozenset({"owners_committee", "community", "property_authority", "company"})


# -- complaints ---------------------------------------------------------------


def classified(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep estate and company where they are searched for: by the register's names, and from it where nothing is said."""
    register: rules.Register | None = moment.known()
    said = form["estate"].strip() or str(case.details.get("place_estate", ""))
    estate = (register.estate(said) if register else None) or {}
    found = {"estate": estate.get("name", said), "company": form["company"].strip() or estate.get("company", "")}
    return {**found, "classified": {**form, **found}}


def estate_is_named(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a complaint of no estate: none was named, and none could be read out of the place."""
    if not form or form["estate"].strip() or case.details.get("place_estate"):
        return None
    return Refusal(
        "诉求地点中没有认出小区，请填写小区名称", "no estate could be read out of the place: name the estate"
    )


def company_is_known(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a complaint of no company, unless the register has the estate and nobody serves it."""
    if not form:
        return None
    found = classified(case, form, moment)
    register: rules.Register | None = moment.known()
    if found["company"] or (register and register.estate(found["estate"])):
        return None
    return Refusal(
        "请填写被投诉的物业服务企业；小区未聘物业服务企业的，先在小区台账登记该小区，企业留空",
        "name the company; where nobody serves the estate, register it without one",
    )


def verified(case: CaseView) -> Mapping[str, Any]:
    """Return what was found on site, empty before."""
    found: Mapping[str, Any] = case.details.get("verified_on_site", {})
    return found


def problem_is_the_companys(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to order the company to do what was not found, what is another's duty, or where nobody serves the estate."""
    found = verified(case)
    if case.details.get("classified", {}).get("company") == "":
        return Refusal(
            "本小区未聘物业服务企业，没有可以责令整改的企业；有误的请重新分类", "no company serves the estate"
        )
    if found.get("confirmed") and found.get("responsible") == "company":
        return None
    return Refusal(
        "现场核查未认定物业服务企业负有责任，不能下达限期整改通知",
        "the visit did not find the company responsible: it can't be ordered to put it right",
    )


def ordered_anew(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep whether a notice takes the place of one that still runs."""
    return {"order_replaced": case.state == "ordered"}


#: What of a case that is handled again can be gone on with, by the step that does it: what has to be on file.
RESUMED: Final[Mapping[str, Callable[[Values], bool]]] = {
    "vote_resumed": lambda kept: bool(kept.get("budget_total")) and not kept.get("vote_result", {}).get("carried"),
    "fund_resumed": lambda kept: _carried(kept, "use_repair_fund") and not kept.get("fund_approved"),
    # Works that were stopped are surveyed and voted on anew, as the owners were told.
    "works_resumed": lambda kept: bool(kept.get("fund_approved")) and not kept.get("repair_stopped"),
    "emergency_resumed": lambda kept: (
        bool(kept.get("emergency_repaired")) and not (kept.get("audit_passed") or kept.get("paid_otherwise"))
    ),
    # What the owners decided on another matter stands; the end of a contract, and who follows, have ways of their own.
    "decision_resumed": lambda kept: (
        bool(kept.get("owners_decisions")) and (not kept.get("contract_ended") or somebody_follows(kept))
    ),
    "exit_resumed": lambda kept: bool(kept.get("contract_ended")) and not kept.get("estate_handed_over"),
    "takeover_resumed": lambda kept: bool(kept.get("estate_handed_over")) and not somebody_follows(kept),
    "committee_resumed": lambda kept: _carried(kept, "elect_committee") and not kept.get("committee_installed"),
}


def somebody_follows(kept: Values) -> bool:
    """Whether another company serves where one has left, or the owners themselves."""
    return bool(kept.get("successor_took_over") or kept.get("owners_manage_themselves"))


def _carried(kept: Values, item: str) -> bool:
    """Whether the last vote was on a matter, and carried it."""
    return kept.get("votes_counted", {}).get("item") == item and bool(kept.get("vote_result", {}).get("carried"))


def company_stays(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to have a company ordered out whose contract has not ended, or that has left."""
    if not case.details.get("contract_ended"):
        return Refusal(
            "没有登记物业服务合同终止，没有企业应当退出", "no contract has ended here: nobody is to leave", moot=True
        )
    return _LEFT if case.details.get("estate_handed_over") else None


def company_has_not_left(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to end a contract again when the company has left and nobody follows; a case that is handled anew begins anew."""
    kept = case.details
    if case.state == "verified" or not kept.get("estate_handed_over") or kept.get("successor_took_over"):
        return None
    return _LEFT


_LEFT: Final = Refusal(
    "原企业已经完成移交，合同不再终止，也不再提请责令退出", "the company has handed everything over: it stays no longer"
)


def no_owner_waits_for_it(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to begin another way where owners were called to vote, or wait for who follows a company that has left."""
    kept = case.details
    called = case.state in {"owner_vote_due", "reelection_due"} and (
        kept.get("vote_announced") or kept.get("vote_result")
    )
    if not called and not (case.state == "owner_vote_due" and RESUMED["takeover_resumed"](kept)):
        return None
    return Refusal(
        "表决已经公告或者计票，或者原企业已经移交，不能退回重选办理方式",
        "owners were called to vote, or a company has left: the way can't be chosen anew",
    )


def problem_was_not_found(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call unfounded what was found on site."""
    if not verified(case).get("confirmed"):
        return None
    return Refusal("现场核查已认定问题存在，不能按不属实处理", "the visit found the problem: it is not unfounded")


def problem_was_found(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to order or revoke anything where the visit found nothing against the law."""
    if verified(case).get("confirmed"):
        return None
    return Refusal("现场核查未认定问题存在", "the visit did not find it")


def problem_is_anothers(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to send away what the company itself must put right."""
    found = verified(case)
    if found.get("confirmed") and found.get("responsible") not in {"company", "owners"}:
        return None
    return Refusal(
        "责任单位不是外部单位，不能转办", "nobody outside was found responsible: there is nobody to refer it to"
    )


def problem_is_the_owners(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the repair fund where the visit found no common part that the owners must maintain (山东 68)."""
    found = verified(case)
    if found.get("confirmed") and found.get("responsible") == "owners":
        return None
    return Refusal(
        "现场核查未认定为业主共同承担的共用部位、共用设施设备维修",
        "the visit found no common part that the owners together must repair",
    )


def no_inspector_from_the_company(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a visit made by the company that is complained about."""
    from_company = [row["name"] for row in form.get("inspectors", ()) if row["unit"] == "company"]
    if not from_company:
        return None
    return Refusal(
        f"被投诉的物业服务企业人员不得作为核查人员：{'、'.join(from_company)}",
        f"the company complained about can't inspect itself: {', '.join(from_company)}",
    )


def every_demand_is_checked(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a recheck that passes over something that was ordered."""
    if not form:
        return None
    checked = {row["item"] for row in form["items"]}
    ordered = case.details.get("company_ordered", {}).get("items", ())
    missing = [row["item"] for row in ordered if row["item"] not in checked]
    if not missing:
        return None
    return Refusal(
        f"以下整改事项未复查：{'、'.join(missing)}",
        f"these demands of the order were not checked: {', '.join(missing)}",
    )


def all_is_done(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to pass a recheck with a demand left undone."""
    undone = [row["item"] for row in form.get("items", ()) if not row["done"]]
    if not undone:
        return None
    return Refusal(f"仍有整改事项未完成：{'、'.join(undone)}", f"still not done: {', '.join(undone)}")


def something_is_undone(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to fail a recheck in which everything was done."""
    if not form or not all(row["done"] for row in form["items"]):
        return None
    return Refusal("整改事项已全部完成，应通过复查", "everything was done: the recheck is passed")


def all_sides_are_invited(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a joint meeting without the owners, the community, the authority and the company, if one serves (滨州 51)."""
    if not form:
        return None
    nobody = {"company"} if case.details.get("classified", {}).get("company") == "" else set()
    absent = sorted(MUST_BE_INVITED - nobody - set(form["invited"]))
    if not absent:
        return None
    names = {
        "owners_committee": "业主委员会（或物业管理委员会、业主代表）",
        "community": "社区居民委员会",
        "property_authority": "物业主管部门",
        "company": "物业服务企业",
    }
    return Refusal(
        f"联席会议应通知以下方面参加：{'、'.join(names[name] for name in absent)}",
        f"these must be invited to the joint meeting: {', '.join(absent)}",
    )


def meeting_called(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep how many days there are to the meeting."""
    return {"meeting_days": max(1, (form["meeting_on"] - local_date(moment.now)).days)}


# -- what is reported to an authority, a court or a tribunal beside the case's own way, and its answer ------------------


def answer_until(report: Mapping[str, Any]) -> date:
    """Return by which day an answer to a report is expected."""
    workdays = Period(report["workdays"], Unit.WORKDAY)
    return add(votes.day_of(report["since"]), workdays, calendar=standard_calendar()).due_at.date()


def reports(case: CaseView, moment: Moment) -> list[dict[str, Any]]:
    """Return the reports that wait for an answer, the oldest first: number, what, to whom, since when, for how many working days."""
    kept = case.details
    if "reports_open" in kept or not kept.get("report_open"):
        # Those from before they had numbers are numbered as they stand.
        return [{"number": place, **row} for place, row in enumerate(kept.get("reports_open") or (), 1)]
    # From when a case kept one report only, and its time in the clock alone.
    running = moment.clocks(case).get("report_follow_up")
    since, workdays = (running.clock.started_at, running.clock.limit) if running else (case.opened_at, 1)
    row = {"what": kept["report_open"], "authority": "", "since": local_date(since), "workdays": workdays}
    return [{"number": 1, **row}]


def reports_offered(case: CaseView) -> list[Offer]:
    """Name the reports that wait; each may be said by its number, and by its kind where that is the only one of it."""
    kept = case.details
    rows = kept.get("reports_open") or ([{"what": kept["report_open"]}] if kept.get("report_open") else [])
    return [
        Offer(
            str(row.get("number", place)),
            f"第{row.get('number', place)}项 {rules.said(row['what'])}{_to_whom(row)}",
            f"{row.get('number', place)}: {row['what']}{_to_whom(row)}",
            (row["what"],),
        )
        for place, row in enumerate(rows, 1)
    ]


def _to_whom(row: Mapping[str, Any]) -> str:
    return "".join(f" {row[name]}" for name in ("authority", "since") if row.get(name))


def _waiting(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Keep the open reports; the case's clock is of the one that is due first."""
    first = min(rows, key=answer_until, default=None)
    return {
        "reports_open": list(rows),
        "report_open": "",
        "report_workdays": first["workdays"] if first else 0,
        "report_since": first["since"] if first else None,
    }


def reported(what: str) -> Change:
    """Make a change that keeps a report beside those that wait already; one on the same matter to the same takes its place."""

    def known(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
        rows, authority = reports(case, moment), form.get("authority", "")
        number = 1 + max([case.details.get("reports_made", 0), *(row["number"] for row in rows)])
        others = [row for row in rows if (row["what"], row["authority"]) != (what, authority)]
        row = {"since": local_date(moment.now), "workdays": form["answer_workdays"]}
        waiting = _waiting([*others, {"number": number, "what": what, "authority": authority, **row}])
        return {**waiting, "reports_made": number}

    return known


def _meant(case: CaseView, rows: Sequence[Mapping[str, Any]], form: Values) -> int:
    """Return the place of the open report that a form is about."""
    [one] = meant(reports_offered(case), form["which_report"])
    return next(place for place, row in enumerate(rows) if str(row["number"]) == one.number)


def report_urged(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep until when an answer was promised now."""
    rows = reports(case, moment)
    rows[_meant(case, rows, form)] |= {"since": local_date(moment.now), "workdays": form["answer_workdays"]}
    return _waiting(rows)


def report_answered(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the reports that still wait, and what this one was answered."""
    rows = reports(case, moment)
    row = rows.pop(_meant(case, rows, form))
    answer = {name: form[name] for name in ("document_number", "answer")}
    answered = {"number": row["number"], "what": row["what"], "authority": row["authority"], **answer}
    earlier = case.details.get("reports_answered", ())
    return {**_waiting(rows), "reports_answered": [*earlier, {**answered, "answered_on": local_date(moment.now)}]}


report_is_open = one_is_meant(
    "which_report",
    reports_offered,
    none=Refusal("没有待答复的报告或者移交", "no answer to a report is waited for", moot=True),
    zh="哪一项报告、移交",
    en="which report it is about",
)


def was_urged(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to hand over for an outsider's silence before he was urged."""
    if case.details.get("external_urged"):
        return None
    return Refusal(
        "须先催办外部单位，再告知其他解决途径", "the silent unit must be urged before the case is handed over"
    )


# -- owners govern themselves -------------------------------------------------


def complaint_is_about(kind: str, name: str) -> Guard:
    """Make a guard that refuses a way which only one kind of complaint leads to."""

    def guard(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
        # What the owners have decided is carried out, whatever was complained of.
        if case.state == "owners_decided" or case.details.get("classified", {}).get("kind") == kind:
            return None
        return Refusal(
            f"该程序仅适用于“{name}”类投诉，类别有误的请先重新分类",
            f"only complaints of the kind {kind} lead there; classify it anew if it is one",
        )

    return rules.named(guard, f"complaint_is_about_{kind}")


def exit_notice_was_long_enough(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to end a company's contract on too short a notice, unless the contract agrees on another (民法典 946-948)."""
    if not form or form["ending"] == OF_ITSELF:
        return None
    if form["ends_on"] < form["noticed_on"]:
        return Refusal("合同终止日期不能早于书面通知日期", "the contract ends before notice was given")
    if form["agreed_otherwise"]:
        return None
    needed, given = rules.exit_notice(form["ending"], form["noticed_on"]), (form["ends_on"] - form["noticed_on"]).days
    if given >= needed:
        return None
    return Refusal(
        f"应提前{needed}日书面通知对方，自{form['noticed_on']}通知至{form['ends_on']}终止仅{given}日（合同另有约定的除外）",
        f"written notice is given {needed} days before, not {given}, unless the contract says otherwise",
    )


def dismissal_was_decided(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a dismissal without the owners' double quorum and double majority, measured by the roster (民法典 278, 946)."""
    if not form or form["ending"] not in rules.VOTED_ENDINGS:
        return None
    return owners_decided(rules.VOTED_ENDINGS[form["ending"]])(case, form, moment)


def _was_decided(case: CaseView, item: str) -> bool:
    """Whether a vote on this very matter stands: in this case, or by the figures that its contract was ended with."""
    ended = case.details.get("contract_ended", {}).get("ending")
    return (
        item in case.details.get("owners_decisions", {}) or rules.VOTED_ENDINGS.get(ended) == item == "choose_company"
    )


def owners_decided(item: str) -> Guard:
    """Make a guard that refuses what needs the owners' own vote on this matter, by quorum and majority of the roster."""

    def guard(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
        if not form or _was_decided(case, item):
            return None
        return votes.estate_is_registered(case, form, moment) or figures_carry(
            item, votes.registered(case, moment) or {}, form
        )

    return rules.named(guard, f"owners_decided_on_{item}")


#: What a vote on a matter is called where it was held outside of a case.
_CALLED: Final = {"choose_company": "选聘", "dismiss_company": "解聘", "manage_themselves": "自行管理"}


def figures_carry(item: str, estate: Mapping[str, Any], form: Values) -> Refusal | None:
    """Refuse figures of a vote, held elsewhere, that lack quorum or majority of the roster (民法典 278)."""
    names = ("taking_part_heads", "taking_part_area", "agreeing_heads", "agreeing_area")
    if any(form[name] is None for name in names):
        return Refusal(
            f"{_CALLED[item]}由业主共同决定、单独表决：本案没有通过该事项的表决，须填写该次表决参与和同意的人数、面积",
            "the owners decide on this by a vote of its own: put it to the vote, or give heads and areas of that vote",
        )
    everybody = votes.Tally(estate["heads"], Decimal(estate["area"]))
    taking_part = votes.Tally(form["taking_part_heads"], form["taking_part_area"])
    agreeing = votes.Tally(form["agreeing_heads"], form["agreeing_area"])
    if taking_part.heads > everybody.heads or taking_part.area > everybody.area:
        return Refusal(
            f"参与表决的多于名册中的业主（名册{everybody.heads}人、{everybody.area}平方米）",
            f"more took part than the roster has: {everybody.heads} heads, {everybody.area} square metres",
        )
    if agreeing.heads > taking_part.heads or agreeing.area > taking_part.area:
        return Refusal("同意的多于参与表决的", "more agreed than took part")
    if votes.is_carried(item, everybody, taking_part, agreeing):
        return None
    return Refusal(
        f"{_CALLED[item]}未达到法定比例：名册{everybody.heads}人、{everybody.area}平方米，须人数、面积各三分之二以上参与，"
        "并经参与的人数、面积各过半数同意（民法典第278条）",
        "too few took part or agreed on the company (Civil Code, article 278)",
    )


def company_has_left(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a successor before the company that was there has handed the estate over (民法典 949), and a second one."""
    if somebody_follows(case.details):
        return Refusal("已有新物业接管或者业主自行管理", "somebody follows already", moot=True)
    if case.details.get("estate_handed_over"):
        return None
    return Refusal("原物业服务企业尚未完成移交", "the company before has not handed the estate over", moot=True)


def nobody_leaves(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse to sign as a renewal, or as an estate's first contract, what another company has to leave for."""
    kept = case.details
    if kept.get("contract_ended") and not somebody_follows(kept):
        return Refusal(
            "物业服务合同已经终止，另聘的企业移交后用“新物业接管”",
            "a contract has ended: another takes over",
            moot=True,
        )
    if "dismiss_company" in kept.get("owners_decisions", {}):
        return Refusal(
            "业主已决定解聘，请先登记“物业服务合同终止”；决定已撤销的，请先“撤销业主共同决定并通告”",
            "the owners have dismissed the company: its contract ends, or they revoke that first",
        )
    estate = votes.registered(case, moment)
    serves = estate["company"] if estate else kept.get("classified", {}).get("company", "")
    if not form or not serves or form["company"].strip() == serves:
        return None
    return Refusal(
        f"本小区由“{serves}”服务：另聘企业的，先登记“物业服务合同终止”，移交后用“新物业接管”",
        f"{serves} serves the estate: its contract ends before another takes over",
    )


def nobody_waits_for_a_contract(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to call carried out that a company was chosen, before its contract is signed, to be filed in ten days (滨州 44)."""
    if "choose_company" not in case.details.get("owners_decisions", {}):
        return None
    return Refusal(
        "业主已决定选聘物业服务企业，合同应自签订之日起十日内备案（滨州市住宅物业管理条例第44条）：续聘、首次聘用的请用"
        "“续聘、首次聘用合同已签订”，另聘的先登记“物业服务合同终止”",
        "a company was chosen: its contract is signed and filed first",
    )


def everything_was_handed_over(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to close a handover with something left out (民法典 949)."""
    left = [row["item"] for row in form.get("handed", ()) if not row["done"]]
    if not left:
        return None
    return Refusal(f"以下财物、资料尚未移交：{'、'.join(left)}", f"not handed over yet: {', '.join(left)}")


def served(order: str, form: Values, moment: Moment) -> dict[str, Any]:
    """Return an order with the day on which it was served: each has its own."""
    return {order: {**form, "served_on": form["served_on"] or local_date(moment.now)}}


def ordered_out(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the order to leave, and the day on which it was served for what is written later."""
    kept = served("correction_ordered", form, moment)
    return {**kept, "order_served_on": kept["correction_ordered"]["served_on"]}


def fine_is_within(band: tuple[Decimal, Decimal], law: str) -> Guard:
    """Make a guard that refuses a fine below or above what the law has; both numbers are included (民法典 1259)."""
    least, most = band

    def guard(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
        if not form or least <= form["amount"] <= most:
            return None
        return Refusal(f"罚款应在{least}元以上{most}元以下（{law}）", f"the fine is {least} to {most} yuan")

    return rules.named(guard, f"fine_is_within_{least}_to_{most}")


def fine_follows_the_order(order: str) -> Guard:
    """Make a guard that refuses a fine before the order to put it right was made and has run out (滨州 57, 条例 58)."""

    def guard(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
        made, decided_on = case.details.get(order), form.get("decided_on") or local_date(moment.now)
        if made:
            # Before each order kept its own day, one stood for both.
            served_on = votes.day_of(made.get("served_on") or case.details["order_served_on"])
            given = Period(made["order_days"], Unit.DAY)
            # A holiday at its end moves on for the company that must act by it (民法典 203; 行政处罚法 85).
            last = add(served_on, given, calendar=standard_calendar(), roll=Roll.NEXT).due_at.date()
            if decided_on > last:
                return None
        return Refusal(
            "责令限期改正、逾期未改正的才能罚款：罚款决定日期早于责令期满，或者没有责令改正",
            "a fine follows an order that has run out; this is from before, or there was no order",
        )

    return rules.named(guard, f"fine_follows_{order}")


def fined(_case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the day of the fine on a company that stays."""
    return {"fine_decided_on": form["decided_on"] or local_date(moment.now)}


def company_was_not_fined_yet(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to have one company fined twice for one act (行政处罚法 29); the end of another contract is another act."""
    fine, ended = case.details.get("fine_decided"), case.details.get("contract_ended") or {}
    on = fine and (fine.get("decided_on") or case.details.get("fine_decided_on"))
    if not fine or (on and "ends_on" in ended and votes.day_of(on) < votes.day_of(ended["ends_on"])):
        return None
    return Refusal(
        "该企业已因拒不退出被罚款，同一行为不得再次罚款：请召开联席会议或者告知诉讼途径",
        "it was fined for this already: call the joint meeting, or tell the way to court",
    )


# -- the register ----------------------------------------------------------------


def after_the_case(
    trigger: str, kept: Mapping[str, Any], form: Mapping[str, Any], estate: str, today: date, serves: str = ""
) -> dict[str, Any]:
    """Return what a case has changed in the register: who serves an estate, or which committee, and until when.

    A company whose contract begins later stands in it from that day; until then it is coming. Who `serves` already keeps his
    manager, and his new contract's end stands there at once.
    """
    nobody = {"manager": "", "manager_phone": "", "contract_from": None, "contract_until": None}
    if trigger == "committee_installed":
        begins = kept["vote_counted_on"]
        lapse = kept.get("committee_lapsed") or {}
        begins = max(begins, lapse["since"]) if lapse.get("ground") == "term_ends_soon" else begins
        until = add_months(votes.day_of(begins), 12 * kept["committee_filed"]["term_years"])
        return {"committee": form["committee"].strip() or f"{estate}业主委员会", "committee_until": until}
    if trigger == "management_committee_formed":
        return {"committee": f"{estate}物业管理委员会", "committee_until": None}
    if trigger == "owners_manage_themselves":
        return {**nobody, "company": "", **_NOBODY_COMES}
    fee = {} if form["monthly_fee"] is None else {"monthly_fee": str(form["monthly_fee"])}
    new = {"company": form["company"].strip(), "contract_until": form["contract_until"], **fee}
    begins, goes_on = form["contract_from"], new["company"] == serves
    if begins and begins > today:
        until = form["contract_until"]
        coming = {"coming": {**new, "contract_until": until and until.isoformat()}, "coming_on": begins}
        return coming | ({"contract_until": until} if goes_on else {})
    return {**({} if goes_on else nobody), "contract_from": begins, **new, **_NOBODY_COMES}


_NOBODY_COMES: Final[Mapping[str, Any]] = {"coming": {}, "coming_on": None}


def begun(coming: Mapping[str, Any], on: date, serves: str) -> dict[str, Any]:
    """Return what changes in the register on the first day of a contract that was coming."""
    until = coming["contract_until"]
    return {
        **({} if coming["company"] == serves else {"manager": "", "manager_phone": ""}),
        **coming,
        "contract_from": on,
        "contract_until": until and date.fromisoformat(until),
        **_NOBODY_COMES,
    }


# -- companies ----------------------------------------------------------------


def density(complaints: int, households: int) -> Decimal | None:
    """Return the complaints per hundred households, or None where nobody is served."""
    return (Decimal(complaints) * 100 / households).quantize(rules.CENT, ROUND_HALF_UP) if households else None


def overhauls(events: Iterable[tuple[str, str, datetime]]) -> dict[str, Any]:
    """Return how a company answers its orders: how many, put right at the first recheck, and the average days until each.

    `events` are steps of its cases in their order: the case, the trigger, the moment.
    """
    ordered: dict[str, datetime] = {}
    orders, first = 0, 0
    answered: list[int] = []
    passed: list[int] = []
    failed: set[str] = set()
    running: set[str] = set()
    for case, trigger, at in events:
        if trigger == "company_ordered":
            # A notice made out anew while it runs is the same one; its time counts from the first.
            if case in running:
                continue
            orders += 1
            ordered[case] = at
            running.add(case)
            failed.discard(case)
            continue
        running.discard(case)
        if case in ordered and trigger == "recheck_failed":
            failed.add(case)
        elif case in ordered and trigger in {"company_reported", "recheck_passed"}:
            days = (local_date(at) - local_date(ordered[case])).days
            (answered if trigger == "company_reported" else passed).append(days)
            first += trigger == "recheck_passed" and case not in failed
    return {
        "orders": orders,
        "put_right": len(passed),
        "put_right_at_once": first,
        "average_answer_days": _average(answered),
        "average_days": _average(passed),
    }


def _average(days: Sequence[int]) -> Decimal | None:
    return (Decimal(sum(days)) / len(days)).quantize(rules.CENT, ROUND_HALF_UP) if days else None


#: Where a company is marked for something else than what it was ordered to put right.
MARKED_FOR: Final[Mapping[str, str]] = {"exit_refused": "refused_to_leave", "handover_due": "meeting_decision_ignored"}


def mark_fits_what_happened(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse points for what has not happened: a company stays, or a joint meeting's decision was not carried out, or else."""
    kind = MARKED_FOR.get(case.state)
    if kind == "meeting_decision_ignored" and not case.details.get("joint_meeting_held"):
        return Refusal("本案没有联席会议决定", "no joint meeting has decided anything", moot=True)
    if not form or (form["kind"] == kind if kind else form["kind"] not in MARKED_FOR.values()):
        return None
    fitting = f"“{rules.said(kind)}”" if kind else "未整改、未守承诺等，不是拒不退出或者不执行联席会议决定"
    return Refusal(f"这一环节的扣分事项应为{fitting}", f"points are given here for {kind or 'what was not put right'}")


def points_of(kind: str) -> int:
    """Return the points that a mark of a kind costs, by the street's table."""
    return next(int(row["points"]) for row in rules.settings()["credit"]["mark"] if row["code"] == kind)


def marked(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep the points of a mark by its kind, and the day, beside those that a case has brought before."""
    mark = {**form, "points": points_of(form["kind"]), "on": local_date(moment.now)}
    company = case.details.get("classified", {}).get("company", "")
    row = {"points": mark["points"], "on": mark["on"], "decided": False, "workdays": form["answer_workdays"]}
    kept = {"credit_mark_reported": mark, "credit_mark_answered": None}
    return {**kept, **_marks([*marks_of(case.details), {**row, "company": company, "since": mark["on"]}])}


def marks_offered(case: CaseView) -> list[Offer]:
    """Name the marks that the district has not decided on, by their places among the case's marks."""
    return [
        Offer(
            str(number),
            f"第{number}次扣分 {mark['points']}分 {mark['on']}",
            f"{number}: {mark['points']} points, {mark['on']}",
        )
        for number, mark in enumerate(marks_of(case.details), 1)
        if not mark["decided"]
    ]


def _mark_meant(case: CaseView, form: Values) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the case's marks, and the undecided one that a form is about."""
    marks = marks_of(case.details)
    [one] = meant(marks_offered(case), form["which_mark"])
    return marks, marks[int(one.number) - 1]


def mark_urged(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep until when the answer on an undecided mark was promised now."""
    marks, mark = _mark_meant(case, form)
    mark |= {"since": local_date(moment.now), "workdays": form["answer_workdays"]}
    return _marks(marks)


def mark_answered(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Keep the points that the district has decided on: its word replaces the street's."""
    marks, mark = _mark_meant(case, form)
    mark |= {"points": form["points"], "decided": True, "document_number": form["document_number"]}
    return _marks(marks)


def _marks(marks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Keep a case's marks; its clock is of the one that the district has to decide on first."""
    undecided = (mark for mark in marks if not mark["decided"])
    waiting: Mapping[str, Any] = min(undecided, key=answer_until, default={})
    return {
        "credit_marks": list(marks),
        "credit_points": sum(mark["points"] for mark in marks),
        "mark_workdays": waiting.get("workdays", 0),
        "mark_since": waiting.get("since"),
    }


def answer_fits_its_points(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a declined mark that costs points, and an accepted one that costs none."""
    if not form or form["accepted"] == bool(form["points"]):
        return None
    return Refusal("采纳的应填写扣分分值，不予采纳的分值为零", "an accepted mark costs points, a declined one none")


mark_was_reported = one_is_meant(
    "which_mark",
    marks_offered,
    none=Refusal("没有待答复的信用扣分报告", "no report of points waits for an answer", moot=True),
    zh="哪一次信用扣分",
    en="which mark it is about",
)


def marks_of(details: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a case's marks against its company, the oldest first: what each costs, since when, whether the district has decided."""
    if (kept := details.get("credit_marks")) is not None:
        return [dict(mark) for mark in kept]
    # From when a case kept its last mark only.
    mark, answer = details.get("credit_mark_reported"), details.get("credit_mark_answered")
    if not mark or "on" not in mark:
        return []
    waits = {"workdays": mark.get("answer_workdays", 10), "since": mark["on"]}
    points = answer["points"] if answer else mark["points"]
    return [{"points": points, "on": mark["on"], "decided": bool(answer), **waits}]


def credit(marks: Iterable[Mapping[str, Any]], on: date) -> dict[str, Any]:
    """Return a company's credit: full points less those decided on in the last months, and what is still undecided."""
    table = rules.settings()["credit"]
    counting = [
        mark for mark in marks if votes.day_of(mark["on"]) <= on < add_months(votes.day_of(mark["on"]), table["months"])
    ]
    lost = sum(mark["points"] for mark in counting if mark["decided"])
    score = max(0, table["full_points"] - lost)
    return {
        "score": score,
        "grade": next(row["code"] for row in table["grade"] if score >= row["least"]),
        "undecided": sum(mark["points"] for mark in counting if not mark["decided"]),
        "marks": len(counting),
        "verified": table["verified"],
    }
