"""Who the parties are: of what capacity, put right where they were entered wrongly, joined or left by others. Pure like the rules."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from chassis.picking import Offer, meant, one_is_meant
from chassis.workcalendar import local_date
from chassis.workflow import Refusal
from services.mediation import rules

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from chassis.workflow import CaseView, Moment, Values

#: What somebody may do by himself, the most first (民法典 17 to 23).
FULL: Final = "full_capacity"
CAPACITIES: Final = (FULL, "by_own_work", "limited_capacity", "no_capacity")
_ACT_FOR_THEMSELVES: Final = CAPACITIES[:2]
_AGES: Final = {"limited_from": 8, "by_own_work_from": 16, "adult_from": 18}
#: Where a party is named on file.
_NAMED_IN: Final = (
    *("application", "authorisations", "identities", "consent_given", "rights_explained", "sessions", "objections"),
    *("agreement", "standing_agreement", "agreement_signed"),
)
#: What a correction may say of a party.
_OF_A_PARTY: Final = ("name", "address", "contact", "agent", "age", "civil_capacity", "guardian")
_OF_THE_DISPUTE: Final = ("dispute_type", "relationship", "facts", "concerns_identity")
#: How a mediation ended that may be asked for once more, and what was said then.
_ENDS: Final = ("consent_refused", "termination", "found_ineligible")


def on_file(case: CaseView) -> list[dict[str, Any]]:
    """Return the parties of a case, in the order in which they were entered."""
    return [dict(row) for row in (case.details.get("application") or {}).get("parties", ())]


def named(case: CaseView) -> list[Offer]:
    """Offer the parties of a case, by their order and side."""
    sides = {"applicant": "申请人", "respondent": "被申请人"}
    return [
        Offer(str(number), f"第{number}名（{sides[row['side']]}）", f"{number}: {row['side']}", (row["name"].strip(),))
        for number, row in enumerate(on_file(case), 1)
    ]


one_is_named = one_is_meant(
    "which_party",
    named,
    none=Refusal("没有登记当事人", "no party is on file", moot=True),
    zh="哪一名当事人",
    en="which party it is",
)


def _place(case: CaseView, form: Values) -> int:
    [one] = meant(named(case), form["which_party"])
    return int(one.number) - 1


# -- capacity --------------------------------------------------------------------


def _capacity(row: Mapping[str, Any]) -> str:
    return row.get("civil_capacity") or FULL


def _unable(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """Return the names of those for whom their legal representative acts."""
    return {row["name"].strip() for row in rows if _capacity(row) not in _ACT_FOR_THEMSELVES}


def _capacity_at(age: int | None) -> str:
    """Return the most that somebody of an age may do by himself."""
    # A street's own table may be from before it had these.
    years = {**_AGES, **rules.words().get("capacity", {})}
    begins = (years["adult_from"], years["by_own_work_from"], years["limited_from"], 0)
    return next(most for most, since in zip(CAPACITIES, begins, strict=True) if age is None or age >= since)


#: What somebody is entered as who may not be entered as more.
_SAID: Final = {
    "by_own_work": "限制民事行为能力（以自己的劳动收入为主要生活来源的，登记为“以自己的劳动收入为主要生活来源”）",
    "limited_capacity": "限制民事行为能力",
    "no_capacity": "无民事行为能力",
}


def _represented(rows: Sequence[Mapping[str, Any]], *those: Mapping[str, Any]) -> Refusal | None:
    sides = {row["name"].strip(): row["side"] for row in rows}
    for row in those:
        name, has = row["name"].strip(), _capacity(row)
        most = _capacity_at(row.get("age"))
        if CAPACITIES.index(has) < CAPACITIES.index(most):
            en = "limited_capacity, or lives by_own_work" if most == "by_own_work" else most
            return Refusal(
                f"{name}的年龄是 {row['age']} 岁，须登记为{_SAID[most]}，并写明法定代理人（监护人）",
                f"at {row['age']}, {name} has {en}: enter that, and the legal representative",
            )
        if has in _ACT_FOR_THEMSELVES:
            continue
        guardian = (row.get("guardian") or "").strip()
        if not guardian or guardian == name:
            return Refusal(
                f"{name}不是完全民事行为能力人，须写明法定代理人（监护人）", f"{name} needs a legal representative"
            )
        if sides.get(guardian, row["side"]) != row["side"]:
            return Refusal(
                f"{name}的法定代理人是对方当事人，不能代理，请写明其他监护人",
                f"the legal representative of {name} is on the other side: name another guardian",
            )
    return None


def who_is_unable_is_represented(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a minor, or somebody else without full capacity, for whom nobody acts, or who acts against him (民法典 19 to 23)."""
    return _represented(form["parties"], *form["parties"]) if form else None


