"""What a form asks of a case: which of several rows that it keeps a step is about, and which fields it asks for at all.

Rows are offered by page and API, and asked for where several wait. A form picks by the row's number, which a case gives once. A
field of it is made by `pick`, its gate by `one_is_meant`. A picture that was laid to the case (`chassis.evidence`) is picked by
its digest: a field made by `laid`. What is not there is refused at the door, so that no hash stands for a picture that nobody has.
A field whose metadata say `asked`, a rule by the case, is left off the page of a case of which that says no.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from marshmallow import fields, validate

from chassis.workflow import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from marshmallow import Schema

    from chassis.workflow import CaseView, Guard, Moment, Values

_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Offer:
    """One row that a step may be about: `number` is what a form says, also by one of `aliases`; `zh` and `en` what people read."""

    number: str
    zh: str
    en: str
    aliases: tuple[str, ...] = ()


Offers = Callable[["CaseView"], Sequence[Offer]]


def pick(offers: Offers) -> fields.String:
    """Return the field for which row is meant; where a case offers one only, it is that, and nobody is asked."""
    return fields.String(
        load_default="",
        validate=validate.Length(max=_LONGEST),
        metadata={"offers": offers, "example": "", "description": "The number of the row; needed where several wait."},
    )


def laid(**said: Any) -> fields.String:
    """Return the field for a picture that was laid to the case, by its digest, 64 hexadecimal signs; or none."""
    return fields.String(
        load_default="",
        validate=validate.Regexp(r"^([0-9a-f]{64})?$"),
        metadata={
            "kind": LAID,
            "example": "",
            "description": "The digest of a picture that was laid to the case.",
            **said,
        },
    )


#: What kind of field a picture is picked by.
LAID: Final = "laid"
#: Under this a case keeps what cameras have written into the pictures that were laid to it, by digest: `taken_at`, `position`.
BY_CAMERA: Final = "photographed"


def laid_in(form: Schema, values: Mapping[str, Any], at: str = "") -> Iterator[tuple[str, str]]:
    """Give the pictures that a form names, in its rows too: where (an RFC 6901 pointer), and the digest."""
    for name, field in form.fields.items():
        value, where = values.get(name), f"{at}/{field.data_key or name}"
        inner = field.inner if isinstance(field, fields.List) else field
        if field.metadata.get("kind") == LAID and value:
            yield where, str(value)
        elif isinstance(inner, fields.Nested) and value:
            several = isinstance(value, list)
            for place, row in enumerate(value if several else [value]):
                yield from laid_in(inner.schema, row, f"{where}/{place}" if several else where)


def offered(form: type[Schema] | None, case: CaseView) -> dict[str, list[dict[str, str]]]:
    """Return what the picking fields of a form may say for a case: `value`, `zh` and `en` of each row."""
    declared: Mapping[str, Any] = getattr(form, "_declared_fields", {})
    return {
        name: [{"value": one.number, "zh": one.zh, "en": one.en} for one in field.metadata["offers"](case)]
        for name, field in declared.items()
        if "offers" in getattr(field, "metadata", {})
    }


def unasked(form: type[Schema] | None, case: CaseView) -> list[str]:
    """Return the fields of a form that are not asked for in a case: those whose rule `asked` says so."""
    declared: Mapping[str, Any] = getattr(form, "_declared_fields", {})
    rules = {name: getattr(field, "metadata", {}).get("asked") for name, field in declared.items()}
    return [name for name, asked in rules.items() if asked and not asked(case)]


def meant(offers: Sequence[Offer], said: str) -> list[Offer]:
    """Return the rows that a form may mean: those it names, else all."""
    return [one for one in offers if not said or said == one.number or said in one.aliases]


def one_is_meant(name: str, offers: Offers, *, none: Refusal, zh: str, en: str) -> Guard:
    """Make a guard that refuses by `none` where no row waits, and a form that does not say which of several it is about."""

    def says_which(case: CaseView, form: Values, _moment: Moment) -> Refusal | None:
        rows = offers(case)
        if not rows:
            return none
        if not form or len(meant(rows, form[name])) == 1:
            return None
        return Refusal(
            f"请选择是{zh}：{'；'.join(one.zh for one in rows)}", f"say {en}: {'; '.join(one.en for one in rows)}"
        )

    says_which.__name__ = f"says_{name}"
    return says_which
