"""What a project has to keep ready for its workers, and what is reported of it, pure like the rules."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from chassis.workflow import Caution
from services.wage_recovery import debts, rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from chassis.workflow import Values


# -- duties -------------------------------------------------------------------

#: What follows beside the fine where a breach of article 55 is serious (保障农民工工资支付条例 55).
SERIOUS: Final[Mapping[str, str]] = {"55": "情节严重的，给予施工单位限制承接新工程、降低资质等级、吊销资质证书等处罚"}


def missing(kept: Values) -> list[str]:
    """Return the duties of which the last meeting that spoke of them found that they are not met."""
    met = {row["duty"]: row["met"] for meeting in kept.get("coordinations") or () for row in meeting.get("duties", ())}
    return [duty for duty, is_met in met.items() if not is_met]


def fined_by(duty: str) -> str:
    """Return the article by which it is fined that a duty is not met; nothing where the settings do not have it any more."""
    return next((str(row["fine_article"]) for row in rules.settings()["duty"] if row["code"] == duty), "")


# -- projects ------------------------------------------------------------------

#: How long it is posted that nothing is owed before a special account is closed (保障农民工工资支付条例 27).
CLOSING_DAYS: Final = 30


def claim_of_project(kept: Values, *, open_: bool) -> dict[str, Any]:
    """Return what a claim means to its project: whether it is open, what is unpaid, what its guarantee has paid and is to pay."""
    called = debts.total_of(debts.calls_waiting(kept)) if open_ else Decimal(0)
    used = debts.total_of(kept.get("guarantee_paid") or ())
    refilled = sum((rules.yuan(row["amount"]) for row in kept.get("guarantee_topped_up") or ()), Decimal(0))
    claimed = rules.yuan((kept.get("claim") or {}).get("claimed_total") or 0)
    left = sum(debts.outstanding_of(kept).values(), Decimal(0)) if kept.get("roster") else claimed
    return {"open": open_, "unpaid": left, "used": used, "refilled": refilled, "called": called}


def guarantee_left(project: Values, claims: Iterable[Values]) -> Decimal | None:
    """Return what a project's guarantee still holds after what its claims have used and filled up; None without one."""
    if not project.get("guarantee_amount"):
        return None
    return rules.yuan(project["guarantee_amount"]) - sum((row["used"] - row["refilled"] for row in claims), Decimal(0))


def project_findings(project: Values, claims: Iterable[Values], today: date) -> list[Caution]:
    """Return what deserves a second look in a project: its guarantee, its duties, the closing of its account."""
    claims = list(claims)
    return [
        *_guarantee_findings(project, claims, today),
        *_duty_findings(project),
        *_closing_findings(project, claims, today),
    ]


def _guarantee_findings(project: Values, claims: list[Values], today: date) -> Iterator[Caution]:
    basis = "工资保证金规定"
    numbers = rules.settings()["guarantee"]
    held, until = guarantee_left(project, claims), project.get("guarantee_until")
    if held is None and project.get("guarantee_form") != "exempt":
        yield Caution("no_guarantee", "没有登记工资保证金或者保函。", "No wage guarantee is registered.", basis)
    if until and not project.get("completed_on") and date.fromisoformat(str(until)) < today + timedelta(30):
        yield Caution(
            "guarantee_ends",
            f"保函（保证金）有效期至 {until}：请通知施工总承包单位续保。",
            f"The guarantee ends on {until}: have it renewed.",
            basis,
        )
    if held is not None and held < rules.yuan(project["guarantee_amount"]):
        yield Caution(
            "guarantee_used",
            f"工资保证金已动用，尚余 {held} 元，未补足。",
            f"The guarantee was used and not filled up: {held} yuan are left.",
            basis,
        )
    contract = project.get("contract_amount")
    floor = rules.yuan(Decimal(str(contract)) * Decimal(numbers["floor"])) if contract else Decimal(0)
    if held is not None and rules.yuan(project["guarantee_amount"]) < floor:
        yield Caution(
            "guarantee_low",
            f"工资保证金低于合同价的下浮底线 {floor} 元（未核实）。",
            f"The guarantee is below its floor of {floor} yuan (not verified).",
            basis,
        )


def _duty_findings(project: Values) -> Iterator[Caution]:
    known = {row["code"]: row for row in rules.settings()["duty"]}
    for row in project.get("duties") or ():
        if not row["met"] and row["duty"] in known:
            duty = known[row["duty"]]
            more = f"；逾期不改正，{SERIOUS[article]}" if (article := duty["fine_article"]) in SERIOUS else ""
            yield Caution(
                "duty_missing",
                f"{rules.said(row['duty'])}未落实（第{duty['article']}条）：请报有关部门责令限期改正{more}。",
                f"{row['duty']} is not met (article {duty['article']}).",
                f"保障农民工工资支付条例-{duty['fine_article']}",
            )


