"""`make bench`: measures everything in one run, prints it, and writes `bench/out/latest.json`."""

from __future__ import annotations

import argparse
import json
import os
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import accept, embedded, ledger, letters, limit, pipeline
from bench.platform import machine, servers, street

if TYPE_CHECKING:
    from collections.abc import Sequence


PARTS = ("accept", "pipeline", "limit", "ledger", "embedded")
_OUT = Path(__file__).resolve().parent / "out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """How much is measured."""

    accept_seconds: float
    warm: int
    appeals: int
    closed: bool
    ledger: int
    readings: int
    letters: int
    simulate: bool


FULL = Scale(
    accept_seconds=8, warm=200, appeals=1500, closed=True, ledger=20_000, readings=200, letters=2563, simulate=True
)
QUICK = Scale(
    accept_seconds=1, warm=20, appeals=100, closed=False, ledger=1000, readings=20, letters=100, simulate=False
)


def distributed(scale: Scale, parts: set[str], folder: Path) -> dict[str, Any]:
    """Measure the platform over a broker and a database, and then the limit over the same."""
    found: dict[str, Any] = {}
    with servers() as own:
        with street(own, folder) as running:
            warm = pipeline.dispatched(own, running, scale.warm, seed=100)
            if "pipeline" in parts:
                found["pipeline"] = pipeline.measure(own, running, scale.appeals, close=scale.closed)
                say("pipeline", found["pipeline"])
            if "accept" in parts:
                found["accept"] = accept.measure(own, running, scale.accept_seconds)
                say("accept", found["accept"])
            if "ledger" in parts:
                found["ledger"] = ledger.measure(own, running, scale.ledger, scale.readings)
                say("ledger", found["ledger"])
            batch, processes = running.settings.batch, len(running.workers)
        if "limit" in parts:
            done = found.get("pipeline", {"dispatched": warm})
            found["limit"] = {
                stretch: limit.measure(own, appeals=scale.appeals, done=figures, processes=processes, batch=batch)
                for stretch, figures in done.items()
            }
            say("limit", found["limit"])
    return found


def compare(found: dict[str, Any]) -> dict[str, Any]:
    """Hold the platform's figures against the limit's."""
    both = found.get("pipeline", {}).keys() & found.get("limit", {}).keys()
    ours, least = found.get("pipeline", {}), found.get("limit", {})
    compared = {
        stretch: {
            "rate": round(ours[stretch]["per_second"] / least[stretch]["per_second"], 3),
            "cpu_per_hop": round(ours[stretch]["cpu_ms_per_hop"] / least[stretch]["cpu_ms_per_hop"], 2),
        }
        for stretch in sorted(both)
    }
    return {"ratio": compared["dispatched"]["rate"], "ratios": compared} if compared else {}


def say(part: str, figures: Any) -> None:
    """Print what was measured."""
    print(f"== {part}\n{json.dumps(figures, ensure_ascii=False, indent=1)}", flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS, help="Only this part; may be repeated.")
    parser.add_argument(
        "--quick", action="store_true", help="Little of everything, in less than a minute: to see that it works."
    )
    parser.add_argument(
        "--no-close", action="store_true", help="Leave out the way from dispatched to closed, which takes minutes."
    )
    parser.add_argument("--appeals", type=int, help="How many appeals go the whole way.")
    parser.add_argument("--ledger", type=int, metavar="LINES", help="How many lines the ledger holds (20,000).")
    parser.add_argument(
        "--letters",
        type=Path,
        metavar="FILE",
        help="A JSONL file for the embedded platform instead of made-up letters.",
    )
    parser.add_argument("--out", type=Path, default=_OUT / "latest.json", help="Where the figures are written.")
    wanted = parser.parse_args(arguments)
    scale = QUICK if wanted.quick else FULL
    if wanted.no_close:
        scale = replace(scale, closed=False)
    if wanted.appeals:
        scale = replace(scale, appeals=wanted.appeals)
    if wanted.ledger:
        scale = replace(scale, ledger=wanted.ledger)
    parts = {*(wanted.only or PARTS)}
    found: dict[str, Any] = {"measured_at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine()}
    with tempfile.TemporaryDirectory(prefix="jiesu-bench-") as place:
        folder = Path(place)
        if "embedded" in parts:
            rows = letters.read(wanted.letters) if wanted.letters else letters.make(scale.letters)
            found["embedded"] = embedded.measure(folder, rows, simulate=scale.simulate)
            say("embedded", found["embedded"])
        if parts - {"embedded"}:
            found |= distributed(scale, parts, folder / "street")
    found |= compare(found)
    found["machine"]["load_after"] = [round(load, 2) for load in os.getloadavg()]
    wanted.out.parent.mkdir(parents=True, exist_ok=True)
    wanted.out.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    say("all", {name: found[name] for name in ("ratio", "ratios", "machine") if name in found})


if __name__ == "__main__":
    main()
