"""The register of callers who misuse the hotline: its procedure and its rules (pure, but for the shipped file).

Nobody is blocked by it, and nobody is in it by one person's word: an operator proposes with evidence, somebody else decides,
for a time; the caller may be told and may object; while an objection is open, the measure rests.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from marshmallow import fields, post_load, validate

from chassis.masking import redact
from chassis.schemas import FormSchema
from chassis.street import STREET
from chassis.workflow import Refusal, Role, Step, Workflow, one_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chassis.workflow import CaseView, Moment, Values

_DATA: Final = Path(__file__).parents[1] / "data" / "callers.toml"
_DESK: Final = (Role.OPERATOR, Role.DESK)
_DECIDE: Final = (Role.LEADER, Role.REVIEWER)
#: Who may look; each look is logged.
LOOK: Final = (*_DESK, *_DECIDE, Role.INSPECTOR)
#: While in one of these, no second proposal about the same caller is taken.
OPEN: Final = ("proposed", "listed", "objected")


class CallersError(ValueError):
    """Measures that can't be used; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A ground, a measure or a way of taking calls, in both languages, with the law that it rests on."""

    code: str
    zh: str
    en: str
    basis: str = ""
    holds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What may be decided, and for how long."""

    grounds: Mapping[str, Named]
    measures: Mapping[str, Named]
    ways: Mapping[str, Named]
    longest_days: int
    fewest_appeals: int


@cache
def policy() -> Policy:
    """Return the policy as shipped or changed by the street; raises CallersError."""
    return read(tomllib.loads(_DATA.read_text(encoding="utf-8")))


def read(given: Mapping[str, Any]) -> Policy:
    """Read the policy; raises CallersError for what is missing, or what rests on no law."""
    try:
        grounds, measures, ways = (
            {row["code"]: Named(**row) for row in given[name]} for name in ("ground", "measure", "way")
        )
        found = Policy(
            grounds=grounds,
            measures=measures,
            ways=ways,
            longest_days=int(given["longest_days"]),
            fewest_appeals=int(given["fewest_appeals"]),
        )
    except (KeyError, TypeError) as error:
        raise CallersError(f"callers.toml: {error}") from None
    if without := [one.code for one in (*grounds.values(), *measures.values()) if not one.basis]:
        raise CallersError(f"callers.toml: no basis for {', '.join(without)}")
    if found.longest_days < 1 or found.fewest_appeals < 1 or not (grounds and measures and ways):
        raise CallersError("callers.toml: at least one of each, and no number below 1")
    return found


# -- forms --------------------------------------------------------------------


class _Words(FormSchema):
    """A form whose free words hold no numbers of people."""

    @post_load
    def mask(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Mask phone and identity numbers: the caller is known by his hash alone."""
        return {name: redact(said).text if isinstance(said, str) else said for name, said in data.items()}


def _words(label: str, example: str) -> fields.String:
    return fields.String(
        required=True,
        validate=validate.Length(5, 2000),
        metadata={"kind": "textarea", "label": label, "example": example},
    )


def _choice(options: Mapping[str, Named]) -> validate.OneOf:
    return validate.OneOf([*options])


class Proposal(_Words):
    """Whom an operator proposes, why, and by which appeals it shows."""

    appeals = fields.List(
        fields.String(validate=validate.Length(1, 60)),
        required=True,
        validate=validate.Length(1, 100),
        metadata={
            "label": "Appeals that show it",
            "help": "Numbers in the ledger or ids, one a line; all of one caller.",
            "example": [f"{STREET.word}诉〔2026〕000001号"],
        },
    )
    ground = fields.String(
        required=True, validate=_choice(policy().grounds), metadata={"label": "Ground", "example": "repeated_calls"}
    )
    facts = _words("What happened", "一周内就已办结的同一事项来电三十次，经说明后仍不停止。")


class Listing(_Words):
    """What is decided, for how long, and why."""

    measure = fields.String(
        required=True, validate=_choice(policy().measures), metadata={"label": "Measure", "example": "dissuasion"}
    )
    way = fields.String(
        required=True,
        validate=_choice(policy().ways),
        metadata={"label": "How the calls are taken", "example": "senior_operator"},
    )
    days = fields.Integer(
        required=True,
        validate=validate.Range(1, policy().longest_days),
        metadata={"label": "For how many days", "example": 30},
    )
    opinion = _words("Opinion", "事实清楚，同意列入并劝阻。")


class Opinion(_Words):
    """Why."""

    opinion = _words("Opinion", "证据不足，不予列入。")


class Told(_Words):
    """How the caller was told of the measure, its ground and that he may object."""

    how = _words("How the caller was told", "电话告知列入的理由、期限和提出异议的途径。")


class Objection(_Words):
    """What the caller says against it."""

    objection = _words("What the caller says against it", "来电均为不同事项，并非重复。")


# -- the procedure ------------------------------------------------------------


def _did(case: CaseView, moment: Moment, *what: str) -> bool:
    """Whether somebody has done one of these before, by this account or by another of his name."""
    name = one_name(moment.actor_name)
    done = [entry for entry in case.details.get("history", ()) if entry["what"] in what]
    return any(entry["by"] == moment.actor or (name and one_name(entry["by_name"]) == name) for entry in done)


def decided_by_another(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse a decision by whoever proposed it."""
    if _did(case, moment, "proposed"):
        return Refusal("提出人不能自己审定，请由另一人审定", "whoever proposed it does not decide it")
    return None


def upheld_by_another(case: CaseView, _form: Values, moment: Moment) -> Refusal | None:
    """Refuse to have an objection turned down by whoever decided, or proposed, what it is against."""
    if _did(case, moment, "proposed", "listed"):
        return Refusal("异议应由原提出人、审定人以外的人复核", "an objection is judged by a third person")
    return None


def listing(_case: CaseView, form: Values, moment: Moment) -> dict[str, Any]:
    """Set until when it holds."""
    until = moment.now + timedelta(days=form["days"])
    return {"until": until, "measure": form["measure"], "way": form["way"]}


LISTING: Final = Workflow(
    "callers",
    Step("proposed", "listed", "listed", who=_DECIDE, form=Listing, guards=(decided_by_another,), change=listing),
    Step("proposed", "turned_down", "turned_down", who=_DECIDE, form=Opinion, guards=(decided_by_another,)),
    Step("listed", "told", "listed", who=_DESK, form=Told, repeatable=True),
    Step("listed", "objected", "objected", who=_DESK, form=Objection, repeatable=True),
    Step("objected", "upheld", "listed", who=_DECIDE, form=Opinion, guards=(upheld_by_another,), repeatable=True),
    Step(("listed", "objected"), "lifted", "lifted", who=_DECIDE, form=Opinion),
    Step(("listed", "objected"), "expired", "expired", who=Role.CLOCK),
    initial="proposed",
)