def _closing_findings(project: Values, claims: list[Values], today: date) -> Iterator[Caution]:
    posted, basis = project.get("closing_posted_on"), "保障农民工工资支付条例-27"
    if not posted:
        return
    if any(claim["open"] for claim in claims):
        yield Caution(
            "owed_while_closing",
            "正在公示注销专用账户，但有未办结的欠薪案件：不得注销。",
            "The account is to be closed while wages are claimed: it must not be.",
            basis,
        )
        return
    free = date.fromisoformat(str(posted)) + timedelta(CLOSING_DAYS)
    if free >= today:
        yield Caution(
            "closing",
            f"无拖欠公示至 {free}，期满无异议方可申请注销专用账户。",
            f"Posted until {free}; the account may be closed after that.",
            basis,
        )


# -- a month's figures -----------------------------------------------------------

#: The steps that a month's report counts, in its order; where each form keeps its workers and its yuan.
_REPORT: Final[Mapping[str, tuple[str, str]]] = {
    "claim_registered": ("workers", "claimed_total"),
    "found_not_wages": ("", ""),
    "not_pursued": ("", ""),
    "window_missed": ("", ""),
    "group_incident_reported": ("workers", ""),
    "roster_verified": ("rows", "owed"),
    "settlement_agreed": ("", "instalments"),
    "payment_recorded": ("rows", "amount"),
    "payment_verified": ("", ""),
    "guarantee_paid": ("", "amount"),
    "fund_answered": ("", "amount"),
    "referred_to_inspection": ("", ""),
    "payment_ordered": ("", "amount"),
    "compensation_ordered": ("", "compensation"),
    "decided_without_compensation": ("", "amount"),
    "decision_revoked": ("", ""),
    "decision_revoked_others_stand": ("", ""),
    "crime_transferred": ("", ""),
    "blacklisted": ("", ""),
    "referred_to_arbitration": ("", ""),
    "award_made": ("", "items"),
    "lawsuit_filed": ("", ""),
    "judgment_made": ("", "amount"),
    "settlement_confirmed": ("", ""),
    "order_revoked": ("", ""),
    "order_revoked_others_stand": ("", ""),
    "fund_recovered": ("", "amount"),
    "enforcement_applied": ("", ""),
    "enforcement_settled": ("", "instalments"),
    "enforcement_settled_others_go_on": ("", "instalments"),
    "enforcement_ended": ("", ""),
    "enforcement_ended_others_go_on": ("", ""),
    "enforcement_resumed": ("", ""),
    "concluded": ("", ""),
    "concluded_as_handed_on": ("", ""),
    "concluded_unpaid": ("", ""),
}
REPORTED: Final = tuple(_REPORT)
#: Done anew, it takes the place of what it was before: a debt that was agreed on twice is one debt.
_REPLACES: Final = frozenset(
    {"claim_registered", "roster_verified", "settlement_agreed", "award_made", "judgment_made"}
)


def figures(entries: Iterable[tuple[str, str, Values]]) -> list[dict[str, Any]]:
    """Count a month's steps, the oldest first: in how many claims, of how many workers, about how many yuan."""
    found: dict[str, dict[str, Any]] = {}
    for trigger, case_id, form in _standing(entries):
        row = found.setdefault(trigger, {"claims": set(), "workers": 0, "amount": Decimal(0)})
        workers, amount = _counted(trigger, form)
        row["claims"].add(case_id)
        row["workers"] += workers
        row["amount"] += amount
    return [
        {
            "trigger": trigger,
            "count": len(found[trigger]["claims"]),
            "workers": found[trigger]["workers"] if _REPORT[trigger][0] else None,
            "amount": found[trigger]["amount"] if _REPORT[trigger][1] else None,
        }
        for trigger in REPORTED
        if trigger in found
    ]


def _standing(entries: Iterable[tuple[str, str, Values]]) -> Iterator[tuple[str, str, Values]]:
    """Give each step, of those that replace what was before only a claim's last."""
    last: dict[tuple[str, str], Values] = {}
    for trigger, case_id, form in entries:
        if trigger in _REPLACES:
            last[trigger, case_id] = form
        else:
            yield trigger, case_id, form
    yield from ((trigger, case_id, form) for (trigger, case_id), form in last.items())


def _counted(trigger: str, form: Values) -> tuple[int, Decimal]:
    workers, amount = _REPORT[trigger]
    if workers == "rows":
        rows = form["rows"]
        return len({row["number"] for row in rows}), sum((rules.yuan(row[amount]) for row in rows), Decimal(0))
    if amount in ("instalments", "items"):
        return 0, sum((rules.yuan(row["amount"]) for row in form[amount]), Decimal(0))
    return int(form[workers]) if workers else 0, rules.yuan(form[amount]) if amount else Decimal(0)
