"""What a service's cases add up to: counted where a step is recorded, shown to Prometheus, told with the end of a case.

A service names what it counts in `figures.toml`, and computes it from what is on file of one case in its room
`figures.py`, which is pure:

    [wages_paid]            a name; the metric is jiesu_<service>_<name>, with the unit behind it where there is one
    zh = "…"  en = "…"      what it is, for people
    unit = "yuan"           what it is counted in, where it is not cases or things
    by = "source"           what it is told apart by, with
    values = ["payer"]      all that may stand there; anything else is counted as `other`
    alarm = "…"             an alarm over it in PromQL behind its name, such as "> 0", with `do`: what to do first

Beside these, every service with a table of figures counts the ends of its cases, the documents that it issued, by kind,
and the warnings that its rules have raised, by kind. A figure is what stands on file now: what is taken back counts no
more. It is kept by case, so that a repetition, a restart and a second replica change nothing in it. What a service's
`dated` says came on a day is kept by its month in the same way, for the month's report.
"""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import structlog
from sqlalchemy import BigInteger, Column, Index, String, Table, func, literal_column, select

from chassis import bulk, metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date, datetime
    from pathlib import Path

    from sqlalchemy import ColumnElement, MetaData, Select
    from sqlalchemy.orm import Session

    from chassis.blueprint import Blueprint
    from chassis.database import Database
    from chassis.workflow import CaseView

    #: Name of a figure and what it is told apart by, with its amount in hundredths.
    Counted = Mapping[tuple[str, str], int]
    #: A rule that gives a case's own figures: name, what each is told apart by (or nothing), and amount.
    Counts = Callable[[CaseView], Iterable[tuple[str, str, Decimal | int]]]
    #: A rule that says on which day which amount came: name of a figure, what it is told apart by, day, and amount.
    Dated = Callable[[CaseView], Iterable[tuple[str, str, date, Decimal]]]

log = structlog.get_logger(__name__)

#: The figures of every service.
ENDS: Final = "ends"
DOCUMENTS: Final = "documents"
WARNINGS: Final = "warnings"
OTHER: Final = "other"
#: What has happened once counts for ever.
_FOR_EVER: Final = (DOCUMENTS, WARNINGS)
#: What came on a day is kept by its month, beside the figures: under the month as a name, of the figure.
_MONTH: Final = re.compile(r"\d{4}-\d{2}")
_ANY_MONTH: Final[ColumnElement[str]] = literal_column("'____-__'")
HUNDREDTHS: Final = 100
#: Cases counted anew in one transaction.
_AT_ONCE: Final = 200


class FigureFault(Exception):  # noqa: N818 - a fault of a file or a rule, told to whoever keeps it
    """A figure that can't be counted; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One of a service's own figures."""

    name: str
    zh: str
    en: str
    unit: str = ""
    by: str = ""
    values: tuple[str, ...] = ()
    alarm: str = ""
    do: str = ""

    @property
    def labels(self) -> tuple[str, ...]:
        """What it is shown by: so many and no more, whatever a form may say one day."""
        return (*self.values, OTHER) if self.by else ("",)


def table(metadata: MetaData) -> Table:
    """Add the figures to a service's tables; `models.FIGURES` holds them."""
    return Table(
        "figures",
        metadata,
        Column("case_id", String(40), primary_key=True),
        Column("name", String(60), primary_key=True),
        Column("of", String(80), primary_key=True),
        Column("hundredths", BigInteger, nullable=False),
        # All that the sums are made of, so that they are read off the index alone.
        Index("figures_summed", "name", "of", "hundredths"),
    )


@cache
def declared(folder: Path) -> Mapping[str, Figure]:
    """Read what a service counts of its own, once. Raises FigureFault."""
    file = folder / "figures.toml"
    if not file.exists():
        return {}
    try:
        rows = tomllib.loads(file.read_text(encoding="utf-8"))
        found = {
            name: Figure(name=name, **{**row, "values": tuple(row.get("values", ()))}) for name, row in rows.items()
        }
    except (tomllib.TOMLDecodeError, TypeError, AttributeError) as error:
        raise FigureFault(f"{file}: {error}") from error
    for name, figure in found.items():
        if bool(figure.by) is not bool(figure.values):
            raise FigureFault(f"{file}: [{name}] by 与 values 应同时填写 / `by` and `values` belong together")
        if name in (ENDS, *_FOR_EVER):
            raise FigureFault(f"{file}: [{name}] 名称已由所有服务共用 / every service counts something of that name")
    return found


