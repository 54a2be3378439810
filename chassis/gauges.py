"""What ops sees of the state of a service, read from its database now and then: the same in every replica."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from prometheus_client import Gauge
from sqlalchemy import func, select

from chassis import figures, metrics

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from chassis.blueprint import Blueprint
    from chassis.figures import Figure

#: What is shown of clocks, by their state: one that ran out and was not stopped since is overdue.
_CLOCKS_SHOWN = {"running": "running", "expired": "overdue"}


def show_cases(session: Session, blueprint: Blueprint, now: datetime) -> None:
    """Show ops how many cases stand where, and how many are overdue."""
    name, case = blueprint.name, blueprint.case
    by_state = select(case.state, func.count()).group_by(case.state)
    metrics.show(metrics.CASES, name, {(state,): count for state, count in session.execute(by_state)})
    overdue = select(func.count()).where(case.due_at < now, case.ended_at.is_(None))
    metrics.OVERDUE.labels(name).set(session.scalar(overdue) or 0)


def show_clocks(session: Session, blueprint: Blueprint) -> None:
    """Show ops which clocks of open cases run or have run out."""
    clocks = blueprint.store.clocks
    of_clock = (clocks.c.kind, clocks.c.name, clocks.c.state)
    running = select(*of_clock, func.count()).where(clocks.c.state.in_([*_CLOCKS_SHOWN])).group_by(*of_clock)
    shown = Counter[tuple[str, ...]]()
    for kind, key, state, count in session.execute(running):
        # What a clock is about tells cases apart, and is no label.
        shown[kind, key.partition(":")[0], _CLOCKS_SHOWN[state]] += count
    metrics.show(metrics.CLOCKS, blueprint.name, shown)


def show_figures(session: Session, blueprint: Blueprint) -> None:
    """Show ops what the cases add up to."""
    found = {key: amount / figures.HUNDREDTHS for key, amount in figures.sums(session, blueprint).items()}
    for shared, gauge in metrics.OF_EVERY_SERVICE.items():
        metrics.show(gauge, blueprint.name, {(of,): amount for (name, of), amount in found.items() if name == shared})
    for figure in figures.declared(blueprint.folder).values():
        gauge = own(blueprint.name, figure)
        for of in figure.labels:
            (gauge.labels(of) if figure.by else gauge).set(found.get((figure.name, of), 0))


@cache
def own(service: str, figure: Figure) -> Gauge:
    """Return the gauge of a figure that a service has for itself."""
    name = "_".join(filter(None, ("jiesu", service, figure.name, figure.unit)))
    return Gauge(name, f"{figure.en}. {metrics.EVERYWHERE}", (figure.by,) if figure.by else ())
