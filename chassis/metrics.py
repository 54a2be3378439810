"""What ops sees through Prometheus; the alarms in deploy/ are written against these names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge, Histogram

if TYPE_CHECKING:
    from collections.abc import Mapping

LETTERS_READ = Counter("jiesu_letters_read", "Letters handled, by reader and key.", ("service", "key"))
LETTERS_REPEATED = Counter("jiesu_letters_repeated", "Letters that came again and were left alone.", ("service",))
LETTERS_PARKED = Counter("jiesu_letters_parked", "Letters put aside with a reason.", ("service", "kind"))
LETTERS_HEALED = Counter("jiesu_letters_healed", "Parked letters that were handled after all.", ("service",))
LETTERS_POSTED = Counter("jiesu_letters_posted", "Letters confirmed by the broker.", ("service",))
LETTERS_RETURNED = Counter(
    "jiesu_letters_returned",
    "Letters that no mailbox takes; missed: somebody did before.",
    ("service", "key", "missed"),
)
BATCHES = Histogram(
    "jiesu_batch_letters", "Letters per transaction.", ("service",), buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500)
)
BATCH_SECONDS = Histogram("jiesu_batch_seconds", "Seconds per transaction of letters.", ("service",))
BATCH_RETRIES = Counter("jiesu_batch_retries", "Batches redone one by one, or after an outage.", ("service", "why"))
OUTBOX = Gauge("jiesu_outbox_waiting", "Letters not yet confirmed by the broker.", ("service",))
OUTBOX_AGE = Gauge("jiesu_outbox_oldest_seconds", "Age of the oldest letter not yet posted.", ("service",))
PARKED = Gauge("jiesu_parked", "Letters parked now.", ("service", "dead"))
OVERDUE = Gauge("jiesu_cases_overdue", "Open cases whose nearest clock has run out.", ("service",))
SILENT = Gauge(
    "jiesu_cases_silent", "Open cases of which nothing was heard for longer than their clock allows.", ("service",)
)
WENT_ROUND = Counter(
    "jiesu_cases_went_round", "Cases sent back to a unit that had them, or through too many units.", ("service",)
)
RULES_UNUSABLE = Gauge(
    "jiesu_rules_unusable",
    "1 while the live version of the rules can't be used, so that all waits for a person.",
    ("service",),
)
CASES = Gauge("jiesu_cases", "Cases by state.", ("service", "state"))
STEPS = Counter("jiesu_steps", "Steps taken, by trigger.", ("service", "trigger"))
NOT_COUNTED = Counter("jiesu_cases_not_counted", "Times that a case could not be counted, by service.", ("service",))
CHORES = Counter("jiesu_chores", "Chores run.", ("service", "chore", "outcome"))
NOTICES = Counter("jiesu_notices", "Notices sent outside, or not.", ("service", "channel", "outcome"))
NOTICES_NOW = Gauge("jiesu_notices_now", "Notices that wait or are parked now.", ("service", "channel", "state"))
NOTICES_LATE = Gauge(
    "jiesu_notices_late_seconds", "For how long the oldest waiting notice has been due.", ("service", "channel")
)
#: What the figures of a database are to be added up by.
EVERYWHERE = "Every replica shows the same: take the max over replicas, never the sum."
ENDS = Gauge("jiesu_case_ends", f"Cases that have ended, by end. {EVERYWHERE}", ("service", "end"))
DOCUMENTS = Gauge("jiesu_documents", f"Documents issued, by kind. {EVERYWHERE}", ("service", "document"))
WARNINGS = Gauge(
    "jiesu_warnings",
    f"Cases in which a rule has warned, by warning, found when a step is taken or noted. {EVERYWHERE}",
    ("service", "warning"),
)
CLOCKS = Gauge(
    "jiesu_clocks",
    f"Clocks of open cases, by clock; state: running, or overdue for one that ran out and was not stopped. {EVERYWHERE}",
    ("service", "kind", "clock", "state"),
)
REQUESTS = Histogram("jiesu_http_seconds", "Seconds per HTTP request.", ("service", "method", "route", "status"))

OF_EVERY_SERVICE = {"ends": ENDS, "documents": DOCUMENTS, "warnings": WARNINGS}
_shown: dict[tuple[Gauge, str], set[tuple[str, ...]]] = {}


def show(gauge: Gauge, service: str, found: Mapping[tuple[str, ...], float]) -> None:
    """Set a gauge of a service, by the labels behind its name; what was shown before and is not found any more is 0."""
    for labels in _shown.setdefault((gauge, service), set()) | found.keys():
        gauge.labels(service, *labels).set(found.get(labels, 0))
    _shown[gauge, service] |= found.keys()
