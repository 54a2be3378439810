"""One month of a street, counted by hand, and by what its leaders are told over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask

from chassis import moments
from chassis.clocks import Clock, Unit
from chassis.codes import id_of
from chassis.testing import Room
from services.feedback.rates import RATES
from tests.services.feedback.conftest import CONCLUDED
from tests.services.feedback.test_web import bearer, url

SQUAD, COMMITTEE, ESTATES = (
    ("enforcement", "enforcement_squad"),
    ("mediation", "mediation_committee"),
    ("property", "property_office"),
)
#: What each rate is made of: its numerator, how many are counted, and what is left out.
BY_HAND: dict[str, tuple[str, int, dict[str, int]]] = {
    # Of six that were decided on, one was answered on the spot.
    "on_the_spot": ("1", 6, {}),
    # The second was signed in on the day after; what was returned is not counted.
    "response": ("4", 5, {"returned": 1}),
    "return": ("1", 6, {}),
    # The last of the month is due in April only.
    "completion": ("4", 4, {}),
    "on_time": ("3", 4, {}),
    "callback": ("5", 5, {"withdrawn": 1}),
    "exclusion": ("0", 5, {}),
    # Last words: 5/4/5 solved, 4/5/4 solved after a rework, 5/5/2 not solved, 4/4/4 solved.
    "resolution": ("3", 4, {}),
    "satisfaction": ("2.6", 4, {}),
    "attitude": ("4", 4, {}),
    "process": ("4", 4, {}),
    "result": ("3", 4, {}),
    "all_three": ("3", 4, {}),
    "unconfirmed": ("1", 4, {}),
    "rework": ("2", 4, {}),
}


class Street:
    """What happens in it, day by day of March 2026."""

    def __init__(self, room: Room, app: Flask) -> None:
        self.room = room
        self.client = app.test_client()

    def hear(self, day: int, key: str, code: str, told: dict[str, Any], hour: int = 9) -> None:
        self.room.now = datetime(2026, 3, day, hour - 8, tzinfo=UTC)
        self.room.hear(f"{key}.v1", id_of(code), told)

    def send(self, day: int, code: str, to: tuple[str, str], *, signed_in: int | None = None) -> None:
        """Dispatch an appeal at nine, due as an ordinary one; it is signed in at ten of a day, and he is called at eleven."""
        sent_at = datetime(2026, 3, day, 1, tzinfo=UTC)
        limits = (("sign_in", 4, Unit.WORK_HOUR), ("first_contact", 1, Unit.WORKDAY), ("finish", 5, Unit.WORKDAY))
        clocks = [
            Clock(name=name, started_at=sent_at, limit=limit, unit=unit, basis="x", zh=name, en=name).to_dict()
            for name, limit, unit in limits
        ]
        told = {"mechanism": to[0], "lead_unit": to[1], "category": "0202", "clocks": clocks}
        self.hear(day, "routing.appeal_dispatched", code, told)
        if signed_in:
            self.hear(signed_in, f"{to[0]}.case_accepted", code, {"case_id": "c", "unit": to[1], "by": "h"}, 10)
            self.hear(signed_in, f"{to[0]}.case_contacted", code, {"case_id": "c", "way": "phone"}, 11)

    def conclude(self, day: int, code: str, by: tuple[str, str]) -> None:
        self.hear(day, f"{by[0]}.case_concluded", code, {**CONCLUDED, "unit": by[1]})

    def rate(self, day: int, code: str, marks: tuple[int, int, int], *, solved: bool = True) -> None:
        self.room.now = datetime(2026, 3, day, 2, tzinfo=UTC)
        attitude, process, result = marks
        said = {"attitude": attitude, "process": process, "result": result, "solved": solved}
        assert self.client.post(url(code), json=said).status_code == 200
        self.room.run("draw_consequences")


def test_a_month_counted_by_hand_is_what_the_leaders_are_told(
    app: Flask, room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moments, "now", lambda: room.now)
    app.extensions["jiesu"].acting.now = lambda: room.now
    codes = [f"7K3M-9QXW-2RT{last}" for last in "BCDEFGH"]
    well, reworked, moved, repeat, spot, withdrawn, open_yet = codes
    street = Street(room, app)

    street.send(2, well, SQUAD, signed_in=2)
    street.send(2, reworked, SQUAD, signed_in=3)
    street.send(3, moved, COMMITTEE)
    street.hear(3, "mediation.case_return_requested", moved, {"case_id": "c", "unit": COMMITTEE[1]}, 10)
    street.hear(3, "routing.return_decided", moved, {"mechanism": "mediation", "granted": True}, 11)
    street.send(4, moved, ESTATES, signed_in=4)
    street.send(4, repeat, SQUAD)
    street.hear(4, "intake.appeal_merged", repeat, {"into": "x", "own_voice": False, "reason": "重复"}, 10)
    street.send(4, withdrawn, SQUAD, signed_in=4)
    street.conclude(5, well, SQUAD)
    street.hear(5, "intake.appeal_answered", spot, {"reply": "可到社区办理。"})
    street.rate(6, well, (5, 4, 5))
    street.conclude(6, moved, ESTATES)
    street.rate(7, spot, (4, 4, 4))
    street.conclude(9, withdrawn, SQUAD)
    street.rate(9, moved, (5, 5, 2), solved=False)
    street.conclude(10, reworked, SQUAD)
    street.hear(10, "intake.appeal_withdrawn", withdrawn, {"reason": "不再追究"})
    street.rate(11, reworked, (3, 3, 1), solved=False)
    street.conclude(16, reworked, SQUAD)
    street.rate(17, reworked, (4, 5, 4))
    street.send(30, open_yet, SQUAD, signed_in=30)
    room.now = datetime(2026, 4, 20, tzinfo=UTC)

    answer = app.test_client().get(
        "/api/v1/rates?from=2026-03-01&until=2026-04-01&by=unit", headers=bearer(app, "leader")
    )

    total = {one["name"]: one for one in answer.get_json()["total"]}
    made_of = {name: (one["numerator"], one["denominator"], one["excluded"]) for name, one in total.items()}
    composite = made_of.pop("composite")
    assert made_of == BY_HAND
    assert {*made_of, "composite"} == {*RATES}
    # 0.30 of 4/5, 0.35 of 3/4 and 0.35 of 2.6/4.
    assert (total["composite"]["value"], composite[2]) == ("0.7300", {})
    assert total["satisfaction"]["value"] == "0.6500"
