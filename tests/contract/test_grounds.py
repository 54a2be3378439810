"""What lets a promise stand still is told by the name of its step, and routing shows it in words."""

from __future__ import annotations

from pathlib import Path

from chassis import catalogue
from chassis.handling import CasePaused
from chassis.terms import Terms

ROOT = Path(__file__).resolve().parents[2]


def test_each_ground_on_which_a_promise_stands_still_has_its_chinese_in_the_ledger() -> None:
    terms = Terms(ROOT / "chassis/terms.toml", ROOT / "services/routing/terms.toml")
    workflows = [flow for name in catalogue.names() if (flow := catalogue.spec(name).workflow) is not None]

    grounds = {step.trigger for flow in workflows for step in flow.steps if CasePaused in step.tells}

    assert grounds
    assert [ground for ground in sorted(grounds) if not terms.knows("values", ground)] == []
