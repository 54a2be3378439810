"""Appeals on their whole way: from POST to dispatched, and on to closed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import distinct, func, select

from bench.accept import posts_file
from bench.client import summary
from bench.platform import run_apart, since, spent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.platform import Servers
    from tests.nodes.street import Street

_POSTING_CLIENTS = 8
_DISPATCHED = "signed_by_rule"
#: Where an appeal stands when nobody may dispatch it but a leader or the desk.
_BEFORE = frozenset({"triage_due", "awaiting_signoff", "answered", "not_accepted", "relayed", "merged", "withdrawn"})
_NO_MECHANISMS = frozenset({"intake", "routing", "feedback", "portal", "analysis", "grid"})


def measure(own: Servers, running: Street, appeals: int, *, close: bool) -> dict[str, Any]:
    """Measure both stretches of the way; `close` false leaves the second out."""
    found = {"dispatched": dispatched(own, running, appeals)}
    if close:
        found["closed"] = closed(own, running)
    return found


def dispatched(own: Servers, running: Street, appeals: int, seed: int = 101) -> dict[str, Any]:
    """Post appeals and let the bus run until every letter is read."""
    file = posts_file(running.folder, appeals, seed)
    told, before = _told(running), spent(own, running)
    cases = running.states("routing").keys()
    posting = run_apart("bench.client", "127.0.0.1", running.port, _POSTING_CLIENTS, file)
    _await_mechanisms(running)
    running.await_quiet(600, every=0.5, calm=2)
    after = spent(own, running)
    quiet = _quiet(own, running)
    fresh = {subject: state for subject, state in running.states("routing").items() if subject not in cases}
    assert len(fresh) == posting["accepted"] == appeals, (len(fresh), posting)
    end = _last_receipt(running)
    seconds = end - posting["began_at"]
    waits = _waits(running, fresh)
    return {
        "appeals": appeals,
        "dispatched": len(waits),
        "with_leader_or_desk": appeals - len(waits),
        "posting_per_second": posting["per_second"],
        "client_cpu_s": posting["client_cpu_s"],
        "post_to_dispatched": summary(waits),
        **_account(appeals, seconds, _difference(told, _told(running)), since(before, after)),
        "idle_cpu_per_s": quiet,
    }


def closed(own: Servers, running: Street) -> dict[str, Any]:
    """Let staff and residents play until every appeal has come to its end."""
    procedure = running.blueprint("intake").workflow
    assert procedure is not None
    appeals = sum(state not in procedure.ends for state in running.states("intake").values())
    told, before, began = _told(running), spent(own, running), time.time()
    play = run_apart("bench.play", running.url, running.folder)
    running.await_quiet(600)
    after = spent(own, running)
    assert play["open"] == 0, play
    # Where all wait for a clock, the players move the time on.
    seconds = _last_receipt(running) - running.seconds_ahead() - began
    return {
        "appeals": appeals,
        "ends": play["ends"],
        "parked": play["parked"],
        "steps": play["steps"],
        "players_cpu_s": play["cpu_s"],
        **_account(appeals, seconds, _difference(told, _told(running)), since(before, after)),
    }


def _await_mechanisms(running: Street, seconds: float = 600.0) -> None:
    """Wait until routing has decided on every appeal, and who has it has opened a case."""
    until = time.monotonic() + seconds
    others = [name for name in running.services if name not in _NO_MECHANISMS]
    while True:
        states = _states(running, "routing")
        decided = sum(states.values()) - states.get("registered", 0)
        with_somebody = decided - sum(states.get(state, 0) for state in _BEFORE)
        opened = sum(sum(_states(running, name).values()) for name in others)
        if decided == sum(_states(running, "intake").values()) and opened == with_somebody:
            return
        assert time.monotonic() < until, f"{decided} decided, {opened} of {with_somebody} with a mechanism"
        # What looks on costs something too.
        time.sleep(1.0)


def _states(running: Street, service: str) -> dict[str, int]:
    case = running.blueprint(service).case
    with running.database(service).read() as session:
        return {
            str(state): count for state, count in session.execute(select(case.state, func.count()).group_by(case.state))
        }


def _account(appeals: int, seconds: float, told: Mapping[str, int], cpu: Mapping[str, float]) -> dict[str, Any]:
    total = sum(cpu.values())
    return {
        "seconds": round(seconds, 3),
        "per_second": round(appeals / seconds, 1),
        **told,
        "receipts_per_batch": round(told["receipts"] / told["batches"], 1),
        "hops_per_appeal": round(told["receipts"] / appeals, 2),
        "hops_per_second": round(told["receipts"] / seconds, 1),
        "cpu_s": round(total, 2),
        "cpu_ms_per_appeal": round(total / appeals * 1000, 2),
        "cpu_ms_per_hop": round(total / told["receipts"] * 1000, 3),
        "cpu_s_by_process": dict(cpu),
    }


def _told(running: Street) -> dict[str, int]:
    """Count the letters told and the receipts so far, in all services, and the letters' bytes."""
    letters, size, receipts, batches = 0, 0, 0, 0
    for name in running.services:
        store = running.blueprint(name).store
        with running.database(name).read() as session:
            count, length = session.execute(
                select(func.count(), func.coalesce(func.sum(func.length(store.letters.c.body)), 0)).select_from(
                    store.letters
                )
            ).one()
            letters, size = letters + count, size + int(length)
            # A batch's receipts bear one time.
            received, times = session.execute(
                select(func.count(), func.count(distinct(store.receipts.c.received_at))).select_from(store.receipts)
            ).one()
            receipts, batches = receipts + received, batches + times
    return {"letters": letters, "receipts": receipts, "batches": batches, "bytes": size}


def _difference(before: Mapping[str, int], after: Mapping[str, int]) -> dict[str, int]:
    return {name: after[name] - before[name] for name in after}


def _last_receipt(running: Street) -> float:
    """Return when the last letter was read."""
    last = 0.0
    for name in running.services:
        table = running.blueprint(name).store.receipts
        with running.database(name).read() as session:
            at = session.scalar(select(func.max(table.c.received_at)))
            last = max(last, at.timestamp() if at else 0.0)
    return last


def _waits(running: Street, fresh: Mapping[str, str]) -> list[float]:
    """Return for each dispatched appeal the seconds from its registration to its dispatch."""
    intake, routing = running.blueprint("intake").case, running.blueprint("routing")
    with running.database("intake").read() as session:
        begun = {
            subject: at for subject, at in session.execute(select(intake.subject, intake.opened_at)) if subject in fresh
        }
    timeline, case = routing.store.timeline, routing.case
    with running.database("routing").read() as session:
        sent = session.execute(
            select(case.subject, timeline.c.at)
            .join(timeline, timeline.c.case_id == case.id)
            .where(timeline.c.trigger == _DISPATCHED)
        )
        return [(at - begun[subject]).total_seconds() for subject, at in sent if subject in begun]


def _quiet(own: Servers, running: Street, seconds: float = 2.0) -> float:
    """Return the CPU seconds per second that everything spends while nothing is to be done."""
    before = spent(own, running)
    time.sleep(seconds)
    return round(sum(since(before, spent(own, running)).values()) / seconds, 3)
