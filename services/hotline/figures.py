"""What is counted of an order, pure like the rules; `figures.toml` names it."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from services.hotline import rules

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chassis.workflow import CaseView

_LISTS = {
    "visits": "site_visited",
    "drafts_sent_back": "reply_sent_back",
    "relayed": "relayed_out",
    "extensions_asked": "extension_requested",
    "upstream_sent_back": "upstream_sent_back",
}
#: Of a reply from before this was kept, nobody can say.
_TIMES: dict[bool | None, str] = {True: "late", False: "in_time"}
_ONCE = {
    "answered_from_knowledge": "knowledge_consulted",
    "knowledge_gaps": "answered_from_elsewhere",
    "petition_route": "petition_route_told",
}


def counts(case: CaseView) -> Iterator[tuple[str, str, Decimal | int]]:
    """Count what an order took, whether its reply came in time, and what other hotlines made of it."""
    kept = case.details
    for figure, name in _LISTS.items():
        yield figure, "", len(kept.get(name, ()))
    for figure, name in _ONCE.items():
        if kept.get(name):
            yield figure, "", 1
    if kept.get("triaged"):
        yield "orders", kept["triaged"]["kind"], 1
    for row in kept.get("external_result_received", ()):
        yield "outside_results", "settled" if row["settled"] else "unsettled", 1
    if kept.get("concluded"):
        yield "replies", _TIMES.get(kept.get("replied_late"), "other"), 1
    if kept.get("upstream_recorded"):
        yield "upstream", rules.upstream_stands(case), 1
    for order in kept.get("upstream_before", ()):
        yield "upstream", order["ended"], 1
    if kept.get("petition_transferred"):
        yield "petitions", "waiting" if kept.get("petition_open") else "answered", 1
