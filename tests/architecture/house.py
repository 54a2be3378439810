"""House rules that no linter on the shelf knows. Each takes the top of a tree and returns what breaks it."""

from __future__ import annotations

import ast
import re
import tomllib
from fnmatch import fnmatch
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

#: The rooms of a service, the same everywhere; one may be missing, none is renamed.
ROOMS = (
    "__init__.py",
    "facts.py",
    "rules.py",
    "workflow.py",
    "schemas.py",
    "models.py",
    "service.py",
    "web.py",
    # Click commands that the service adds to `jiesu`, and what it shows in the demo.
    "*_command.py",
    "demo.py",
    # What the service counts, named as data and computed by a pure rule.
    "figures.toml",
    "figures.py",
    "legal.toml",
    "terms.toml",
    "pyproject.toml",
    "README.md",
)
FOLDERS: Mapping[str, tuple[str, ...]] = {
    "data": (".toml", ".json", ".csv", ".md", ".txt", ".svg", ".jpg", ".png"),
    "migrations": (".py",),
    "static": (".css", ".js", ".svg", ".png", ".woff2"),
    "templates": (".html", ".txt", ".md"),
}

PURE_ROOMS = (
    *("calc.py", "cautions.py", "facts.py", "figures.py", "rules.py", "workflow.py", "rates.py", "calls.py"),
    *("returns.py", "helping.py", "watching.py", "ruleset.py", "rulecheck.py", "signing.py", "lookup.py", "outside.py"),
    *("catalogue.py", "roster.py", "pasting.py", "recusal.py", "remedies.py", "forcing.py", "earlier.py"),
    "misprints.py",
    "costs.py",
    *("measures.py", "means.py", "duplicates.py", "applying.py", "granting.py", "benefits.py", "refunds.py"),
    *(
        "bounds.py",
        "reading.py",
        "notes.py",
        "pauses.py",
        "statements.py",
        "debts.py",
        "duties.py",
        "serious.py",
        "orders.py",
        "courts.py",
        "decisions.py",
    ),
    *("votes.py", "funds.py", "firms.py", "elections.py", "candidates.py", "experts.py", "parties.py", "relays.py"),
    # The stages of a procedure that is long.
    "stages/*.py",
)
PURE_CHASSIS = ("clocks.py", "facts.py", "picking.py", "workflow.py")

#: What asks the world, by the end of the dotted name that is called.
IMPURE_CALLS: Mapping[str, str] = {
    "open": "opens a file",
    "print": "prints",
    "input": "asks at the terminal",
    "datetime.now": "asks for the time",
    "datetime.utcnow": "asks for the time",
    "datetime.today": "asks for the time",
    "date.today": "asks for the time",
    "uuid.uuid1": "makes an id",
    "uuid.uuid4": "makes an id",
    "uuid1": "makes an id",
    "uuid4": "makes an id",
    "new_code": "makes a code",
    "urlopen": "calls the net",
    "write_text": "writes a file",
    "write_bytes": "writes a file",
    "unlink": "removes a file",
    "mkdir": "makes a folder",
}

#: Words of the domain that the plumbing must not know.
DOMAIN_WORDS = frozenset(
    {
        *("appeal", "appeals", "petition", "petitioner", "resident", "residents", "complaint", "complaints"),
        *("ledger", "whistle", "rating", "mediator", "subdistrict"),
        *("intake", "mediation", "enforcement", "hotline", "wage", "relief", "grid", "portal"),
    }
)


def strangers_in_services(root: Path, own: Mapping[str, Collection[str]]) -> list[str]:
    """Return each file that stands in no known room; `own` names a service's further rooms, one in a suite as `suite/room.py`."""
    found = []
    for service in services(root):
        known = (*ROOMS, *own.get(service.name, ()))
        for path in _files(service):
            place = path.relative_to(service).as_posix()
            folder = place.rpartition("/")[0]
            if folder and place not in known:
                fits = path.suffix in FOLDERS.get(folder.split("/", 1)[0], ())
            else:
                fits = any(fnmatch(place, room) for room in known)
            if not fits:
                found.append(f"{path.relative_to(root)}: no room of a service is called so")
    return found


