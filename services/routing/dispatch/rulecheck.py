"""What is wrong with a set of dispatch rules before it is used: each finding with its rule, its line and a sentence. Pure."""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING

from services.routing.dispatch.ruleset import (
    MECHANISMS,
    Among,
    Finding,
    RuleSetError,
    categories,
    named,
    read,
    units,
    wrong_lead,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from services.routing.dispatch.ruleset import Condition, Rule, RuleSet

_Cells = frozenset[tuple[str, str]]


def check(text: str, today: date) -> tuple[RuleSet | None, list[Finding]]:
    """Check a set as a whole; without a set the form itself is wrong. Errors keep it from going live, warnings do not."""
    try:
        found = read(text, 0)
    except RuleSetError as error:
        return None, list(error.findings)
    cells = {rule.id: cells_of(rule) for rule in found.rules}
    findings = [
        *_wrong_leads(found.rules),
        *_unreachable(found.rules, cells),
        *_contradicting(found.rules, cells),
        *_over(found.rules, today),
        *_gaps(found.rules, cells, today),
    ]
    return found, sorted(findings, key=lambda one: (one.level != "error", one.line))


def errors(findings: Iterable[Finding]) -> list[Finding]:
    """Return those that keep a set from going live."""
    return [one for one in findings if one.level == "error"]


def cells_of(rule: Rule) -> _Cells:
    """Return the pairs of mechanism and category that a rule is for."""
    mechanism, category = rule.condition("mechanism"), rule.condition("category")
    return frozenset(
        product(
            mechanism.values if isinstance(mechanism, Among) else MECHANISMS,
            category.values if isinstance(category, Among) else categories(),
        )
    )


def _rest(rule: Rule) -> list[Condition]:
    return [one for one in rule.conditions if one.name not in ("mechanism", "category")]


def _wrong_leads(rules: Sequence[Rule]) -> list[Finding]:
    """Find units that would lead what they may not, or in a mechanism in which they have nobody."""
    found = []
    for rule in rules:
        sent: dict[str, set[str]] = {}
        for mechanism, category in cells_of(rule):
            # What a person grades otherwise than the taxonomy does is held against the rule when it is dispatched.
            usual = mechanism if rule.condition("mechanism") else categories()[category]["mechanism"]
            sent.setdefault(rule.mechanism or usual, set()).add(category)
        for mechanism, codes in sorted(sent.items()):
            if why := wrong_lead(units()[rule.lead], mechanism, codes):
                found.append(Finding(rule.line, rule.id, "error", *why))
                break
    return found


def _covers(before: Rule, rule: Rule) -> bool:
    """Say whether an earlier rule holds wherever the later one does, within the same cells."""
    starts = before.begins is None or (rule.begins is not None and before.begins <= rule.begins)
    ends = before.ends is None or (rule.ends is not None and before.ends >= rule.ends)
    if before.mechanism and {mechanism for mechanism, _ in cells_of(rule)} != {before.mechanism}:
        # It does not fire where a person has set the mechanism.
        return False
    rest = _rest(rule)
    return starts and ends and all(any(b.name == a.name and b.implies(a) for b in rest) for a in _rest(before))


def _unreachable(rules: Sequence[Rule], cells: dict[str, _Cells]) -> list[Finding]:
    """Find rules that never fire, because earlier ones take all that they are for."""
    found = []
    for at, rule in enumerate(rules):
        before = [one for one in rules[:at] if not cells[one.id].isdisjoint(cells[rule.id]) and _covers(one, rule)]
        if before and cells[rule.id] <= frozenset().union(*(cells[one.id] for one in before)):
            names = "、".join(f"{one.id}（第 {one.line} 行）" for one in before)
            zh = f"永远不会生效：符合它的诉求都先被 {names} 接走。请删去，或提高它的 priority"
            en = f"never fires: {', '.join(one.id for one in before)} take all that it is for"
            found.append(Finding(rule.line, rule.id, "error", zh, en))
    return found


def _contradicting(rules: Sequence[Rule], cells: dict[str, _Cells]) -> list[Finding]:
    """Find pairs that nothing but their order in the file decides between, and that send a matter to different units."""
    found = []
    for one, other in combinations(rules, 2):
        same = (one.priority, one.specificity) == (other.priority, other.specificity)
        both = cells[one.id] & cells[other.id]
        if same and both and one.effect != other.effect and _can_meet(one, other):
            zh = (
                f"与 {one.id}（第 {one.line} 行）可能同时符合（如{named({category for _, category in both})}），"
                "优先级和具体程度相同而去向不同。请给其中一条写明 priority"
            )
            en = f"may fit together with {one.id}, of the same priority and specificity, and sends elsewhere"
            found.append(Finding(other.line, other.id, "error", zh, en))
    return found


def _can_meet(one: Rule, other: Rule) -> bool:
    apart = (one.ends and other.begins and one.ends <= other.begins) or (
        other.ends and one.begins and other.ends <= one.begins
    )
    return not apart and all(a.meets(b) for a in _rest(one) for b in _rest(other) if a.name == b.name)


def _over(rules: Sequence[Rule], today: date) -> list[Finding]:
    return [
        Finding(
            rule.line,
            rule.id,
            "warning",
            f"已过有效期（至 {rule.valid_until}），不再生效",
            f"its time is over since {rule.valid_until}",
        )
        for rule in rules
        if rule.valid_until and rule.valid_until < today
    ]


def _gaps(rules: Sequence[Rule], cells: dict[str, _Cells], today: date) -> list[Finding]:
    """Find categories that no rule, or none without further conditions, sends anywhere today: a person decides them."""
    now = [rule for rule in rules if not (rule.valid_until and rule.valid_until < today)]
    always = [rule for rule in now if not _rest(rule) and not (rule.valid_from and rule.valid_from > today)]
    wanted = {code: (row["mechanism"], code) for code, row in categories().items() if not code.startswith("99")}
    none = {code for code, cell in wanted.items() if not any(cell in cells[rule.id] for rule in now)}
    some = {code for code, cell in wanted.items() if not any(cell in cells[rule.id] for rule in always)} - none
    said = (
        (none, "没有任何规则的类别：{}。此类诉求转人工研判", "no rule for: {}; a person decides these"),
        (
            some,
            "没有兜底规则的类别：{}。不符合各条条件的转人工研判",
            "no rule for the rest of: {}; a person decides these",
        ),
    )
    return [
        Finding(0, "", "warning", zh.format(named(codes)), en.format(", ".join(sorted(codes))))
        for codes, zh, en in said
        if codes
    ]
