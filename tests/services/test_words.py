"""Whatever may stand on a page has its Chinese: each service is walked, and then a case of each mechanism."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from marshmallow.fields import Nested

import chassis
from chassis import app, catalogue, figures
from chassis.receivers import MECHANISMS
from chassis.schemas import FormSchema
from chassis.terms import choices_of, untranslated
from services.wage_recovery import cautions
from tests.services.test_figures import _keys as _keys  # noqa: PLC0414 - a fixture: the keys that a case is sealed with
from tests.services.test_months import ended

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import ModuleType

CHASSIS = Path(chassis.__file__).parent
CONTRACTS = Path(__file__).resolve().parents[2] / "contracts"
#: A code as the code spells them; ids have a digit or begin with a capital.
CODE = re.compile(r"[a-z]{3,}([_:][a-z]+)*")


def modules(name: str) -> list[ModuleType]:
    """Return the modules of a service."""
    package = import_module(f"services.{name}")
    found = walk_packages(package.__path__, f"{package.__name__}.")
    return [import_module(one.name) for one in found if "migrations" not in one.name]


def is_named(name: str, field: str, value: str) -> bool:
    """Say whether a coded value of a field has its Chinese in a service, of its own or for this field alone."""
    words = catalogue.spec(name).terms
    return words.knows("values", value) or words.names("values", f"{field}.{value}")


@pytest.mark.parametrize("name", catalogue.names())
def test_every_template_step_and_form_of_a_service_speaks_chinese(name: str) -> None:
    spec = catalogue.spec(name)
    kinds = {one for module in modules(name) for one in vars(module).values() if isinstance(one, type)}
    forms = {one for one in kinds if issubclass(one, FormSchema)} | {one.form for one in spec.computations}

    templates = [CHASSIS / "templates", spec.folder / "templates"]
    assert untranslated(spec.terms, templates=templates, workflow=spec.workflow, forms=forms) == []


@pytest.mark.parametrize("name", catalogue.names())
def test_the_menu_of_all_services_is_chinese_on_the_pages_of_each(name: str) -> None:
    words = app.words(catalogue.spec(name))

    shown = {label for item in app.menu() for label in (item.label, item.group) if label}
    assert [label for label in sorted(shown) if words.service(label, "zh").isascii()] == []


@pytest.mark.parametrize("name", [name for name in catalogue.names() if catalogue.has_cases(name)])
def test_what_a_service_keeps_counts_and_times_has_its_chinese(name: str) -> None:
    spec = catalogue.spec(name)
    counted = figures.declared(spec.folder).values()
    ends = {*spec.workflow.ends} - {"closed"} if spec.workflow and name in MECHANISMS else set()

    assert [one for one in spec.inner if not spec.terms.knows("fields", one)] == []
    assert [one.name for one in spec.legal.clocks if not spec.terms.knows("clocks", one.name)] == []
    assert [(one.name, of) for one in counted for of in one.labels if of and not is_named(name, one.by, of)] == []
    assert [end for end in sorted(ends) if not is_named(name, "end", end)] == []


def placed(fields: Mapping[str, Any], within: str) -> Iterator[str]:
    """Yield each place of a form where a field or one of its values may be called otherwise: `step.rows.way`."""
    for name, field in fields.items():
        yield f"{within}.{name}"
        yield from (f"{within}.{name}.{choice}" for choice in choices_of(field))
        inner = getattr(field, "inner", field)
        if isinstance(inner, Nested):
            yield from placed(inner.schema.fields, f"{within}.{name}")


@pytest.mark.parametrize("name", MECHANISMS)
def test_what_is_called_otherwise_in_one_place_has_such_a_place(name: str) -> None:
    spec = catalogue.spec(name)
    assert spec.workflow is not None
    places = {place for step in spec.workflow.steps if step.form for place in placed(step.form().fields, step.trigger)}
    own = tomllib.loads((spec.folder / "terms.toml").read_text(encoding="utf-8"))

    fields = {entry for entry in own["fields"] if "." in entry}
    values = {entry for entry in own["values"] if entry.count(".") > 1}
    assert [
        one for one in sorted(fields | values) if not any(f".{place}".endswith(f".{one}") for place in places)
    ] == []


def coded(schema: Mapping[str, Any], name: str = "") -> Iterator[tuple[str, str]]:
    """Yield each field of a contract that has coded values, with each of them; clocks are shown by themselves."""
    if name in ("clocks", "statutory"):
        return
    for value in schema.get("enum", ()):
        if isinstance(value, str) and value:
            yield name, value
    for field, inner in (schema.get("properties") or {}).items():
        yield from coded(inner, field)
    if isinstance(schema.get("items"), dict):
        yield from coded(schema["items"], name)


def kept_by_changes(module: ModuleType) -> Iterator[str]:
    """Yield the names in what the changes of steps return, which are kept on the case."""
    tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
    for one in (one for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)):
        takes = [arg.arg.strip("_") for arg in one.args.args]
        if takes[:1] == ["case"] and len(takes) == 3:
            returned = [inner.value for inner in ast.walk(one) if isinstance(inner, ast.Return) and inner.value]
            dicts = [inner for value in returned for inner in ast.walk(value) if isinstance(inner, ast.Dict)]
            for key in (key for found in dicts for key in found.keys):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value


@pytest.mark.parametrize("name", [name for name in catalogue.names() if catalogue.has_cases(name)])
def test_what_a_step_keeps_on_a_case_has_its_chinese(name: str) -> None:
    spec = catalogue.spec(name)
    columns = {*spec.case.__table__.c.keys()}
    kept = {one for module in modules(name) for one in kept_by_changes(module)} - columns

    assert [one for one in sorted(kept) if not any(spec.terms.knows(of, one) for of in ("fields", "triggers"))] == []


@pytest.mark.parametrize("name", [name for name in catalogue.names() if catalogue.has_cases(name)])
def test_what_others_tell_has_its_chinese_where_it_is_read(name: str) -> None:
    spec = catalogue.spec(name)
    missing = {
        (sub.pattern, field)
        for sub in spec.subscriptions
        for field in sub.schema.fields
        if not spec.terms.knows("fields", field)
    }
    for file in CONTRACTS.glob("*/*.json"):
        sub = spec.reader(f"{file.parent.name}.{file.stem}")
        told = coded(orjson.loads(file.read_bytes())["schema"]) if sub is not None else ()
        missing |= {(field, value) for field, value in told if not is_named(name, field, value)}

    assert sorted(missing) == []


def test_each_suspicion_that_a_roster_raises_has_its_chinese() -> None:
    tree = ast.parse(Path(cautions.__file__).read_text(encoding="utf-8"))
    about = {one.name: one for one in tree.body if isinstance(one, ast.FunctionDef)}
    made = [one for rule in ("of_roster", "_equal_sums") for one in ast.walk(about[rule]) if isinstance(one, ast.Call)]
    codes = {
        one.args[0].value
        for one in made
        if isinstance(one.func, ast.Name) and one.func.id == "Caution" and isinstance(one.args[0], ast.Constant)
    }

    assert len(codes) > 3
    assert [code for code in sorted(map(str, codes)) if not is_named("wage_recovery", "suspicions", code)] == []


@pytest.mark.parametrize("name", [name for name in catalogue.names() if catalogue.has_cases(name)])
def test_what_a_rule_warns_by_is_an_article_on_file(name: str) -> None:
    spec = catalogue.spec(name)
    [*rules] = {module for module in modules(name) if module.__name__.rpartition(".")[2].endswith("cautions")}
    cited = set[str]()
    for module in rules:
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        for call in (one for one in ast.walk(tree) if isinstance(one, ast.Call)):
            if isinstance(call.func, ast.Name) and call.func.id == "Caution" and len(call.args) > 3:
                cited |= constants(call.args[3], module)

    assert [code for code in sorted(cited) if code not in {row.code for row in spec.legal.bases}] == []


def constants(node: ast.expr, module: ModuleType) -> set[str]:
    """Return the text that an expression of constants of its module comes to; nothing where it is no such expression."""
    try:
        return {str(eval(compile(ast.Expression(node), module.__name__, "eval"), vars(module)))}  # noqa: S307
    except NameError:
        return set()


def texts(tree: Mapping[str, Any], label: str = "") -> Iterator[tuple[str, str]]:
    """Yield each text of a tree as the page lays it out, with its label."""
    if tree["kind"] == "text":
        yield label, tree["text"]
    for name, inner in tree.get("pairs", ()):
        yield from texts(inner, name)
    for row in tree.get("rows", ()):
        yield from zip(tree["head"], row, strict=True)
    for inner in tree.get("items", ()):
        yield from texts(inner, label)


@pytest.mark.parametrize("name", MECHANISMS)
def test_the_page_of_a_case_that_went_all_its_way_is_chinese_throughout(name: str, tmp_path: Path) -> None:
    room = ended(name, tmp_path)

    page = room.page("A1")

    shown = [*page["facts"]]
    for part in (*page["record"], *({"tree": one["form"], "label": one["label"]} for one in page["timeline"])):
        shown += texts(part["tree"] or {"kind": ""}, part["label"])
    codes = {(label, word) for label, text in shown for word in text.split("、") if CODE.fullmatch(word)}
    assert room.blueprint.terms.missing() == []
    assert sorted(codes) == []
    room.database.close()
