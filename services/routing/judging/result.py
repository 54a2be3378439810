"""What is found out of an appeal: values, how sure each is, and the words that decided it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a result is as it is: what was seen, in which words, and how much it weighed."""

    what: str
    words: tuple[str, ...]
    weight: float

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON data."""
        return {"what": self.what, "words": list(self.words), "weight": round(self.weight, 2)}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found: its value, how sure that is (0 to 1), and the words that decided it."""

    of: str
    value: Any
    confidence: float
    words: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON data: money as a string, several values as a list."""
        value = str(self.value) if isinstance(self.value, Decimal) else self.value
        value = [*value] if isinstance(value, tuple) else value
        return {"of": self.of, "value": value, "confidence": round(self.confidence, 3), "words": list(self.words)}


@dataclass(frozen=True, slots=True)
class Triage:
    """What the words of an appeal say of it; `confidence` is the share of the mechanism, 0 to 1."""

    mechanism: str
    category: str
    category_zh: str
    urgency: str
    severity: str
    kind: str
    confidence: float
    runner_up: str
    runner_up_confidence: float
    because: tuple[Reason, ...]
    findings: tuple[Finding, ...] = ()
    db44: str = ""
    db44_zh: str = ""
    official: str | None = None
    sensitive: tuple[str, ...] = ()
    sensitive_groups: tuple[str, ...] = ()
    warn_at_once: bool = False
    involved: tuple[str, ...] = ()
    people: int | None = None
    amount: Decimal | None = None
    person_kinds: tuple[str, ...] = ()
    not_accepted: str | None = None
    relay: str | None = None
    shares: Mapping[str, float] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON data: money as a string, shares rounded to four places."""
        return {
            "mechanism": self.mechanism,
            "category": self.category,
            "category_zh": self.category_zh,
            "urgency": self.urgency,
            "severity": self.severity,
            "kind": self.kind,
            "confidence": round(self.confidence, 4),
            "runner_up": self.runner_up,
            "runner_up_confidence": round(self.runner_up_confidence, 4),
            "because": [reason.as_json() for reason in self.because],
            "findings": [finding.as_json() for finding in self.findings],
            "db44": self.db44,
            "db44_zh": self.db44_zh,
            "official": self.official,
            "sensitive": list(self.sensitive),
            "sensitive_groups": list(self.sensitive_groups),
            "warn_at_once": self.warn_at_once,
            "involved": list(self.involved),
            "people": self.people,
            "amount": None if self.amount is None else str(self.amount),
            "person_kinds": list(self.person_kinds),
            "not_accepted": self.not_accepted,
            "relay": self.relay,
            "shares": {mechanism: round(share, 4) for mechanism, share in self.shares.items()},
        }
