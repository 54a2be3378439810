"""Writes what lists every service's processes and figures, each file from the template beside it: `make deploy`.

The one list is `services/`: a folder with a `pyproject.toml` is a service, and one with a `figures.toml` counts something
of its own (`chassis/figures.py` says what stands in that): it gets its alarms, and a dashboard.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROOT = Path(__file__).resolve().parent.parent
FILES = (
    "compose/compose.yaml",
    "gateway/nginx.conf",
    "kubernetes/ingress.yaml",
    "kubernetes/kustomization.yaml",
    "prometheus/prometheus.yml",
    "prometheus/figures.yml",
)
DASHBOARD = "grafana/dashboards/mechanism.json.j2"


def services(root: Path) -> list[str]:
    """Return the services of a repository."""
    return sorted(file.parent.name for file in (root / "services").glob("*/pyproject.toml"))


def figures(root: Path) -> dict[str, list[dict[str, Any]]]:
    """Return by service the rows of its `figures.toml`, each with the metric that shows it and the query for it."""
    found = {}
    for file in sorted((root / "services").glob("*/figures.toml")):
        rows = tomllib.loads(file.read_text(encoding="utf-8"))
        found[file.parent.name] = [_figure(file.parent.name, name, row) for name, row in rows.items()]
    return found


def _figure(service: str, name: str, row: dict[str, Any]) -> dict[str, Any]:
    metric = "_".join(filter(None, ("jiesu", service, name, row.get("unit"))))
    by = f" by ({row['by']})" if "by" in row else ""
    legend = row["zh"] + (f" {{{{{row['by']}}}}}" if by else "")
    return {**row, "name": name, "metric": metric, "query": f"max{by} ({metric})", "legend": legend}


def title(root: Path, service: str) -> str:
    """Return what a service is called, in both languages."""
    for file in (root / "services" / service / "terms.toml", root / "chassis" / "terms.toml"):
        words = tomllib.loads(file.read_text(encoding="utf-8")).get("services", {}) if file.exists() else {}
        if service in words:
            return f"{words[service]} {service}"
    return service


def rendered(root: Path) -> dict[str, str]:
    """Return each file's text for the services of a repository, by its path in deploy/."""
    jinja = Environment(  # noqa: S701 - YAML, JSON and nginx, no HTML
        loader=FileSystemLoader(ROOT / "deploy"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    jinja.filters["hyphened"] = lambda name: name.replace("_", "-")
    jinja.filters["camel"] = lambda name: name.title().replace("_", "")
    jinja.filters["quoted"] = lambda text: json.dumps(text, ensure_ascii=False)
    counted = figures(root)
    found = {
        path: jinja.get_template(f"{path}.j2").render(
            services=services(root),
            figures=counted,
            written=f"# Written by `make deploy` from {Path(path).name}.j2: change it there.",
        )
        for path in FILES
    }
    for service, rows in counted.items():
        shown = {"sums": [row for row in rows if "unit" in row], "counts": [row for row in rows if "unit" not in row]}
        targets = {name: [(row["query"], row["legend"]) for row in some] for name, some in shown.items()}
        text = jinja.get_template(DASHBOARD).render(service=service, title=title(root, service), **targets)
        found[str(Path(DASHBOARD).parent / f"mechanism-{service}.json")] = text
    return found


def write(root: Path) -> list[Path]:
    """Write the files that have changed, and return their paths."""
    changed = []
    for path, text in rendered(root).items():
        file = root / "deploy" / path
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            changed.append(file)
    return changed


def main() -> int:
    """Write them and say which have changed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    root = parser.parse_args().root.resolve()
    for path in write(root):
        print(path.relative_to(root))
    return 0


if __name__ == "__main__":
    sys.exit(main())
