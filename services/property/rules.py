"""What every rule of property leans on: days, lists, and the register of estates."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from chassis import legal
from chassis.terms import Terms
from chassis.workcalendar import local_date
from chassis.workflow import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from chassis.legal import LegalBases
    from chassis.workflow import CaseView, Change, Guard, Moment, Values

CENT = Decimal("0.01")
#: A preparatory group and a management committee have so many members or more, an odd number (山东 21, 滨州 17).
GROUP_LEAST, COMMITTEE_LEAST = 7, 5
#: The endings that the owners have to vote on (民法典 278), each with what they vote on.
VOTED_ENDINGS: Final[Mapping[str, str]] = {
    "dismissed_by_owners": "dismiss_company",
    "replaced_before_the_pre_phase_ended": "choose_company",
}

#: What owners decide together (民法典 278; 山东省物业管理条例 24), in the order of the law,
#: with its number there: to dismiss a company and to choose the next are two matters, each with a vote of its own.
COMMON_MATTERS: Final[Mapping[str, int]] = {
    "rules_of_procedure": 1,
    "management_covenant": 2,
    "elect_committee": 3,
    "replace_committee_members": 3,
    "choose_company": 4,
    "dismiss_company": 4,
    "use_repair_fund": 5,
    "raise_repair_fund": 6,
    "rebuild": 7,
    "change_use_of_common_parts": 8,
    "manage_themselves": 9,
    "other_major_matter": 9,
}
#: Whose an exclusive part is: an owner's, or still the developer's because unsold or sold and not delivered (山东 25).
TENURES = ("delivered", "unsold", "undelivered")
#: What a ballot may say; silent is one that reached its owner and did not come back.
CHOICES = ("agree", "against", "abstain", "silent")
#: Where an area is taken from, in the order of the law (山东省物业管理条例 25).
AREA_SOURCES = ("register", "survey", "contract")
#: Repairs of one part within this time are looked at together.
ONE_PART_APART = timedelta(days=365)

#: What may be repaired at once (滨州市住宅物业管理条例 42), in the order of the article.
EMERGENCIES = (
    "roof_or_outer_wall",
    "elevator_failure",
    "fire_system_failure",
    "facade_parts_loose",
    "glass_curtain_burst",
    "drain_burst",
    "garage_flooding",
    "other_danger_to_life",
)

#: Why a committee is elected anew (滨州 16, 18; 山东 33).
LAPSES = ("term_expired", "term_ends_soon", "inactive_a_year", "management_committee_in_office")
#: What one committee hands to the next (山东 33).
BOOKS: Final[Mapping[str, str]] = {"seals": "印章", "archives": "档案资料", "owners_property": "属于全体业主的财物"}
#: What the developer hands to the preparatory group (滨州 10), in the order of the article.
DEVELOPERS_PAPERS: Final[Mapping[str, str]] = {
    "owners_roster": "业主名册",
    "area_certificate": "物业管理区域证明",
    "area_register": "房屋及建筑面积清册",
    "site_plan": "规划总平面图",
    "facilities_filing": "交付使用共用设施设备的备案证明",
    "service_rooms": "物业服务用房配置资料",
    "completion_acceptance": "房屋质量竣工验收情况",
    "other_papers": "其他有关的文件资料",
}
#: The states of a company whose contract has ended and that is still there.
STAYING = (
    "exit_refused",
    "order_pending",
    "order_overdue",
    "order_running",
    "fine_due",
    "fine_pending",
    "fine_overdue",
)
#: What a company that stays may be fined, in yuan (滨州 57); both numbers are included (民法典 1259).
EXIT_FINE = (Decimal(5_000), Decimal(50_000))
#: What a developer may be fined who withholds his papers in spite of an order, in yuan (物业管理条例 58).
PAPERS_FINE = (Decimal(10_000), Decimal(100_000))

#: Who belongs to a joint meeting (滨州市住宅物业管理条例 51).
MEETING_PARTIES = (
    "owners_committee",
    "community",
    "property_authority",
    "related_department",
    "company",
    "utility",
    "police",
    "developer",
)


def named(guard: Guard, name: str) -> Guard:
    """Let a guard that was made bear a name of its own, as the table of steps in the docs shows it."""
    guard.__name__ = name
    return guard


def keeping(**said: object) -> Change:
    """Make a change that keeps the same, whatever a form says: that an answer is waited for, or that something is forgotten."""

    def change(_case: CaseView, _form: Values, _moment: Moment) -> Mapping[str, Any]:
        return said

    return change


def forgotten(*names: str) -> dict[str, Any]:
    """Return forms as they are when nothing is on file."""
    return {name: {} for name in names}


class Register(Protocol):
    """What rules are told beside the case, as `moment.known()` gives it."""

    def repairs(self, estate: str) -> Sequence[Mapping[str, Any]]:
        """Return an estate's repairs of the last year."""

    def estate(self, name: str) -> Mapping[str, Any] | None:
        """Return an estate without its roster, or None."""

    def rooms(self, name: str) -> Mapping[str, Mapping[str, Any]]:
        """Return an estate's rooms by their numbers."""

    def names(self) -> Mapping[str, str]:
        """Return the registered name of an estate by each that people call it."""


@cache
def settings() -> Mapping[str, Any]:
    """Read what no law fixes, `data/settings.toml`."""
    return tomllib.loads(files(__package__).joinpath("data", "settings.toml").read_text("utf-8"))


@cache
def bases() -> LegalBases:
    """Return the laws and clocks of `legal.toml`, read once."""
    return legal.load(Path(__file__).with_name("legal.toml"))


@cache
def day_clocks() -> Mapping[str, str]:
    """Return the clocks that end with a day, each with its Chinese name."""
    return {rule.name: rule.zh for rule in bases().clocks if rule.unit.is_of_days and not rule.case_kind}


def exit_notice(ending: str, on: date) -> int:
    """Return how many days of written notice a contract ends by, by the law of a day; what is older goes by the first law."""
    return bases().clock_or_first("exit_notice", on, ending).limit


@cache
def terms() -> Terms:
    """Return the words of `terms.toml`, read once."""
    return Terms(Path(__file__).parent / "terms.toml")


def said(value: str) -> str:
    """Return the Chinese of a value, as pages show it."""
    return terms().value(value, "zh")


def act_is_not_ahead(case: CaseView, form: Values, moment: Moment) -> Refusal | None:
    """Refuse an act that is put on record before its day, or before its moment where that is given."""
    del case
    ahead = [name for name in ACTS if isinstance(day := form.get(name), date) and _is_ahead(day, moment.now)]
    if not ahead:
        return None
    return Refusal("事项发生的日期、时间不能晚于现在", f"what is put on record lies in the future: {', '.join(ahead)}")


#: The days and moments of acts from which a time counts.
ACTS = (
    *("delivered_on", "interviewed_on", "counted_on", "applied_on", "condition_met_on", "formed_on", "called_at"),
    *("held_at", "confirmed_at", "accepted_at", "handed_at", "posted_on", "asked_on", "met_on", "annulled_on"),
    *("filed_on", "certified_on", "sealed_on", "signed_on", "served_on", "decided_on", "noticed_on", "accepted_on"),
    *("visited_at", "rechecked_at", "repaired_on", "told_on", "given_back_on", "revoked_on"),
    "received_on",
)


def _is_ahead(day: date | datetime, now: datetime) -> bool:
    return day > now if isinstance(day, datetime) else day > local_date(now)
