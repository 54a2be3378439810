"""What a household has, and what it comes to: income, standards, amounts. Pure, like the rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from chassis.workflow import Values
from services.relief import rules

# -- standards ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standard:
    """A row of `standards.toml`: what a month's living takes, from a day on."""

    effective_from: date
    urban: Decimal
    rural: Decimal
    disposable: Decimal
    source: str
    verified: bool


def standard_on(day: date) -> Standard | None:
    """Return the standard in force on a day, or None before the first."""
    rows = [row for row in rules.settings()["standard"] if row["effective_from"] <= day]
    if not rows:
        return None
    row = max(rows, key=lambda row: row["effective_from"])
    amounts = {name: Decimal(row[name]) for name in ("urban", "rural", "disposable")}
    return Standard(row["effective_from"], **amounts, source=row["source"], verified=row["verified"])


# -- arithmetic ---------------------------------------------------------------


def net_income(incomes: Iterable[Decimal], deductions: Decimal) -> Decimal:
    """Return what remains of a month's incomes, never below zero."""
    return max(sum(incomes, Decimal(0)) - deductions, Decimal(0))


def per_capita(incomes: Iterable[Decimal], deductions: Decimal, persons: int) -> Decimal:
    """Return the monthly income per head in yuan, never below zero (社会救助暂行办法 9)."""
    return (net_income(incomes, deductions) / persons).quantize(rules.CENT, ROUND_HALF_UP)


def dibao_amount(*, standard: Decimal, income: Decimal, persons: int) -> Decimal:
    """Return what a household gets a month: what its heads together lack to the standard (社会救助暂行办法 12).

    Reckoned from the household's income, so that rounding the income per head gives no cent away.
    """
    return max(standard * persons - income, Decimal(0)).quantize(rules.CENT, ROUND_HALF_UP)


def temporary_amount(
    *, standard: Decimal, coefficient: Decimal, persons: int, months: int, cap_multiple: Decimal
) -> Decimal:
    """Return a temporary relief: coefficient times standard, heads and months, at most so many standards."""
    return min(coefficient * standard * persons * months, cap_multiple * standard).quantize(rules.CENT, ROUND_HALF_UP)


def was_relieved(cause: str, year: int, earlier: Iterable[Values]) -> bool:
    """Say whether a temporary relief was given for a cause in a calendar year, where the place has it once a year."""
    return rules.settings()["temporary"]["once_a_year"] and any(
        row["cause"] == cause and row["year"] == year and row["relief"] in rules.TEMPORARY for row in earlier
    )


def amount_of(relief: str, form: Values) -> Decimal | None:
    """Return what an opinion's figures come to, or None where the amount is set by bills (medical)."""
    standard: Decimal = form["standard"]
    persons: int = form["persons"]
    if relief == "dibao":
        income = net_income([form["monthly_income"]], form["deductions"])
        return dibao_amount(standard=standard, income=income, persons=persons)
    if relief == "destitute":
        coefficient: Decimal = form["coefficient"]
        return (standard * coefficient * persons).quantize(rules.CENT, ROUND_HALF_UP)
    if relief in rules.TEMPORARY:
        return temporary_amount(
            standard=standard,
            coefficient=form["coefficient"],
            persons=persons,
            months=form["months"],
            cap_multiple=form["cap_multiple"],
        )
    return None
