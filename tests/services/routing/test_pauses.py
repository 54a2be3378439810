"""A promise that stands still at its mechanism while it is regraded (改级): whichever is heard of first, both sides know the same."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from chassis import catalogue
from chassis.examples import example
from chassis.testing import Room
from chassis.workflow import Role
from tests.services.routing.conftest import registered

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from chassis.clocks import Clock

PAUSED, RESUMED = "hotline.case_paused.v1", "hotline.case_resumed.v1"
REGRADED = "routing.appeal_regraded.v1"


class Both:
    """The ledger and the hotline's room, which hear of each other only what is brought over."""

    def __init__(self, ledger: Room, folder: Path) -> None:
        self.ledger, self.hotline = ledger, Room(catalogue.service("hotline"), folder)
        self._brought: set[tuple[str, int]] = set()
        lamp = registered(title="路灯不亮", text="黄河八路路灯坏了一周，晚上出行不便，请尽快维修。")
        ledger.hear("intake.appeal_registered.v1", "A1", lamp)
        self.bring("routing.appeal_dispatched.v1")
        self.act("case_accepted", "triaged", "site_visited")
        self.bring("hotline.case_accepted.v1")

    @property
    def now(self) -> datetime:
        """The time on both sides."""
        return self.ledger.now

    def later(self, length: timedelta) -> None:
        self.ledger.now += length
        self.hotline.now = self.ledger.now

    def act(self, *triggers: str) -> None:
        for trigger in triggers:
            workflow = self.hotline.blueprint.workflow
            step = workflow.step(self.hotline.state("A1"), trigger) if workflow else None
            assert step is not None
            form = example(step.form) if step.form else {}
            self.hotline.act("A1", trigger, form, role=next(iter(step.roles)))

    def regrade(self, urgency: str) -> None:
        form = {"urgency": urgency, "severity": "moderate", "reason": "现场情况有变化"}
        self.ledger.act("A1", "regraded", form, role=Role.DESK)

    def bring(self, *keys: str) -> None:
        """Bring the letters of some kinds over that were not brought yet, in the order given."""
        for key in keys:
            teller, _, fact = key.partition(".")
            sender, reader = (self.ledger, self.hotline) if teller == "routing" else (self.hotline, self.ledger)
            for number, told in enumerate(sender.told(fact)):
                if (key, number) not in self._brought:
                    self._brought.add((key, number))
                    reader.hear(key, "A1", told)

    def promise(self) -> Clock:
        """Return the promise, of which both sides know the same, with nothing left to be brought."""
        here, there = (one.clocks("A1")["finish"] for one in (self.ledger, self.hotline))
        assert here == there
        assert self.ledger.parked() == self.hotline.parked() == []
        return here


@pytest.fixture
def both(room: Room, tmp_path: Path) -> Both:
    return Both(room, tmp_path)


@pytest.mark.parametrize("order", [*permutations((PAUSED, REGRADED))])
def test_a_pause_that_crosses_a_regrade_holds_on_both_sides(both: Both, order: tuple[str, ...]) -> None:
    both.later(timedelta(days=1))
    both.act("material_requested")
    both.later(timedelta(minutes=5))
    both.regrade("I")
    begun = both.now

    both.bring(*order)

    assert (both.promise().started_at, both.promise().is_suspended) == (begun, True)
    both.later(timedelta(hours=5))
    both.act("material_received")
    both.bring(RESUMED)
    assert not both.promise().is_suspended
    # Two hours from when it was begun anew, and the five that it stood still in them.
    assert both.promise().due_at(both.ledger.blueprint.calendar) == begun + timedelta(hours=7)


@pytest.mark.parametrize("order", [*permutations((PAUSED, RESUMED, REGRADED))])
def test_a_pause_that_was_over_when_it_was_regraded_comes_back_with_the_first_promise(
    both: Both, order: tuple[str, ...]
) -> None:
    first = both.ledger.clocks("A1")["finish"]
    both.later(timedelta(days=1))
    both.act("material_requested")
    both.later(timedelta(days=2))
    both.act("material_received")
    both.later(timedelta(minutes=5))
    both.regrade("I")
    begun = both.now
    both.bring(*order)
    calendar = both.ledger.blueprint.calendar
    assert both.promise().due_at(calendar) == begun + timedelta(hours=2)
    assert "中止" not in str(both.promise().explain(calendar))

    both.later(timedelta(minutes=5))
    both.regrade("III")
    both.bring(REGRADED)

    assert both.promise().started_at == first.started_at
    workdays = calendar.workdays_between(*(one.due_at(calendar).date() for one in (first, both.promise())))
    assert workdays == 2


@pytest.mark.parametrize("order", [*permutations((PAUSED, REGRADED))])
def test_a_pause_of_what_was_begun_anew_holds_when_it_is_ordinary_again(both: Both, order: tuple[str, ...]) -> None:
    first = both.ledger.clocks("A1")["finish"]
    both.later(timedelta(days=1))
    both.regrade("I")
    both.bring(REGRADED)
    both.later(timedelta(minutes=5))
    both.act("material_requested")
    paused = both.now
    both.later(timedelta(minutes=5))
    both.regrade("III")

    both.bring(*order)

    assert (both.promise().started_at, both.promise().is_suspended) == (first.started_at, True)
    assert both.promise().suspensions[0].start == paused