def everybody_is_represented(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse what parties sign or agree to while nobody acts for one who can't, whichever release entered him (民法典 19 to 23)."""
    rows = on_file(case)
    if not (lacking := _represented(rows, *rows)):
        return None
    # What lies on the table to be signed names the parties as they were entered.
    first = "先“退回重新协商”，再" if case.state == "agreement_drafted" else "先"
    return Refusal(f"{lacking.zh}：请{first}“更正当事人信息”", f"{lacking.en}; correct the entry of the party first")


def undisputed_facts_are_signed_by_who_can(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse undisputed facts that somebody has signed for whom nobody acts; the mediation can end without them."""
    return everybody_is_represented(case, form, moment) if form.get("undisputed_signed") else None


def guardians_come(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a session that somebody without full capacity attended and nobody who acts for him (民法典 19 to 23)."""
    here, needs = {name.strip() for name in form.get("attended", ())}, _unable(on_file(case))
    alone = [name for (name, _), names in rules.speakers(case).items() if name in needs and names & here == {name}]
    if not alone:
        return None
    names = "、".join(alone)
    return Refusal(
        f"不是完全民事行为能力人，须由法定代理人到场：{names}", f"{names} comes with the legal representative"
    )


def guardians_sign(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse the signature of somebody without full capacity: his legal representative signs for him (民法典 19 to 23)."""
    return _signed_alone(on_file(case), form.get("signatures", ()))


def _signed_alone(rows: Iterable[Mapping[str, Any]], signatures: Iterable[Values]) -> Refusal | None:
    alone = {row["party"].strip() for row in signatures if not row["by_agent"]}
    if wrong := "、".join(sorted(_unable(rows) & alone)):
        return Refusal(
            f"不是完全民事行为能力人，须由法定代理人签名（勾选“代理人代签”）：{wrong}",
            f"the legal representative signs, by agent, for: {wrong}",
        )
    return None


def capacity_gaps(rows: Sequence[Mapping[str, Any]], signatures: Sequence[Values]) -> list[Refusal]:
    """Say what the signatures of parties still lack who can't act by themselves (民法典 19 to 23)."""
    return [gap for gap in (_represented(rows, *rows), _signed_alone(rows, signatures)) if gap]


def agents_may_sign(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse an agent's signature without a party's special powers that held on its day (民法典 165); a guardian needs none."""
    today = local_date(moment.now)
    until: dict[str, date] = defaultdict(lambda: date.min)
    for row in case.details.get("authorisations", ()):
        if row["powers"] == "special":
            party = row["party"].strip()
            until[party] = max(until[party], date.fromisoformat(str(row["until"])))
    signed = {row["party"].strip(): row["on"] or today for row in form.get("signatures", ()) if row["by_agent"]}
    guarded = _unable(on_file(case))
    if without := "、".join(sorted(name for name, on in signed.items() if name not in guarded and until[name] < on)):
        return Refusal(
            f"代理人代为签字须有当事人在有效期内的特别授权：{without}",
            f"an agent needs special powers, still valid, to sign for: {without}",
        )
    return None


# -- put right, joined, left -------------------------------------------------------


def _corrected(case: CaseView, form: Values) -> list[dict[str, Any]]:
    rows, place = on_file(case), _place(case, form)
    rows[place] |= {name: form[name] for name in _OF_A_PARTY if form[name] not in ("", None)}
    return rows


def it_is_put_right(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse a correction that changes nothing, takes another party's name or leaves somebody without whom he needs."""
    if not form or len(meant(named(case), form["which_party"])) != 1:
        return None
    rows = _corrected(case, form)
    if rows == on_file(case):
        return Refusal("没有要更正的内容，请只填写要更正的项目", "nothing is corrected: fill in what is to be changed")
    if len({row["name"].strip() for row in rows}) < len(rows):
        return Refusal("已有同名的当事人", "another party has that name")
    # Others may lack a representative, who were entered before one was asked for: each is put right by itself.
    return _represented(rows, rows[_place(case, form)])


def another_joins(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse who is a party already, and who lacks a legal representative that he needs."""
    if not form:
        return None
    if form["name"].strip() in rules.parties(case):
        return Refusal("该人已是本案当事人", "that is a party already")
    return _represented([*on_file(case), form], form)


def both_sides_stay(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to let a party go without whom a side has nobody: then mediation ends, or is refused (人民调解法 17)."""
    if not form or len(meant(named(case), form["which_party"])) != 1:
        return None
    rows, place = on_file(case), _place(case, form)
    if rows[place]["side"] in {row["side"] for at, row in enumerate(rows) if at != place}:
        return None
    return Refusal(
        "这一方只有这一名当事人：明确拒绝的，请“一方明确拒绝”；其他情形请“终止调解”",
        "nobody else is on that side: record a refusal, or terminate the mediation",
    )


def nothing_was_agreed_yet(case: CaseView, _form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to change who the parties are of an agreement that has taken effect."""
    if not case.details.get("agreement_kind"):
        return None
    return Refusal(
        "本案已有生效的调解协议，其当事人不能增减：涉及他人的纠纷请另案办理",
        "an agreement is in effect between these parties: what others dispute is a case of its own",
    )


def _renamed(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {key: _renamed(kept, old, new) for key, kept in value.items()}
    if isinstance(value, list):
        return [_renamed(kept, old, new) for kept in value]
    return new if isinstance(value, str) and value.strip() == old else value


def _with(case: CaseView, rows: Sequence[Mapping[str, Any]], moment: Moment, **more: Any) -> dict[str, Any]:
    return {"application": {**case.details["application"], "parties": rows, **more}, **household(case, rows, moment)}


def household(case: CaseView, rows: Sequence[Mapping[str, Any]], moment: Moment) -> dict[str, Any]:
    """Return the mark of the households of a dispute, and their earlier ones."""
    mark, register = rules.households(rows), moment.known()
    earlier = register.earlier(case.id, mark) if mark and register else []
    known = {"earlier_cases": earlier} if earlier or case.details.get("earlier_cases") else {}
    return {"households": mark, **known}


def corrected(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Put a party's entry right; a name wherever it stands on file, for it is the same person who agreed and was told."""
    old, rows, kept = on_file(case)[_place(case, form)]["name"].strip(), _corrected(case, form), case.details
    if not form["name"]:
        return _with(case, rows, moment)
    # Also where he acts for another party.
    found = _with(case, _renamed(rows, old, form["name"]), moment)
    return {name: _renamed(kept[name], old, form["name"]) for name in _NAMED_IN if kept.get(name)} | found


def dispute_corrected(case: CaseView, form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Put right what the dispute is about."""
    said = {name: form[name] for name in _OF_THE_DISPUTE if form[name] not in ("", None)}
    return {"application": {**case.details["application"], **said}, "dispute_type": form["dispute_type"]}


def joined(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Enter one more party."""
    one = {name: value for name, value in form.items() if name != "joined_because"}
    return _with(case, [*on_file(case), one], moment)


def left(case: CaseView, form: Values, moment: Moment) -> Mapping[str, Any]:
    """Keep who is a party no longer, and why, beside those who are."""
    rows, place = on_file(case), _place(case, form)
    # Under the name that its rows have in the application, so that it is masked like them.
    gone = {"parties": [rows.pop(place)], **{name: form[name] for name in ("left_because", "note", "routes")}}
    return {**_with(case, rows, moment), "parties_left": [*case.details.get("parties_left", ()), gone]}


def asked_again(case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
    """Begin anew, and keep how it had ended before."""
    kept = case.details
    over = [{"ended_as": name, name: kept[name]} for name in _ENDS if kept.get(name)]
    return {**dict.fromkeys(_ENDS), "earlier_ends": [*kept.get("earlier_ends", ()), *over]}