def impurities(root: Path) -> list[str]:
    """Return each call in a pure room that asks for the time, for chance or for a file."""
    rooms = [path for service in services(root) for room in PURE_ROOMS for path in service.rglob(room)]
    rooms += [root / "chassis" / room for room in PURE_CHASSIS]
    return [
        f"{path.relative_to(root)}:{line}: a pure room {why}"
        for path in rooms
        if path.exists()
        for line, why in _impure_calls(ast.parse(path.read_text(encoding="utf-8")))
    ]


def circles(root: Path) -> list[str]:
    """Return a circle of imports among the modules of each service that has one; one for types alone is one as well."""
    return [
        " -> ".join(reversed(circle))
        for service in services(root)
        if (circle := _circle(service, f"services.{service.name}"))
    ]


def _circle(service: Path, package: str) -> list[str]:
    paths = (path for path in _files(service) if path.suffix == ".py")
    modules = {".".join([package, *path.relative_to(service).with_suffix("").parts]): path for path in paths}
    graph = {}
    for module, path in modules.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
        named = {f"{node.module}.{alias.name}" for node in froms for alias in node.names}
        graph[module] = (named | {str(node.module) for node in froms}) & modules.keys() - {module}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def domain_words(root: Path, allowed: Mapping[str, Collection[str]]) -> list[str]:
    """Return each word of the domain in the chassis's code: names and texts, but no docstring or comment."""
    found = []
    for path in _files(root / "chassis"):
        if path.suffix != ".py":
            continue
        for line, text in _names_and_texts(ast.parse(path.read_text(encoding="utf-8"))):
            words = set(_words(text)) & DOMAIN_WORDS - set(allowed.get(path.name, ()))
            found += [f"{path.relative_to(root)}:{line}: the chassis says {word!r}" for word in sorted(words)]
    return found


def misnamed_distributions(root: Path) -> list[str]:
    """Return each service whose own pyproject.toml does not say what its folder says."""
    found = []
    for service in services(root):
        path = service / "pyproject.toml"
        if not path.exists():
            found.append(f"{path.relative_to(root)}: missing, so that nobody can install this service alone")
            continue
        written = tomllib.loads(path.read_text(encoding="utf-8"))
        project = written["project"]
        points = project.get("entry-points", {})
        sources = (
            written.get("tool", {}).get("hatch", {}).get("build", {}).get("targets", {}).get("wheel", {}).get("sources")
        )
        checks = {
            f"its name is not jiesujiban-{service.name.replace('_', '-')}": project["name"]
            == f"jiesujiban-{service.name.replace('_', '-')}",
            "it does not depend on the chassis": any(
                need.startswith("jiesujiban-chassis") for need in project["dependencies"]
            ),
            "it depends on another service": not any(
                need.startswith("jiesujiban-") and not need.startswith("jiesujiban-chassis")
                for need in project["dependencies"]
            ),
            "its class is not announced": list(points.get("jiesu.services", {})) == [service.name],
            f"its wheel does not hold services/{service.name}": sources == {"": f"services/{service.name}"},
        }
        found += [f"{path.relative_to(root)}: {wrong}" for wrong, holds in checks.items() if not holds]
    return found


def unreasoned_ignores(pyproject: str) -> list[str]:
    """Return each ignored lint rule that has no reason beside it."""
    inside = pyproject.partition("[tool.ruff.lint]")[2].partition("[tool.ruff.lint.flake8")[0]
    rules = re.findall(r'^ +"([A-Z]+\d*)",(.*)$', inside, flags=re.MULTILINE)
    return [rule for rule, rest in rules if len(rest.partition("#")[2].split()) < 2]


def services(root: Path) -> list[Path]:
    """Return the folders of the services."""
    return sorted(
        path for path in (root / "services").iterdir() if path.is_dir() and not path.name.startswith((".", "__"))
    )


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if path.is_file() and not any(part == "__pycache__" or part.startswith(".") for part in parts):
            yield path


def _impure_calls(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            parts = ast.unparse(node.func).split(".")
            for name in (".".join(parts[-2:]), parts[-1]):
                # `open` is a state's name too: only the bare call opens a file.
                if name in IMPURE_CALLS and (name != "open" or len(parts) == 1):
                    yield node.lineno, IMPURE_CALLS[name]
                    break


def _names_and_texts(tree: ast.Module) -> Iterator[tuple[int, str]]:
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in docstrings:
                yield node.lineno, text
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
            case ast.keyword(arg=str(name)):
                yield node.value.lineno, name


def _words(text: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", text)]
