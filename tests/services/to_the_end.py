"""Walks appeals to every end of a mechanism's table, over an embedded street, by the public doors alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from chassis.workcalendar import local_date
from chassis.workflow import Role
from tests.journeys.town import as_one_of, awaited

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import Step, Workflow
    from tests.journeys.town import Appeal, Person, Town


@dataclass(frozen=True)
class Journey:
    """A way to an end: the triggers in order, those of clocks among them, and what is changed in the examples.

    A changed value may be a function of the street's day. Before a step of `after` so much time passes.
    """

    way: tuple[str, ...]
    changed: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    after: Mapping[str, timedelta] = field(default_factory=dict)


def ends_of(workflow: Workflow) -> set[str]:
    """Return every end that a table names: where a case ends, and from where its resident is told how it ended."""
    told = {source for step in workflow.steps if step.target == "concluded" for source in step.sources}
    return (told - {"concluded"}) | set(workflow.ends)


class Traveller:
    """Takes the appeals of one mechanism along their journeys."""

    def __init__(self, town: Town, workflow: Workflow) -> None:
        self.town = town
        self.workflow = workflow
        self.name = workflow.name
        self.people: dict[Role, Person] = {
            Role.HANDLER: town.handler,
            Role.REVIEWER: town.reviewer,
            Role.LEADER: town.leader,
        }

    def today(self) -> date:
        """Return the street's day."""
        return local_date(self.town.now())

    def go(self, appeal: Appeal, journey: Journey) -> str:
        """Take each step of a journey; return the state that it leads to."""
        state = str(self.town.await_case(self.name, appeal)["state"])
        for trigger in journey.way:
            step = self.workflow.step(state, trigger)
            if trigger in journey.after:
                self.town.street.move_time(journey.after[trigger])
            if step.expires is not None:
                self.wait(appeal, step)
            else:
                self.town.act(
                    self.people[step.roles[0]],
                    self.name,
                    appeal,
                    trigger,
                    **self.form(step, journey.changed.get(trigger, {})),
                )
            state = str(self.town.await_case(self.name, appeal, step.target)["state"])
        return state

    def form(self, step: Step, changed: Mapping[str, Any]) -> dict[str, Any]:
        """Return the example of a step's form as its door tells it, its act being of today."""
        day = self.today()
        now = self.town.now()
        told = self.town.procedure(self.name).taken(step.trigger, now)
        acts = {name: now.isoformat() if "T" in str(told[name]) else str(day) for _, name in step.since if name in told}
        return {**told, **acts, **{name: value(day) if callable(value) else value for name, value in changed.items()}}

    def wait(self, appeal: Appeal, step: Step) -> None:
        """Move the street's time to the clock that takes a step."""
        [clock] = [one for one in self.town.case(self.name, appeal)["clocks"] if one["name"] == step.expires]
        self.town.street.move_time(timedelta(seconds=max(clock["remaining_seconds"], 0) + 5))
        if step.target in step.sources:
            # The state says nothing then of whether the street has seen its new time.
            awaited(
                lambda: self.town.case(self.name, appeal)["timeline"],
                lambda timeline: any(
                    entry["trigger"] == step.trigger and entry["at"] >= clock["due_at"] for entry in timeline
                ),
                step.trigger,
            )

    def tell(self, appeal: Appeal, **changed: Any) -> None:
        """Tell the resident how it ended, have it rated, and see it closed everywhere."""
        state = self.town.case(self.name, appeal)["state"]
        [step] = [one for one in self.workflow.steps_from(state) if one.target == "concluded"]
        self.town.act(self.town.handler, self.name, appeal, step.trigger, **self.form(step, changed))
        self.town.await_case(self.name, appeal, "concluded")
        self.town.rate(appeal)
        self.town.await_case(self.name, appeal, "closed")
        assert self.town.await_public(appeal, "closed")["reply"]

    def have_it_returned(self, appeal: Appeal, to: str) -> None:
        """Give the appeal back at the desk, which sends it to another mechanism."""
        self.town.act(self.town.handler, self.name, appeal, "return_requested")
        self.town.await_case("routing", appeal, "return_pending")
        self.town.act(
            self.town.desk, "routing", appeal, "return_granted", opinion="退单理由成立，改派。", **as_one_of(to)
        )
        self.town.await_case(self.name, appeal, "returned")
        self.town.await_case(to, appeal, "received")

    def pass_it_on(self, appeal: Appeal, to: str) -> None:
        """Pass the appeal on; the desk sends it to another mechanism."""
        self.town.act(self.town.handler, self.name, appeal, "case_accepted")
        self.town.act(self.town.handler, self.name, appeal, "transferred", to=to, reason="不属于本机制职责，移送办理")
        self.town.await_case(self.name, appeal, "transferred")
        self.town.await_case("routing", appeal, "transfer_pending")
        self.town.act(self.town.desk, "routing", appeal, "redispatched", opinion="同意移送，改派。", **as_one_of(to))
        self.town.await_case(to, appeal, "received")

    def withdraw(self, appeal: Appeal) -> None:
        """Let the resident take the appeal back."""
        awaited(
            lambda: self.town.resident.post(f"/intake/api/v1/appeals/{appeal.code}/withdraw", {"reason": "已自行解决"})[
                0
            ],
            lambda status: status == 200,
            "the withdrawal",
        )
        self.town.await_case(self.name, appeal, "withdrawn")
        assert self.town.await_public(appeal, "withdrawn")["reply"]
