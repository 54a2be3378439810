"""The versions of the dispatch rules as they are kept: drafted, put live by a second person, never changed.

Which version counts is read in the transaction that dispatches, so that all replicas go over to a new one at the same
moment. What a version says never changes; each process keeps the ones it has read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import func, select

from chassis.problems import ProblemError, not_found
from chassis.workcalendar import local_date
from chassis.workflow import person
from services.routing.dispatch import ruleset
from services.routing.dispatch.rulecheck import check, errors
from services.routing.dispatch.ruleset import RuleSet, RuleSetError
from services.routing.models import RuleText, RuleTurn

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.orm import Session

    from chassis.access import Principal
    from services.routing.dispatch.ruleset import Finding

log = structlog.get_logger(__name__)

#: The shipped catalogue is this one, also where no version was ever stored.
FIRST: Final = 1
#: No version has a greater number; the database knows none.
_LARGEST: Final = 2**31
_MOST_KEPT: Final = 32
_read: dict[tuple[int, str], RuleSet] = {}


def live(session: Session, now: datetime) -> RuleSet:
    """Return the version that is live at a moment; the shipped one in a database that no migration has made."""
    order = RuleTurn.begins_at.desc(), RuleTurn.seq.desc()
    found = session.execute(
        select(RuleTurn.version, RuleTurn.digest).where(RuleTurn.begins_at <= now).order_by(*order).limit(1)
    ).first()
    return ruleset.shipped() if found is None else _known(session, found.version, found.digest)


def version(session: Session, number: int) -> RuleSet | None:
    """Return a version, or None where there is none."""
    digest = session.scalar(select(RuleText.digest).where(RuleText.version == number)) if number <= _LARGEST else None
    if digest is not None:
        return _known(session, number, digest)
    return ruleset.shipped() if number == FIRST else None


def _known(session: Session, number: int, digest: str) -> RuleSet:
    if (number, digest) not in _read:
        if len(_read) >= _MOST_KEPT:
            _read.clear()
        text = session.scalars(select(RuleText.text).where(RuleText.version == number)).one()
        try:
            _read[number, digest] = ruleset.read(text, number)
        except RuleSetError as error:
            # A unit or mechanism that it names is gone. Whatever comes in waits for a person, and says so, until another
            # version is put live; some of the rules without the others would send it to the wrong ones.
            log.warning("rules_unusable", version=number, findings=str(error))
            _read[number, digest] = RuleSet(number, text, (), fault=error.findings[0])
    return _read[number, digest]


def texts(session: Session) -> list[RuleText]:
    """Return all versions, the newest first; the shipped one is always among them."""
    stored = list(session.scalars(select(RuleText).order_by(RuleText.version.desc())))
    return stored if any(one.version == FIRST for one in stored) else [*stored, _shipped()]


def text_of(session: Session, number: int) -> RuleText:
    """Return a version as it was written; raises ProblemError where there is none."""
    found = session.get(RuleText, number) if number <= _LARGEST else None
    if found is None and number == FIRST:
        found = _shipped()
    if found is None:
        raise not_found(f"派单规则没有第 {number} 版", f"There is no version {number} of the dispatch rules")
    return found


def _shipped() -> RuleText:
    return RuleText(
        version=FIRST, text=ruleset.shipped_text(), digest=ruleset.shipped().digest, note="", by="", by_name=""
    )


def turns(session: Session) -> list[RuleTurn]:
    """Return when which version was put live, by whom and why, the last decision first."""
    return list(session.scalars(select(RuleTurn).order_by(RuleTurn.seq.desc())))


def refusal(findings: Sequence[Finding]) -> ProblemError:
    """Make the answer to rules that can't be used: each finding with its rule and line."""
    return ProblemError(
        422,
        "rules",
        "规则有误，不能使用",
        "The rules can't be used",
        errors=[
            {"pointer": "/text", "zh": said(one), "en": f"line {one.line} {one.rule}: {one.en}"}
            for one in findings
            if one.level == "error"
        ],
        findings=as_json(findings),
    )


def as_json(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Give findings as JSON data."""
    return [{"level": one.level, "rule": one.rule, "line": one.line, "zh": said(one), "en": one.en} for one in findings]


def said(finding: Finding) -> str:
    """Say a finding in Chinese, with where it is."""
    where = f"第 {finding.line} 行" if finding.line else ""
    name = f"规则 {finding.rule}" if finding.rule else ""
    place = "，".join(filter(None, (where, name)))
    return f"{place}：{finding.zh}" if place else finding.zh


def draft(session: Session, text: str, *, note: str, who: Principal, now: datetime) -> tuple[RuleText, list[Finding]]:
    """Keep a new version, which is not live yet; raises ProblemError with all that is wrong with it."""
    text = text.replace("\r\n", "\n")
    _, findings = check(text, local_date(now))
    if errors(findings):
        raise refusal(findings)
    digest = ruleset.digest_of(text)
    same = [one.version for one in texts(session) if one.digest == digest]
    if same:
        raise ProblemError(
            409, "same", f"与第 {same[0]} 版完全相同，没有另存", f"It is the same as version {same[0]}", version=same[0]
        )
    last = session.scalar(select(func.max(RuleText.version))) or FIRST
    kept = RuleText(version=last + 1, text=text, digest=digest, note=note, by=who.id, by_name=who.name, at=now)
    session.add(kept)
    session.flush()
    return kept, findings


def put_live(
    session: Session, number: int, *, begins_at: datetime | None, seen: int, reason: str, who: Principal, now: datetime
) -> RuleTurn:
    """Put a version live from a moment on; raises ProblemError where that may not be.

    Who drafted a version does not put it live, unless it has been live before (a rollback). `seen` is the version that
    was live when it was decided.
    """
    # One decision after the other, so that the second one sees the first.
    session.execute(select(RuleTurn.seq).order_by(RuleTurn.seq.desc()).limit(1).with_for_update())
    # Whoever decided first may have done so by a clock that goes ahead of this one.
    now = max(now, session.scalar(select(func.max(RuleTurn.at))) or now)
    begins = begins_at or now
    text = text_of(session, number)
    present = live(session, now)
    been = number == FIRST or session.scalar(
        select(func.count()).select_from(RuleTurn).where(RuleTurn.version == number, RuleTurn.begins_at <= now)
    )
    if begins < now:
        raise ProblemError(409, "past", "生效时间不能早于现在", "Rules can't go live in the past")
    if present.version != seen:
        zh = f"现行规则已是第 {present.version} 版，与您看到的第 {seen} 版不同，请重新比较后再发布"
        raise ProblemError(409, "stale", zh, f"Version {present.version} is live by now: compare again")
    if not been and not person(text.by, text.by_name).isdisjoint(person(who.id, who.name)):
        raise ProblemError(
            403,
            "four-eyes",
            "起草人不能发布自己起草的规则，请由另一位领导审核发布",
            "Who drafted a version does not put it live: somebody else does",
        )
    if number == present.version and begins == now:
        raise ProblemError(409, "live", f"第 {number} 版已在执行", f"Version {number} is live already")
    wrong = errors(check(text.text, local_date(begins))[1])
    if wrong:
        raise refusal(wrong)
    turn = RuleTurn(
        version=number, digest=text.digest, begins_at=begins, reason=reason, by=who.id, by_name=who.name, at=now
    )
    session.add(turn)
    session.flush()
    return turn
