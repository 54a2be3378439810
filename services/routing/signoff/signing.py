"""Who signs, in whose place, with what opinion, and by when it has to be done. Pure; posts, roster and phrases are data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from chassis.clocks import Clock, Unit
from chassis.street import STREET
from chassis.workcalendar import local, local_date, standard_calendar
from chassis.workflow import Refusal, Role, one_name
from services.routing import rules
from services.routing.rules import RulesError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from chassis.workflow import CaseView, Moment, Values

#: The steps that are signatures, each a link of the chain.
SIGNATURES: Final = ("signed_by_rule", "signed", "countersigned", "sent_back")
#: The clocks of an appeal that waits for its signature.
WAITING: Final = ("sign_off", "sign_off_reminder", "duty_sign_off", "duty_sign_off_alarm")
_WEEK: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_PHRASES: Final = frozenset({"proposal", "proposal_assisted", "proposal_unknown", "phrases"})
_MINUTE: Final = timedelta(minutes=1)
#: How the id begins by which whoever is on duty signs; those of delegations do not.
_BY_ROSTER: Final = "duty-"
#: The longest time for which one may be away or delegate, and the latest time that may be required.
LONGEST: Final = timedelta(days=92)
LATEST: Final = timedelta(days=60)


# -- the rules as data ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Leader:
    """A post of `leaders.toml`: whose accounts hold it, and the units it is in charge of (分管)."""

    code: str
    zh: str
    principal: bool
    accounts: frozenset[str]
    in_charge: frozenset[str]


@dataclass(frozen=True, slots=True)
class Leaders:
    """The posts by code, and who is on duty (带班): by weekday, and on days of their own."""

    posts: Mapping[str, Leader]
    week: tuple[str, ...]
    days: Mapping[date, str]

    @property
    def principal(self) -> Leader:
        """The principal leader (主要负责人)."""
        return next(post for post in self.posts.values() if post.principal)


@cache
def leaders() -> Leaders:
    """Return the posts and the roster as shipped or changed by the street; raises RulesError."""
    return read_leaders(rules.table("leaders"))


@cache
def phrases() -> tuple[str, ...]:
    """Return the common phrases of opinions; raises RulesError."""
    table = rules.table("phrases")
    if {*table} != _PHRASES or not all(isinstance(one, str) and one.strip() for one in table["phrases"]):
        raise RulesError(f"phrases.toml: needed are {', '.join(sorted(_PHRASES))}, and no other; phrases are texts")
    return tuple(table["phrases"])


def read_leaders(table: Mapping[str, Any]) -> Leaders:
    """Read the posts: one principal, no account in two posts, known units; and a roster of known posts."""
    posts: dict[str, Leader] = {}
    taken: set[str] = set()
    for at, row in enumerate(table.get("leader", ()), 1):
        where = f"leaders.toml, leader {at} ({row.get('code', '?')})"
        if {*row} - {"principal"} != {"code", "zh", "accounts", "in_charge"}:
            raise RulesError(f"{where}: needed are code, zh, accounts, in_charge, and for one of them principal = true")
        if row["code"] in posts:
            raise RulesError(f"{where}: there is such a post already")
        if unknown := sorted({*row["in_charge"]} - {*rules.units()}):
            raise RulesError(f"{where}: in_charge: no such unit: {', '.join(unknown)}")
        if twice := sorted({*row["accounts"]} & taken):
            raise RulesError(f"{where}: accounts: already in another post: {', '.join(twice)}")
        taken |= {*row["accounts"]}
        posts[row["code"]] = Leader(
            row["code"],
            row["zh"],
            row.get("principal") is True,
            frozenset(row["accounts"]),
            frozenset(row["in_charge"]),
        )
    if len([post for post in posts.values() if post.principal]) != 1:
        raise RulesError("leaders.toml: exactly one leader has principal = true")
    return Leaders(posts, _roster(table, posts), _days(table, posts))


def _roster(table: Mapping[str, Any], posts: Mapping[str, Leader]) -> tuple[str, ...]:
    week = table.get("duty", {})
    if {*week} != {*_WEEK} or not {*week.values()} <= {*posts}:
        raise RulesError(f"leaders.toml, [duty]: each of {', '.join(_WEEK)} names one of {', '.join(posts)}")
    return tuple(week[day] for day in _WEEK)


def _days(table: Mapping[str, Any], posts: Mapping[str, Leader]) -> dict[date, str]:
    found: dict[date, str] = {}
    for at, row in enumerate(table.get("duty_on", ()), 1):
        if {*row} != {"date", "leader"} or type(row["date"]) is not date or row["leader"] not in posts:
            raise RulesError(f"leaders.toml, duty_on {at}: needed are a date and a leader of {', '.join(posts)}")
        found[row["date"]] = row["leader"]
    return found


# -- who signs ------------------------------------------------------------------


def post_of(account: str) -> Leader | None:
    """Return the post that a leader's account holds.

    While the principal's own account is not listed, whoever is in no other post signs as the principal.
    """
    known = leaders()
    for post in known.posts.values():
        if account in post.accounts:
            return post
    return known.principal if not known.principal.accounts else None


def named(code: str) -> str:
    """Return what a post is called."""
    post = leaders().posts.get(code)
    return post.zh if post else code


@cache
def in_charge(unit: str) -> str:
    """Return the post in charge of a unit (分管领导), or an empty string."""
    return next((post.code for post in leaders().posts.values() if unit in post.in_charge), "")


def covers(delegation: Values, urgency: str, mechanism: str) -> bool:
    """Say whether a delegation's scope takes in such an appeal; an empty scope takes in all."""
    urgencies, mechanisms = delegation["urgencies"], delegation["mechanisms"]
    return (not urgencies or urgency in urgencies) and (not mechanisms or mechanism in mechanisms)


