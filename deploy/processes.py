"""Writes what lists every service's processes, each file from the template beside it: `make deploy`.

The one list is `services/`: a folder with a `pyproject.toml` is a service.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROOT = Path(__file__).resolve().parent.parent
FILES = (
    "compose/compose.yaml",
    "gateway/nginx.conf",
    "kubernetes/ingress.yaml",
    "kubernetes/kustomization.yaml",
    "prometheus/prometheus.yml",
)


def services(root: Path) -> list[str]:
    """Return the services of a repository."""
    return sorted(file.parent.name for file in (root / "services").glob("*/pyproject.toml"))


def rendered(names: list[str]) -> dict[str, str]:
    """Return each file's text for these services, by its path in deploy/."""
    jinja = Environment(  # noqa: S701 - YAML and nginx, no HTML
        loader=FileSystemLoader(ROOT / "deploy"),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        undefined=StrictUndefined,
    )
    jinja.filters["hyphened"] = lambda name: name.replace("_", "-")
    return {
        path: jinja.get_template(f"{path}.j2").render(
            services=names, written=f"# Written by `make deploy` from {Path(path).name}.j2: change it there."
        )
        for path in FILES
    }


def write(root: Path) -> list[Path]:
    """Write the files that have changed, and return their paths."""
    changed = []
    for path, text in rendered(services(root)).items():
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
