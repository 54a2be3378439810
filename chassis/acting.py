"""Steps taken through a door: a form checked, a step taken, a repeated request known again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import structlog
from marshmallow import Schema, ValidationError
from sqlalchemy import insert, select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from chassis import metrics
from chassis.database import is_outage
from chassis.forms import explain_errors
from chassis.picking import laid_in
from chassis.problems import ProblemError, invalid, not_found, unstorable
from chassis.views import actions
from chassis.wire import dumps
from chassis.work import Work
from chassis.workflow import IllegalStepError, NotPermittedError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from chassis.access import Principal
    from chassis.blueprint import Blueprint
    from chassis.database import Database

log = structlog.get_logger(__name__)

_KEY_LENGTH = 100
#: So much of what is no step is said back.
_ECHOED = 40
#: How often a step is tried again when others change its case at the same moment.
_RACES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """A step that somebody asks for; `version` is that of the case as they saw it."""

    case_id: str
    trigger: str
    form: Mapping[str, Any]
    version: int | None = None


def take(work: Work, action: Action) -> Any:
    """Take one step in a transaction at hand, or raise ProblemError."""
    service = work.service
    workflow = service.workflow
    case = work.case_by_id(action.case_id)
    if case is None or workflow is None:
        raise not_found("没有这个案件", "There is no such case")
    if action.version is not None and action.version != case.version:
        raise stale(case.version)
    try:
        step = workflow.step(case.state, action.trigger)
        loaded = step.form().load(dict(action.form)) if step.form else _nothing(action.form)
        _pictures_are_there(work, case, step.form, loaded)
        if action.trigger in service.before:
            loaded = service.before[action.trigger](work, case, loaded)
        work.step(case, action.trigger, loaded)
    except ValidationError as error:
        raise invalid(explain_errors(step.form or Schema, error.messages, service.terms)) from None
    except IllegalStepError as error:
        raise ProblemError(
            409,
            "illegal-step",
            f"案件现在是“{service.terms.state(error.state, 'zh')}”，不能执行“{_named(service, action.trigger)}”；请刷新页面查看",
            f"The case's state has no step {action.trigger!r}",
            state=error.state,
            allowed=_allowed(work, case),
        ) from None
    except NotPermittedError as error:
        raise ProblemError(
            403, "not-permitted", "您没有执行这一步的权限", f"This step is for: {', '.join(error.roles)}"
        ) from None
    except RefusedError as error:
        raise ProblemError(
            409,
            "refused",
            "这一步现在不能执行",
            "This step is not possible now",
            errors=[{"pointer": "", "zh": r.zh, "en": r.en} for r in error.refusals],
            state=case.state,
            allowed=_allowed(work, case),
        ) from None
    return case


def _pictures_are_there(work: Work, case: Any, form: type[Schema] | None, loaded: Mapping[str, Any]) -> None:
    """Refuse a form that names a picture which was not laid to the case. Raises ProblemError."""
    named = list(laid_in(form(), loaded)) if form else []
    if not named:
        return
    table = work.service.evidence
    asked = None if table is None else select(table.c.digest).where(table.c.case_id == case.id)
    known = set() if asked is None else {*work.session.scalars(asked)}
    absent = [
        {
            "pointer": where,
            "zh": "本案的案卷材料中没有这张照片：请先在“案卷材料”中添加，再选择",
            "en": "No such picture was laid to the case: add it to the material on file first, then choose it",
        }
        for where, digest in named
        if digest not in known
    ]
    if absent:
        raise invalid(absent)


def _named(service: Blueprint, trigger: str) -> str:
    """Name a step in Chinese; what is no step of the service, as it was asked for."""
    steps = service.workflow.steps if service.workflow else ()
    return service.terms.trigger(trigger, "zh") if any(step.trigger == trigger for step in steps) else trigger[:_ECHOED]


def _allowed(work: Work, case: Any) -> list[str]:
    """Name the steps that this person could take instead."""
    if work.principal is None:
        return []
    offered = actions(
        case, work.service, work.principal, work.now, known=work.known, took=work.took, clocks=work.clocks_of
    )
    return [action["trigger"] for action in offered if action["allowed"]]


def _nothing(form: Mapping[str, Any]) -> dict[str, Any]:
    if form:
        raise invalid(
            [{"pointer": f"/{name}", "zh": "这一步不需要填写内容", "en": "This step takes no form"} for name in form]
        )
    return {}


def stale(version: int) -> ProblemError:
    """Make the 409 of somebody who saw an older version."""
    return ProblemError(
        409,
        "stale",
        "案件已被他人更新，请刷新后再试",
        "Somebody else has changed the case; read it again",
        version=version,
    )


class Acting:
    """Takes steps for people, each once however often it is asked for."""

    def __init__(
        self, database: Database, blueprint: Blueprint, *, now: Callable[[], datetime], wake: Callable[[], object]
    ) -> None:
        self.database = database
        self.blueprint = blueprint
        self.now = now
        self.wake = wake

    def one(self, principal: Principal, action: Action, key: str = "") -> dict[str, Any]:
        """Take one step; return the case's new state and version. Raises ProblemError."""

        def run(work: Work) -> dict[str, Any]:
            case = take(work, action)
            work.session.flush()
            return {"id": case.id, "state": case.state, "version": case.version}

        request = [action.case_id, action.trigger, dict(action.form), action.version]
        answer = self.once(principal, key, request, run)
        metrics.STEPS.labels(self.blueprint.name, action.trigger).inc()
        return answer

    def many(self, principal: Principal, actions: list[Action], key: str = "") -> list[dict[str, Any]]:
        """Take many steps: all in one transaction, or if one fails, each in its own.

        With an idempotency key each step has its place in the list as a key of its own.

        Returns a result per action: id, state and version, or a problem.
        """
        if key:
            return [self._alone(principal, action, f"{key}#{place}") for place, action in enumerate(actions)]
        try:
            with self.database.write() as session:
                work = Work(session, self.blueprint, self.now(), principal=principal)
                work.prefetch_by_id(action.case_id for action in actions)
                cases = [take(work, action) for action in actions]
                work.record()
                results = [{"id": case.id, "state": case.state, "version": case.version} for case in cases]
        except Exception as error:
            if is_outage(error):
                raise
            results = [self._alone(principal, action) for action in actions]
        self.wake()
        return results

    def _alone(self, principal: Principal, action: Action, key: str = "") -> dict[str, Any]:
        try:
            return self.one(principal, action, key)
        except ProblemError as problem:
            return {"id": action.case_id, "problem": problem.body()}
        except DataError:
            return {"id": action.case_id, "problem": unstorable().body()}
        except Exception as error:
            if is_outage(error):
                raise
            log.exception("action_failed", service=self.blueprint.name, case=action.case_id, trigger=action.trigger)
            internal = ProblemError(500, "internal", "系统内部错误，已记录", "Internal error; it is on record")
            return {"id": action.case_id, "problem": internal.body()}

    def once(
        self, principal: Principal | None, key: str, request: Any, run: Callable[[Work], dict[str, Any]]
    ) -> dict[str, Any]:
        """Run something in a transaction, once per idempotency key.

        The same key with the same request gives the first answer again; with
        another request it is refused (409). Where somebody else, or a letter, changes the
        case at the same moment, it is run again on the case as it is then.
        """
        for _ in range(_RACES):
            try:
                return self._once(principal, key, request, run)
            except StaleDataError:
                continue
        raise stale(0)

    def _once(
        self, principal: Principal | None, key: str, request: Any, run: Callable[[Work], dict[str, Any]]
    ) -> dict[str, Any]:
        if len(key) > _KEY_LENGTH:
            raise ProblemError(
                400, "key-too-long", "Idempotency-Key 过长", f"Idempotency-Key has more than {_KEY_LENGTH} characters"
            )
        owner = principal.id if principal else "public"
        full = f"{owner}:{key}"
        digest = hashlib.sha256(dumps(request, in_order=True)).hexdigest() if key else ""
        try:
            with self.database.write() as session:
                if key:
                    known = self._known(session, full, digest)
                    if known is not None:
                        return known
                work = Work(session, self.blueprint, self.now(), principal=principal)
                answer = run(work)
                work.record()
                if key:
                    session.execute(
                        insert(self.blueprint.store.answers),
                        {"key": full, "request": digest, "status": 200, "body": answer, "answered_at": self.now()},
                    )
        except (IntegrityError, ProblemError):
            # Perhaps the same request won a race against this one: then its answer is this one's too.
            known = None
            if key:
                with self.database.read() as session:
                    known = self._known(session, full, digest)
            if known is None:
                raise
            return known
        self.wake()
        return answer

    def _known(self, session: Any, full: str, digest: str) -> dict[str, Any] | None:
        table = self.blueprint.store.answers
        row = session.execute(select(table.c.request, table.c.body).where(table.c.key == full)).one_or_none()
        if row is None:
            return None
        if row.request != digest:
            raise ProblemError(
                409,
                "key-reused",
                "本页已提交过，内容与本次不同：上一次的已保存，本次没有保存（该 Idempotency-Key 已用于另一请求）",
                "This page was sent before, with other content: that was stored, this was not (the Idempotency-Key was used for another request)",
            )
        return dict(row.body)
