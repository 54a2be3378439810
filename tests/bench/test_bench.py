"""The measurements run and add up: little of everything, in less than a minute on a quiet machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from bench import letters
from bench.client import summary
from bench.limit import Plan

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.alone
@pytest.mark.timeout(600)
def test_a_quick_run_measures_everything_and_writes_it_down(tmp_path: Path) -> None:
    out = tmp_path / "latest.json"

    subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bench", "--quick", "--out", str(out)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        check=True,
        timeout=580,
    )

    found = json.loads(out.read_text(encoding="utf-8"))
    assert {"accept", "pipeline", "limit", "ratio", "machine"} <= found.keys()
    assert {*found["accept"]} == {"1", "8", "32"}
    for run in found["accept"].values():
        assert run["per_second"] > 0
        assert 0 < run["p50_ms"] <= run["p95_ms"] <= run["p99_ms"]
    assert positive(
        found["pipeline"]["dispatched"], "per_second", "cpu_ms_per_appeal", "cpu_ms_per_hop", "letters", "receipts"
    )
    assert positive(found["limit"]["dispatched"], "per_second", "cpu_ms_per_hop", "letters", "receipts")
    assert found["ratio"] > 0
    assert positive(found["ledger"], "p50_ms", "p95_ms")
    assert positive(found["embedded"], "first_appeal_s", "memory_mb", "dispatched_s")
    assert positive(found["machine"], "cores", "memory_gb")


def positive(figures: dict[str, Any], *names: str) -> bool:
    return all(figures[name] > 0 for name in names)


@pytest.mark.parametrize(("told", "receipts", "nodes"), [(5, 9, 10), (1, 1, 1), (11, 21, 10), (3, 12, 4)])
def test_the_limit_does_exactly_as_many_receipts_as_it_is_told(told: int, receipts: int, nodes: int) -> None:
    plan = Plan(appeals=1, letters=told, receipts=receipts, nodes=nodes, batch=50, size=100)

    readers = [plan.readers(number) for number in range(told)]

    assert sum(len(nodes_) for nodes_ in readers) == receipts
    assert all(len(set(nodes_)) == len(nodes_) for nodes_ in readers)
    assert all(plan.goes_on(before[0], number) for number, (before, _after) in enumerate(pairwise(readers)))
    assert not any(plan.goes_on(node, told - 1) for node in range(nodes))


def test_the_same_seed_makes_the_same_letters() -> None:
    assert letters.make(20, 3) == letters.make(20, 3)
    assert letters.make(20, 3) != letters.make(20, 4)


def test_percentiles_are_given_in_milliseconds() -> None:
    assert summary([0.001] * 95 + [0.1] * 5) == {"p50_ms": 1.0, "p95_ms": 100.0, "p99_ms": 100.0, "max_ms": 100.0}
