"""What it reads, does and tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from marshmallow import fields, validate
from sqlalchemy import insert

from chassis.clocks import Clock, Unit
from chassis.facts import Fact
from chassis.schemas import FactSchema, FormSchema
from chassis.service import Service, chore, reads
from chassis.work import NotYetError
from chassis.workflow import Caution, Refusal, Role, Step, Workflow
from tests.chassis.made_up.models import Effect

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.work import Work
    from chassis.workflow import CaseView, Moment, Values, Warns


class Opened(FactSchema):
    title = fields.String(required=True)
    hours = fields.Integer(load_default=0)


class Said(FactSchema):
    words = fields.String(required=True)


class Sent(FactSchema):
    to = fields.String(required=True)


class Painted(FormSchema):
    colour = fields.String(required=True, validate=validate.OneOf(["red", "blue"]), metadata={"example": "red"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingEchoed(Fact):
    """The thing has heard something."""

    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThingPainted(Fact):
    """The thing has a colour now."""

    colour: str
    by: str
    at: datetime


def not_red_twice(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
    """Refuse to paint red what is red."""
    if form.get("colour") == "red" and case.details.get("colour_now") == "red":
        return Refusal("已经是红色", "it is red already")
    return None


def red_is_loud(case: CaseView, now: datetime) -> list[Caution]:
    """Warn of red, and say when that was seen."""
    if case.details.get("colour_now") != "red":
        return []
    return [Caution("red", f"红色醒目，请再看一眼（{now:%Y}）。", f"Red is loud, look again ({now:%Y}).", "颜色规定-1")]


THING = Workflow(
    "made_up",
    Step("open", "heard", "open", who=Role.BUS, keeps=""),
    Step(
        "open",
        "painted",
        "open",
        who=Role.HANDLER,
        form=Painted,
        guards=(not_red_twice,),
        change=lambda _case, form, _moment: {"colour": form["colour"], "colour_now": form["colour"]},
        tells=(ThingPainted,),
        repeatable=True,
    ),
    Step("open", "closed", "closed", who=(Role.HANDLER, Role.LEADER)),
    Step("open", "ran_out", "late", who=Role.CLOCK, expires="patience"),
    initial="open",
    stages={"open": "handle", "closed": "feedback"},
)


class MadeUpService(Service):
    """Keeps things of no meaning."""

    name = "made_up"
    workflow: ClassVar[Workflow | None] = THING
    warnings: ClassVar[tuple[Warns, ...]] = (red_is_loud,)

    def __init__(self) -> None:
        #: Subjects that it can't handle; each time it is asked, `broken` says so.
        self.broken: set[str] = set()
        self.asked: list[str] = []

    @reads("teller.thing_opened.v1", Opened)
    def on_thing_opened(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Open a thing, with a clock if it says how long."""
        subject = self._ask(work)
        if work.case(subject) is not None:
            return
        case = work.open(subject, title=fact["title"])
        if fact["hours"]:
            clock = Clock(name="patience", started_at=work.now, limit=fact["hours"], unit=Unit.HOUR)
            work.start_clock(case, clock, "statutory")

    @reads("teller.thing_said.v1", Said)
    @reads("*.case_said.v1", Said)
    def on_thing_said(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Let a thing that is there hear words, note the effect and echo them."""
        case = work.expect(self._ask(work))
        work.session.execute(insert(Effect), {"what": fact["words"]})
        work.step(case, "heard", fact)
        work.tell(ThingEchoed(words=fact["words"]), case.subject)

    @reads("teller.thing_waited.v1", Said)
    def on_thing_waited(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Change a thing, and find out only then that it must wait."""
        case = work.expect(self._ask(work))
        case.title = f"{case.title}+{fact['words']}"
        message = "it waits for ever"
        raise NotYetError(message)

    @reads("teller.thing_sent.v1", Sent, to="made_up")
    def on_thing_sent(self, work: Work, _fact: Mapping[str, Any]) -> None:
        """Open what is sent here."""
        work.open(self._ask(work), title="sent")

    @reads("external:*.thing_submitted.v1", Said)
    def on_thing_submitted(self, work: Work, fact: Mapping[str, Any]) -> None:
        """Note what somebody outside says."""
        work.session.execute(insert(Effect), {"what": fact["words"]})

    @chore(every=timedelta(minutes=1))
    def count_things(self, work: Work) -> None:
        """Leave a trace."""
        self.asked.append("chore")
        work.session.execute(insert(Effect), {"what": "counted"})

    def _ask(self, work: Work) -> str:
        subject = work.cause.subject if work.cause else ""
        self.asked.append(subject)
        if subject in self.broken:
            message = f"{subject} is too much for it"
            raise RuntimeError(message)
        return subject