def authority(details: Values, moment: Moment) -> str | Refusal:
    """Return the id of the delegation by which somebody may sign, empty in his own right, or why he may not."""
    if moment.role is Role.BUS:
        return ""
    principal, post = leaders().principal, post_of(moment.actor)
    if post is None:
        return Refusal(
            "您的账号没有列入领导职务表，不能签批；请管理员在 leaders.toml 中登记",
            "your account holds no post in leaders.toml, so it signs nothing",
        )
    if post is principal:
        return ""
    passed = details.get("passed_on") or {}
    if passed.get("post") == post.code and _stands(passed, moment):
        return str(passed["delegation_id"])
    for delegation in _in_force(details, moment):
        if delegation["to_post"] == post.code:
            return str(delegation["id"])
    return Refusal(
        f"本件由{principal.zh}签批：您（{post.zh}）没有其有效委托，也未轮到您带班代签",
        f"this waits for {principal.code}: {post.code} has no delegation that is running, and it did not come to you by the duty roster",
    )


def _stands(passed: Values, moment: Moment) -> bool:
    """Say whether an appeal that was passed on is still his to sign: by the roster, or by a delegation that is not over."""
    by = str(passed["delegation_id"])
    return by.startswith(_BY_ROSTER) or by in {one["id"] for one in _delegations(moment)}


def others_at_hand(moment: Moment) -> set[str]:
    """Return the accounts of the other leaders, but those whose post is away; a second account of one's own is no other."""
    known, own = moment.known(), one_name(moment.actor_name)
    running = (one for one in _delegations(moment) if one["starts_at"] <= moment.now < one["ends_at"])
    away = {one["from_post"] for one in running if one["kind"] == "absence"}
    others = (
        account
        for account, name in (known.colleagues if known else {}).items()
        if account != moment.actor and not (own and one_name(name) == own)
    )
    return {account for account in others if not ((post := post_of(account)) and post.code in away)}


