"""The tutorial on a tenth mechanism is done, block by block, in a copy of the repository."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.nodes.node import plain_environment

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs" / "guides" / "tenth-mechanism.md"
#: What a tenth mechanism may add or change.
OWN = (
    *("services/street_trees/", "contracts/street_trees/", "tests/services/street_trees/"),
    *("deploy/kubernetes/services/street_trees/", "deploy/grafana/dashboards/mechanism-street_trees.json"),
    "docs/generated/",
)
#: What lists every service's processes, written from templates: a tenth mechanism adds lines to it, and changes none.
LISTS = (
    *("deploy/compose/compose.yaml", "deploy/gateway/nginx.conf", "deploy/prometheus/prometheus.yml"),
    "deploy/prometheus/figures.yml",
    *("deploy/kubernetes/kustomization.yaml", "deploy/kubernetes/ingress.yaml"),
)

_BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_LEFT = (".venv", ".git", "var", "out", "gallery", "node_modules", "__pycache__", ".*_cache", ".hypothesis")


@dataclass(frozen=True, slots=True)
class Block:
    """What is to be run, or written to a file."""

    language: str
    path: str
    text: str


def blocks(paper: str) -> list[Block]:
    """Return the fenced blocks of a paper in their order; each is a command or names its file."""
    found = [Block(*parts) for parts in _BLOCK.findall(paper)]
    assert paper.count("\n```") == 2 * len(found), "a block is not closed, or begins in no known way"
    assert all((block.language == "sh") is not bool(block.path) for block in found), (
        "a block neither runs nor is a file"
    )
    return found


def strange(status: str) -> list[str]:
    """Return the paths of a `git status --porcelain` that are not the new mechanism's own."""
    return [line[3:] for line in status.splitlines() if not line[3:].startswith((*OWN, *LISTS))]


def added_to(numstat: str) -> dict[str, tuple[int, int]]:
    """Return the lines added and taken away by path, of a `git diff --numstat`."""
    rows = (line.split("\t") for line in numstat.splitlines())
    return {path: (int(added), int(removed)) for added, removed, path in rows}


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the repository, with an environment of its own."""

    root: Path

    def run(self, *words: str) -> str:
        """Run something at its top, and return what it said."""
        done = subprocess.run(
            words, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False, timeout=400
        )
        assert done.returncode == 0, f"{' '.join(words)}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    @property
    def environment(self) -> dict[str, str]:
        """Return an environment that knows nothing of the repository that it was copied from."""
        outside = {name: value for name, value in plain_environment().items() if name != "PYTHONPATH"}
        me = {"NAME": "居民甲", "EMAIL": "nobody@example.com"}
        git = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in me.items()}
        return {**outside, **git, "PYTHONPATH": str(self.root)}


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    """Give a committed copy of what lies here. Its .venv has the same libraries, and installs for itself."""
    root = tmp_path / "repository"
    shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(*_LEFT))
    made = Copy(root)
    made.run("git", "init", "-q")
    made.run("git", "add", "-A")
    made.run("git", "commit", "-q", "-m", "all that was there")
    made.run(sys.executable, "-m", "venv", "--without-pip", ".venv")
    python = root / ".venv/bin/python"
    own = Path(made.run(str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip())
    # Only the path of the libraries: the editable installs there, which lead back to this tree, are not followed.
    (own / "libraries.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    for name in ("jiesu", "pytest", "lint-imports"):
        script = (Path(sys.executable).parent / name).read_text(encoding="utf-8")
        (root / ".venv/bin" / name).write_text(re.sub(r"\A#!.*", f"#!{python}", script), encoding="utf-8")
        (root / ".venv/bin" / name).chmod(0o755)
    return made


@pytest.mark.timeout(600)
def test_the_tutorial_leads_to_a_mechanism_that_works_and_touches_nothing_that_was_there(copy: Copy) -> None:
    for block in blocks(GUIDE.read_text(encoding="utf-8")):
        if block.language == "sh":
            copy.run("bash", "-euc", block.text)
        else:
            path = copy.root / block.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, encoding="utf-8")

    status = copy.run("git", "status", "--porcelain", "--untracked-files=all")
    assert strange(status) == []
    rooms = {"services", "contracts", "tests", "docs", "deploy"}
    assert {line[3:].partition("/")[0] for line in status.splitlines()} == rooms
    lists = added_to(copy.run("git", "diff", "--numstat", "--", *LISTS))
    assert {*lists} == {*LISTS}
    assert all(added and not removed for added, removed in lists.values()), lists
    bin_here, mine = (
        Path(sys.executable).parent,
        [path for path in OWN if path.partition("/")[0] not in ("docs", "deploy")],
    )
    copy.run(str(bin_here / "ruff"), "check", "--no-cache", *mine)
    copy.run(str(bin_here / "ruff"), "format", "--no-cache", "--check", *mine)
    copy.run(str(copy.root / ".venv/bin/lint-imports"), "--no-cache")
    copy.run(str(copy.root / ".venv/bin/pytest"), "-q", "tests/architecture/test_deploy.py", "-k", "not prometheus")
    copy.run(str(copy.root / ".venv/bin/pytest"), "-q", "tests/architecture/test_kubernetes.py")
    tests = ("tests/contract/test_contracts.py", "tests/contract/test_receivers.py", "tests/docs/test_generated.py")
    copy.run(str(copy.root / ".venv/bin/pytest"), "-q", "-k", "street_trees or agree or fact_told or generated", *tests)


def test_the_chinese_tutorial_has_the_same_blocks() -> None:
    english, chinese = (guide.read_text(encoding="utf-8") for guide in (GUIDE, GUIDE.with_suffix(".zh-CN.md")))

    assert blocks(chinese) == blocks(english)


def test_a_change_elsewhere_and_a_block_that_is_neither_are_found() -> None:
    status = " M services/routing/rules.py\n?? services/street_trees/rules.py\n M contracts/routing/a.v1.json\n"

    assert strange(status) == ["services/routing/rules.py", "contracts/routing/a.v1.json"]
    with pytest.raises(AssertionError, match="neither runs nor is a file"):
        blocks("\n```python\n1\n```\n")
    with pytest.raises(AssertionError, match="not closed"):
        blocks("\n```sh\nmake\n")
