"""What ops sees through Prometheus; the alarms in deploy/ are written against these names."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

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
CHORES = Counter("jiesu_chores", "Chores run.", ("service", "chore", "outcome"))
NOTICES = Counter("jiesu_notices", "Notices sent outside, or not.", ("service", "channel", "outcome"))
NOTICES_NOW = Gauge("jiesu_notices_now", "Notices that wait or are parked now.", ("service", "channel", "state"))
NOTICES_LATE = Gauge(
    "jiesu_notices_late_seconds", "For how long the oldest waiting notice has been due.", ("service", "channel")
)
REQUESTS = Histogram("jiesu_http_seconds", "Seconds per HTTP request.", ("service", "method", "route", "status"))
