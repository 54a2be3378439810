"""Lays out a new service that handles cases: every room, one step of its own, its contracts, and a test that passes.

Called by `make new-service NAME=street_lighting`. It changes no file of another service; what lists every service's
processes in deploy/ is written anew (`processes.py`).
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path
from string import Template

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
TEMPLATES = HERE / "new_service"
#: Whose contracts of the shared steps are taken as the pattern, and which those are.
PATTERN = "hotline"
SHARED = (
    *("case_accepted", "case_contacted", "case_progressed", "case_extension_requested", "case_return_requested"),
    *("case_interim_replied", "case_transferred", "case_concluded", "case_recounted", "reveal_logged"),
)


class LayoutError(Exception):
    """A service that can't be laid out; the message says why and what to write instead."""


def lay_out(name: str, root: Path) -> list[Path]:
    """Write the rooms of a service, its contracts and its tests, and return their paths."""
    if not re.fullmatch(r"[a-z]+(_[a-z]+)*", name):
        message = f"{name!r} is no name for a service: write lower-case words joined by _, such as street_lighting."
        raise LayoutError(message)
    places = {
        "service": root / "services" / name,
        "contracts": root / "contracts" / name,
        "tests": root / "tests" / "services" / name,
        "kubernetes": root / "deploy" / "kubernetes" / "services" / name,
    }
    for place in places.values():
        if place.exists() and any(place.iterdir()):
            message = f"{place.relative_to(root)} is there already: choose another name, or remove it first."
            raise LayoutError(message)
    words = name.split("_")
    values = {
        "name": name,
        "upper": name.upper(),
        "hyphened": "-".join(words),
        "constant": name.upper(),
        "class": "".join(map(str.capitalize, words)) + "Service",
        "title": " ".join(words).capitalize(),
        "title_small": " ".join(words),
    }
    written = []
    for template in sorted(TEMPLATES.rglob("*.tmpl")):
        kind, *inside = template.relative_to(TEMPLATES).with_suffix("").parts
        path = places[kind].joinpath(*inside)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(Template(template.read_text(encoding="utf-8")).substitute(values), encoding="utf-8")
        written.append(path)
    with (places["service"] / "terms.toml").open("a", encoding="utf-8") as terms:
        terms.write("".join(["\n[values]\n", *_categories()]))
    for fact in SHARED:
        path = places["contracts"] / f"{fact}.v1.json"
        pattern = (ROOT / "contracts" / PATTERN / path.name).read_text(encoding="utf-8")
        path.write_text(pattern.replace(f'"told_by": "{PATTERN}"', f'"told_by": "{name}"'), encoding="utf-8")
        written.append(path)
    return written


def _categories() -> list[str]:
    """Return the lines that name each category of appeals: a service shows them by words of its own."""
    lines = (ROOT / "services" / PATTERN / "terms.toml").read_text(encoding="utf-8").splitlines(keepends=True)
    return [line for line in lines if re.match(r'"\d{4}" = ', line)]


def main() -> int:
    """Lay it out and say what comes next."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", help="lower-case words joined by _, such as street_lighting")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    given = parser.parse_args()
    try:
        written = lay_out(given.name, given.root.resolve())
    except LayoutError as refused:
        print(refused, file=sys.stderr)
        return 2
    for path in written:
        print(path.relative_to(given.root.resolve()))
    subprocess.run([sys.executable, HERE / "processes.py", "--root", given.root], check=True)
    print(
        f"\nNext: make setup, which installs it; then write its procedure in services/{given.name}/workflow.py, and\n"
        f"start every service with JIESU_MECHANISMS={given.name}:中文名称, so that appeals can be sent to it\n"
        "(in deploy/compose/.env, in the config map `street`, or in /etc/jiesu/street.env).\n"
        "Step by step: docs/guides/tenth-mechanism.md"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
