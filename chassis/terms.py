"""The translation catalogue: what people read, in Chinese and in English.

The English of a sentence is the sentence itself; the English of an identifier is
derived (`order_to_pay` is "Order to pay"). Chinese comes from `terms.toml`, one in
the chassis and one in each service, where the service's word counts:

    [text]
    "Send" = "提交"

    [states]
    order_to_pay = "责令支付"

    [fields]
    way = "联系方式"
    "rows.way" = "支付方式"

A field or a value that is called otherwise in one place stands behind that place: the
step, the list or the group that it is in (`rows.way`, `close_explained.outcome.partly`).

    [services]
    street_lighting = "路灯维护"

What has no Chinese is shown in English, and remembered, so that a test can demand it.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from marshmallow import fields, validate

from chassis.receivers import ADDED, IN_ENGLISH, NAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from marshmallow import Schema
    from marshmallow.fields import Field

    from chassis.workflow import Workflow

LANGUAGES: Final = ("zh", "en")
TABLES: Final = ("text", "states", "triggers", "fields", "roles", "clocks", "values", "documents", "services")

_LITERAL: Final = re.compile(r"""(?<![\w.])_\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
_ESCAPED: Final = re.compile(r"\\(.)")
_CHINESE: Final = re.compile(r"[\u3400-\u9fff]")
_WORD_BREAKS: Final = re.compile(r"[_\-.]+|(?<=[a-z])(?=[A-Z])")
_DEEPEST: Final = 4


_ENGLISH: Final[Mapping[str, str]] = {
    **tomllib.loads((Path(__file__).parent / "english.toml").read_text(encoding="utf-8"))["values"],
    **IN_ENGLISH,
}


class TermsError(ValueError):
    """A catalogue that can't be read; the message names the file and what is wrong."""


def in_english(identifier: str) -> str:
    """Spell an identifier as words: `order_to_pay` becomes "Order to pay"."""
    words = _WORD_BREAKS.sub(" ", identifier).strip()
    return words[:1].upper() + words[1:]


class Terms:
    """Catalogues laid over each other: what stands in a later file counts.

    Of the files `names` only what services are called is read, so that a menu can name others.
    """

    def __init__(self, *files: Path, names: Iterable[Path] = ()) -> None:
        self._tables: dict[str, dict[str, str]] = {table: {} for table in TABLES}
        for table in ("services", "values"):
            self._tables[table].update(ADDED)
        self._missing: set[tuple[str, str]] = set()
        for file in names:
            self._lay_over({"services": _tables(file).get("services", {})}, str(file))
        for file in files:
            self._lay_over(_tables(file), str(file))
        # Units are called alike everywhere, whatever a catalogue says.
        self._tables["values"].update(NAMES)

    @staticmethod
    def of(tables: Mapping[str, Mapping[str, str]]) -> Terms:
        """Make a catalogue from plain tables; raises TermsError for an unknown one."""
        terms = Terms()
        terms._lay_over(tables, "the given tables")
        return terms

    def _lay_over(self, tables: Mapping[str, Any], where: str) -> None:
        for table, entries in tables.items():
            if table not in TABLES:
                raise TermsError(f"{where}: unknown table [{table}]; there are {', '.join(TABLES)}")
            for source, chinese in entries.items():
                if not isinstance(chinese, str) or not chinese.strip():
                    raise TermsError(f"{where}: [{table}] {source!r} needs its Chinese as a text")
                self._tables[table][source] = chinese

    def text(self, source: str, lang: str, **values: object) -> str:
        """Return an English sentence in a language, with `{names}` filled in."""
        said = self._chinese("text", source) if lang == "zh" else None
        said = source if said is None else said
        return said.format(**values) if values else said

    def state(self, name: str, lang: str) -> str:
        """Return what a state is called."""
        return self._named("states", name, lang)

    def trigger(self, name: str, lang: str) -> str:
        """Return what a step is called."""
        return self._named("triggers", name, lang)

    def field(self, name: str, lang: str, within: str = "") -> str:
        """Return what a field of a form is called, where it stands within a step, a list or a group (`step.rows`)."""
        return self._named("fields", self.placed("fields", name, within) if lang == "zh" else name, lang)

    def role(self, name: str, lang: str) -> str:
        """Return what a role is called."""
        return self._named("roles", name, lang)

    def clock(self, name: str, lang: str) -> str:
        """Return what a clock is called."""
        return self._named("clocks", name, lang)

    def value(self, name: str, lang: str, within: str = "") -> str:
        """Return what a value that may be chosen is called, within a field, and its step, list or group (`step.field`)."""
        return self._named("values", self.placed("values", name, within) if lang == "zh" else name, lang)

    def document(self, name: str, lang: str) -> str:
        """Return what a document is called."""
        return self._named("documents", name, lang)

    def service(self, name: str, lang: str) -> str:
        """Return what a service is called."""
        table = next((table for table in ("services", "text", "values") if name in self._tables[table]), "services")
        return self._named(table, name, lang)

    def knows(self, table: str, source: str) -> bool:
        """Whether there is Chinese for it; what is Chinese already, or no word, needs none."""
        return source in self._tables[table] or bool(_CHINESE.search(source)) or not re.search("[A-Za-z]", source)

    def names(self, table: str, source: str) -> bool:
        """Whether the catalogue itself has Chinese for it."""
        return source in self._tables[table]

    def placed(self, table: str, name: str, within: str) -> str:
        """Find the entry that says most exactly where a name stands; the name itself, where none does."""
        while within:
            if f"{within}.{name}" in self._tables[table]:
                return f"{within}.{name}"
            within = within.partition(".")[2]
        return name

    def missing(self) -> list[tuple[str, str]]:
        """List what was asked for in Chinese and not found, as table and source."""
        return sorted(self._missing)

    def _named(self, table: str, name: str, lang: str) -> str:
        if not name or _CHINESE.search(name):
            return name
        if lang == "en" and table == "values" and name in _ENGLISH:
            return _ENGLISH[name]
        said = self._chinese(table, name) if lang == "zh" else None
        return in_english(name) if said is None else said

    def _chinese(self, table: str, source: str) -> str | None:
        if not self.knows(table, source):
            self._missing.add((table, source))
        return self._tables[table].get(source)