def may_sign(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse a signature in somebody else's name without a delegation."""
    found = authority(case.details, moment)
    return found if isinstance(found, Refusal) else None


def _delegations(moment: Moment) -> Sequence[Values]:
    known = moment.known()
    return known.delegations if known else ()


def _in_force(details: Values, moment: Moment) -> list[Values]:
    """List the principal's absences and delegations that are running and take in an appeal."""
    principal = leaders().principal.code
    return [
        one
        for one in _delegations(moment)
        if one["from_post"] == principal
        and one["starts_at"] <= moment.now < one["ends_at"]
        and covers(one, str(details.get("urgency", "")), str(details.get("mechanism", "")))
    ]


def pass_on(case: CaseView, _form: Values, moment: Moment) -> dict[str, Any]:
    """Work out who signs what the principal has not signed in time: his delegate, or whoever is on duty (regulations 2.3)."""
    told = _awaited("passed_on")
    for delegation in _in_force(case.details, moment):
        if delegation["to_post"]:
            return {**told, "passed_on": {"post": delegation["to_post"], "delegation_id": delegation["id"]}}
    away = {one["from_post"] for one in _delegations(moment) if one["starts_at"] <= moment.now < one["ends_at"]}
    stand_in = on_duty(moment.now, away)
    by_roster = f"{_BY_ROSTER}{local_date(moment.now).isoformat()}-{stand_in}"
    return {**told, "passed_on": {"post": stand_in, "delegation_id": by_roster}}


def remind(_case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Say that a signature is waited for."""
    return _awaited("reminded")


def call_overdue(_case: CaseView, _form: Values, _moment: Moment) -> dict[str, Any]:
    """Say that a signature is overdue."""
    return _awaited("overdue")


def _awaited(level: str) -> dict[str, Any]:
    return {"awaited": level, "awaits": leaders().principal.code}


def on_duty(now: datetime, away: Iterable[str] = ()) -> str:
    """Return the post on duty that signs for the principal; where it is away itself, or nobody's, the first that is not."""
    known, today = leaders(), local_date(now)
    duty = known.days.get(today) or known.week[today.weekday()]
    nobodys = (code for code, post in known.posts.items() if not post.accounts)
    barred = {known.principal.code, *away, *nobodys}
    others = [code for code in known.posts if code not in barred]
    return duty if duty not in barred or not others else others[0]


def delegation_faults(form: Values, *, own: str, now: datetime) -> list[dict[str, str]]:
    """List what is wrong with an absence or delegation that a leader enters, as API errors."""
    faults = []
    if form["to_post"] == own:
        faults.append(("to_post", "不能委托给自己", "nobody delegates to himself"))
    if form["kind"] == "delegation" and not form["to_post"]:
        faults.append(("to_post", "委托须写明被委托的领导", "a delegation names somebody"))
    if form["ends_at"] <= max(form["starts_at"], now):
        faults.append(
            ("ends_at", "结束时间应晚于开始时间，且不能已过去", "it ends after its start, and not in the past")
        )
    elif form["ends_at"] - form["starts_at"] > LONGEST:
        faults.append(("ends_at", f"最长 {LONGEST.days} 天", f"{LONGEST.days} days at the most"))
    if form["starts_at"] < now - timedelta(days=1):
        faults.append(("starts_at", "不能补记过去的委托", "nothing is delegated afterwards"))
    return [{"pointer": f"/{name}", "zh": zh, "en": en} for name, zh, en in faults]


# -- changes --------------------------------------------------------------------


def proposal(details: Values, form: Values, moment: Moment) -> str:
    """Spell the desk's proposal (拟办意见) from the dispatch rules that are live, with what a person sets now."""
    asked = rules.dispatching(details, form)
    found = rules.rule_set(moment).fired(asked.matter, at=moment.now, fixed=asked.fixed)
    if found is None:
        return str(rules.table("phrases")["proposal_unknown"])
    return _worded(found.lead, found.assist, rules.with_form(details, form)["urgency"])


def _worded(lead: str, assist: Collection[str], urgency: str) -> str:
    units, text = rules.units(), rules.table("phrases")["proposal_assisted" if assist else "proposal"]
    assisting = "、".join(units[code] for code in assist)
    return str(text).format(lead=units[lead], assist=assisting, urgency=rules.promises()[urgency].zh)


def propose(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Put an appeal to the leader with a proposal."""
    return {"proposal": proposal(case.details, form, moment)}


def correct(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Put the desk's grades and its proposal to the leader."""
    graded = rules.correct(case, form, moment)
    return {**graded, "proposal": form.get("proposal") or proposal(case.details, form, moment), "passed_on": None}


def sign(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Work out a signature: the dispatch, the leader in charge, the time that is required, and by which delegation."""
    decided = rules.sign(case, form, moment)
    required = form.get("required_due_at")
    if required:
        own = _required_clock(moment.now, required)
        looks = filter(None, (decided["look_at"], rules.first_look([own])))
        decided |= {"clocks": [*decided["clocks"], own], "look_at": min(looks, default=None)}
    return {
        **decided,
        # What a rule signs was put to nobody: the proposal is what it has worked out.
        "proposal": case.details.get("proposal") or _proposed(decided),
        "assigned_leader": form.get("assigned_leader") or in_charge(decided["lead_unit"]),
        "required_due_at": required,
        "delegation_id": authority(case.details, moment),
    }


def _proposed(decided: Values) -> str:
    return _worded(decided["lead_unit"], decided["assisting_units"], decided["urgency"])


def send_first(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Work out the dispatch of what is signed afterwards (先办后签): as the desk grades it, or as it was judged."""
    known, decided = rules.with_form(case.details, form), rules.dispatch(case, form, moment)
    signs = rules.sign_off(urgency=known["urgency"], severity=known["severity"])
    return {
        **(rules.correct(case, form, moment) if form else {}),
        **decided,
        "proposal": _proposed(decided),
        "retroactive": True,
        "by_rule": False,
        "signer": "",
        "opinion": "",
        "sign_off_rule": {"rule": signs.rule, "zh": signs.zh, "en": signs.en},
        "assigned_leader": in_charge(decided["lead_unit"]),
        "required_due_at": None,
        "passed_on": None,
    }


def _goes_first(details: Values) -> bool:
    """Say whether the rules of sign-off send it before anybody signs."""
    return rules.sign_off(urgency=details["urgency"], severity=details["severity"]).retroactive


def goes_first(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to send what can wait before a leader has signed."""
    if _goes_first(rules.with_form(case.details, form)):
        return None
    return Refusal(
        "只有特急、紧急诉求可以先派后签；本件请研判后报领导签批",
        "only emergencies and urgent appeals go before they are signed: put this one to a leader",
    )


def can_wait(_case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to let an emergency wait for a signature."""
    if not form or not _goes_first(form):
        return None
    return Refusal(
        "特急、紧急诉求不等签批，请用“先派后签”立即派单，由领导补签",
        "an emergency waits for no signature: send it first, and a leader signs afterwards",
    )


def countersign(case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Note who signed afterwards, and by which delegation."""
    return {
        **rules.countersign(case, form, moment),
        "opinion": form["opinion"],
        "delegation_id": authority(case.details, moment),
    }


def _required_clock(now: datetime, due_at: datetime) -> dict[str, Any]:
    return Clock(
        name="required",
        started_at=now,
        limit=max((due_at - now) // _MINUTE, 1),
        unit=Unit.MINUTE,
        basis="领导批示",
        zh="领导批示要求时限",
        en="Required by the leader",
    ).to_dict()


def due_is_kept(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse a required time that is over, or later than the promise to the resident without a reason."""
    required = form.get("required_due_at")
    if required is None:
        return None
    if required <= moment.now:
        return Refusal("要求办结时间已经过去", "the required time is over already")
    if required > moment.now + LATEST:
        return Refusal(f"要求办结时间最远为 {LATEST.days} 天", f"{LATEST.days} days from now at the latest")
    bound = rules.upstream_bound(case.details.get("external"))
    [finish] = [row for row in rules.promise(case.details["urgency"], moment.now, bound) if row["name"] == "finish"]
    promised = Clock.from_dict(finish).due_at(standard_calendar())
    if required <= promised or form.get("due_reason"):
        return None
    shown = f"{local(promised):%Y-%m-%d %H:%M}"
    return Refusal(
        f"要求办结时间晚于对诉求人承诺的时限（{shown}）：请提前，或写明理由",
        f"the required time is later than the promise ({shown}): choose an earlier one, or give a reason",
    )


# -- the record -----------------------------------------------------------------


def record(case: CaseView, trigger: str, form: Values, moment: Moment) -> dict[str, Any]:
    """Return the content of a signature as it is chained (regulations 2.3)."""
    details, by_rule = case.details, trigger == "signed_by_rule"
    post = None if by_rule else post_of(moment.actor)
    return {
        "case_id": case.id,
        "appeal_id": case.subject,
        "number": details["number"],
        "kind": trigger,
        "signer_id": "" if by_rule else moment.actor,
        "signer": details["signer"] if by_rule else moment.actor_name or moment.actor,
        "role": "rule" if by_rule else post.code if post else "",
        "by_rule": by_rule,
        "proposal": details.get("proposal", ""),
        "opinion": form.get("opinion") or details.get("opinion", ""),
        "assigned_leader": details.get("assigned_leader", ""),
        "lead_unit": details.get("lead_unit", ""),
        "co_units": details.get("assisting_units", []),
        "required_due_at": details.get("required_due_at"),
        "due_reason": form.get("due_reason", ""),
        "signed_at": moment.now,
        "is_retroactive": trigger == "countersigned",
        "delegation_id": ""
        if by_rule
        else authority(details, moment)
        if trigger == "sent_back"
        else details["delegation_id"],
    }


def signature_number(serial: int) -> str:
    """Spell the number of a signature (签批号), such as 彭李签00000123号."""
    return f"{STREET.word}签{serial:08d}号"