def stand(session: Session, service: Blueprint, case: CaseView, now: datetime) -> Counted:
    """Count what is on file of a case, without its documents. Raises FigureFault."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    if end := service.ended_as(case):
        found[ENDS, end] = HUNDREDTHS
    # What fails there in the database is undone by itself: on PostgreSQL the step that is being recorded would be lost with it.
    with session.connection().begin_nested() if service.compared else nullcontext():
        found.update({(WARNINGS, one.code): HUNDREDTHS for one in service.cautions(session, case, now)})
    own = declared(service.folder)
    for name, of, amount in service.counts(case) if service.counts else ():
        if name not in own or (of and not own[name].by):
            raise FigureFault(f"{service.name} counts {name!r} of {of!r}, which its figures.toml does not name")
        found[name, of if of in own[name].labels else OTHER] += _hundredths(amount)
    for name, of, day, amount in service.dated(case) if service.dated else ():
        found[f"{day:%Y-%m}", f"{name} {of}".rstrip()] += _hundredths(amount)
    return {key: amount for key, amount in found.items() if amount}


def _hundredths(amount: Decimal | int) -> int:
    return int((Decimal(amount) * HUNDREDTHS).to_integral_value())


def kept(session: Session, service: Blueprint, case_ids: Iterable[str]) -> Mapping[str, Counted]:
    """Return what is kept of cases."""
    figures = service.figures
    found: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    for row in session.execute(select(figures).where(figures.c.case_id.in_(sorted(case_ids)))):
        found[row.case_id][row.name, row.of] = row.hundredths
    return found


def now_of(session: Session, service: Blueprint, case: CaseView, was: Counted, new: Counted, now: datetime) -> Counted:
    """Return what a case counts now: what happened once, its new documents, and what is on file; what is gone is 0.

    A rule that fails on a case stops nobody who handles it: what was kept stays, and ops is told.
    """
    try:
        found = stand(session, service, case, now)
    except Exception:
        metrics.NOT_COUNTED.labels(service.name).inc()
        log.exception("case_not_counted", service=service.name, case=case.id)
        return {**was, **new}
    gone = {key: amount if key[0] in _FOR_EVER else 0 for key, amount in was.items()}
    return {**gone, **found, **new}


def record(
    session: Session,
    service: Blueprint,
    cases: Iterable[CaseView],
    papers: Mapping[str, Counted],
    now: datetime,
    *,
    beside: Iterable[CaseView] = (),
) -> None:
    """Keep what cases count now, where it differs from what is kept; `papers` are their new documents.

    Of those `beside` them, what is warned of: all else of them is theirs, and may be changing at this moment.
    """
    others = {case.id: case for case in beside}
    own = {case.id: case for case in cases}
    known = {**others, **own}
    before = kept(session, service, known)
    rows = []
    for case_id, case in sorted(known.items()):
        was = before.get(case_id, {})
        for key, amount in now_of(session, service, case, was, papers.get(case_id, {}), now).items():
            if amount != was.get(key, 0) and (case_id in own or key[0] == WARNINGS):
                rows.append({"case_id": case_id, "name": key[0], "of": key[1], "hundredths": amount})
    bulk.write(session, service.figures, rows, keys=("case_id", "name", "of"))


def issued(papers: Iterable[Mapping[str, Any]]) -> Mapping[str, Counted]:
    """Count new documents by case and kind: the last of a kind has the number of all."""
    found: dict[str, dict[tuple[str, str], int]] = defaultdict(dict)
    for paper in papers:
        found[paper["case_id"]][DOCUMENTS, paper["name"]] = paper["version"] * HUNDREDTHS
    return found


def told(service: Blueprint, counted: Counted) -> list[dict[str, Any]]:
    """Return a case's figures as a fact tells them: name, what it is told apart by, amount as a number in text, unit."""
    own = declared(service.folder)
    return [
        {
            "name": name,
            "of": of,
            "amount": str(Decimal(amount) / HUNDREDTHS),
            "unit": own[name].unit if name in own else "",
        }
        for (name, of), amount in sorted(counted.items())
        if amount and not _MONTH.fullmatch(name)
    ]


def recount(database: Database, service: Blueprint, now: datetime) -> int:
    """Count all cases anew, so many at a time, each while nobody else changes it; return how many there are."""
    case, register, after, counted = service.case, service.papers, "", 0
    while True:
        with database.write() as session:
            some = select(case).where(case.id > after).order_by(case.id).limit(_AT_ONCE).with_for_update()
            cases = session.scalars(some).all()
            papers: list[Any] = []
            if register is not None:
                its = select(register.c.case_id, register.c.name, register.c.version)
                known = its.where(register.c.case_id.in_([one.id for one in cases])).order_by(register.c.version)
                papers = [*session.execute(known).mappings()]
            record(session, service, cases, issued(papers), now)
        if not cases:
            return counted
        after, counted = cases[-1].id, counted + len(cases)


def summed(service: Blueprint) -> Select[Any]:
    """Select the sums of all cases, which the index answers alone."""
    kept = service.figures.c
    asked = select(kept.name, kept.of, func.sum(kept.hundredths)).where(kept.name.not_like(_ANY_MONTH))
    return asked.group_by(kept.name, kept.of)


def of_cases(session: Session, service: Blueprint, *conditions: ColumnElement[bool]) -> Counted:
    """Add up what is kept of some cases, its documents and warnings left out."""
    kept, case = service.figures.c, service.case
    asked = select(kept.name, kept.of, func.sum(kept.hundredths)).join(case, case.id == kept.case_id)
    own = kept.name.not_in(_FOR_EVER) & kept.name.not_like(_ANY_MONTH)
    asked = asked.where(own, *conditions).group_by(kept.name, kept.of)
    return {(name, of): int(amount) for name, of, amount in session.execute(asked) if amount}


def of_months(
    session: Session, service: Blueprint, first: date, after: date, *conditions: ColumnElement[bool]
) -> Counted:
    """Add up the amounts that came from one month until another, that one left out, in some cases."""
    kept, case, day, months = service.figures.c, service.case, first, set()
    while day < after:
        months.add(f"{day:%Y-%m}")
        day += timedelta(days=28)
    asked = select(kept.of, func.sum(kept.hundredths)).where(kept.name.in_(sorted(months))).group_by(kept.of)
    if conditions:
        asked = asked.join(case, case.id == kept.case_id).where(*conditions)
    rows = ((of.partition(" "), int(amount)) for of, amount in session.execute(asked) if amount)
    return {(name, by): amount for (name, _, by), amount in rows}


def sums(session: Session, service: Blueprint) -> Counted:
    """Add up what is kept of all cases."""
    return {(name, of): int(amount) for name, of, amount in session.execute(summed(service))}