def _tables(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TermsError(f"{file}: not a readable catalogue: {error}") from error


def sentences(template: str) -> set[str]:
    """Find the literals that a template hands to `_()`."""
    found = (double or single for double, single in _LITERAL.findall(template))
    return {_ESCAPED.sub(r"\1", literal) for literal in found}


def untranslated(
    terms: Terms,
    *,
    templates: Iterable[Path] = (),
    workflow: Workflow | None = None,
    forms: Iterable[type[Schema]] = (),
) -> list[tuple[str, str]]:
    """List what a service shows and its catalogue has no Chinese for, as table and source.

    Looks through whole folders of templates as well as single files, every state,
    trigger, role, clock and document of the workflow with its forms, and every field,
    choice and help text of the forms.
    """
    shown: set[tuple[str, str]] = set()
    for place in templates:
        for file in sorted(place.rglob("*.html")) if place.is_dir() else [place]:
            shown |= {("text", sentence) for sentence in sentences(file.read_text(encoding="utf-8"))}
    every_form = list(forms)
    if workflow is not None:
        shown |= {("states", state) for state in workflow.states}
        for step in workflow.steps:
            shown.add(("triggers", step.trigger))
            shown |= {("roles", role) for role in step.roles}
            shown |= {("clocks", clock) for clock in (*step.starts, *step.stops, *step.suspends, *step.resumes)}
            shown |= {("documents", step.document)} if step.document else set()
            every_form += [step.form] if step.form else []
    for form in every_form:
        shown |= _shown_by(form().fields, 0)
    return sorted(pair for pair in shown if not terms.knows(*pair))


def _shown_by(named: Mapping[str, Field[Any]], depth: int) -> set[tuple[str, str]]:
    shown: set[tuple[str, str]] = set()
    for name, field in named.items():
        if field.dump_only:
            continue
        label = field.metadata.get("label")
        shown.add(("text", str(label)) if label else ("fields", name))
        shown |= {("text", str(field.metadata[key])) for key in ("help", "unit") if field.metadata.get(key)}
        inner = field.inner if isinstance(field, fields.List) else field
        if not _says_its_choices(field):
            shown |= {("values", str(choice)) for choice in choices_of(field) or choices_of(inner)}
        if isinstance(inner, fields.Nested) and depth < _DEEPEST:
            shown |= _shown_by(inner.schema.fields, depth + 1)
    return shown


def _says_its_choices(field: Field[Any]) -> bool:
    """Whether a field brings the Chinese of what may be chosen with it."""
    labels = [label for one in field.validators if isinstance(one, validate.OneOf) for label in one.labels]
    return bool(labels) and all(_CHINESE.search(label) for label in labels)


def choices_of(field: Field[Any]) -> list[str]:
    """List the values that a field may have, as they are written; none if it is free."""
    if isinstance(field, fields.Enum):
        spelled = (member.value if field.by_value else member.name for member in field.enum)
        return [str(value) for value in spelled]
    for validator in field.validators:
        if isinstance(validator, (validate.OneOf, validate.ContainsOnly)):
            return [str(choice) for choice in validator.choices]
    if isinstance(field, fields.List):
        return choices_of(field.inner)
    return []
