"""Chance walks over a service's table, and the facts that are told on the way; no database, no bus."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from chassis import wire
from chassis.clocks import ClockError
from chassis.forms import example
from chassis.wire import plain
from chassis.workflow import Moment, WorkflowError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chassis.facts import Fact
    from chassis.workflow import Step, Workflow

START = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
APPEAL = "0193569d-5c00-8a3e-9d1b-6f2c7b1e4a10"

#: What a case holds before its first step, as its service's reaction to the opening fact leaves it.
OPENED: dict[str, Any] = {
    "number": "彭李诉〔2026〕000123号",
    "title": "夜间油烟和噪声扰民",
    "text": "楼下餐馆每晚油烟直排,风机噪声很大。",
    "place": "黄河八路与渤海十二路交叉口",
    "category": "0202",
    "kind": "complaint",
    "urgency": "III",
    "severity": "moderate",
    "confidence": 0.86,
    "mechanism": "enforcement",
    "grounds": [{"what": "经营噪声（0202）", "words": ["噪声扰民"], "weight": 13.1}],
    "flags": [],
    "anonymous": False,
    "assisting_units": ["community_huanghe"],
    "outcome": "solved",
    "reply": "您反映的问题已办理完毕，感谢您的监督。",
    "handler_claims_solved": True,
    "handled_by": "account-7",
    "unit": "enforcement_squad",
    "opinion": "一般诉求按规则派单",
    "retroactive": False,
    "round": 1,
    "rounds": 1,
    "extension_asked": {"reason": "需第三方检测，周期较长", "workdays": 3, "at": "2026-11-23T01:00:00+00:00"},
    "hold": True,
}


@dataclass(slots=True)
class Walker:
    """A case that exists only while it is walked with."""

    state: str
    id: str = APPEAL
    subject: str = APPEAL
    unit: str = "enforcement_squad"
    details: dict[str, Any] = field(default_factory=lambda: dict(OPENED))
    public: dict[str, Any] = field(default_factory=dict)
    opened_at: datetime = START


def told_by_chance(workflow: Workflow, seed: int, *, steps: int = 90) -> Iterator[tuple[Fact, Any]]:
    """Walk once, and give each fact told with its data as they stand on the wire."""
    dice = random.Random(seed)
    case, now = Walker(workflow.initial), START
    taken: Counter[str] = Counter()
    for _ in range(steps):
        now += timedelta(hours=dice.choice((1, 1, 5, 30, 200)))
        choices = sorted(workflow.steps_from(case.state), key=lambda step: step.trigger)
        if not choices:
            return
        # What was done before, and what ends the walk, is likely later only.
        weights = [(0.05 if step.target in workflow.ends else 1.0) / (1 + 3 * taken[step.trigger]) for step in choices]
        [step] = dice.choices(choices, weights)
        taken[step.trigger] += 1
        moment = Moment(
            now=now, actor=f"account-{dice.randint(1, 9)}", actor_name="处办员甲", role=dice.choice(step.roles)
        )
        try:
            decision = workflow.decide(case, step.trigger, _form(step, now), moment=moment)
        except (WorkflowError, ClockError):
            continue
        changes = dict(decision.changes)
        public = changes.pop("public", case.public)
        case = replace(
            case,
            state=decision.target,
            unit=str(changes.get("unit", case.unit)),
            public=public,
            details={**case.details, **plain({**decision.kept, **changes})},
        )
        for fact in decision.facts:
            yield fact, orjson.loads(wire.dumps(fact.data()))


def _form(step: Step, now: datetime) -> dict[str, Any]:
    if step.form is None:
        return {}
    loaded: dict[str, Any] = step.form().load(example(step.form, at=now))
    return loaded
