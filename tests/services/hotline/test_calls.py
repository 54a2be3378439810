"""What phone systems report of their calls: kept once, counted with denominators, and missed ones returned."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client import REGISTRY

from chassis.workflow import Role
from services.hotline import calls

if TYPE_CHECKING:
    from collections.abc import Callable

    from chassis.testing import Room

    Signed = Callable[..., dict[str, str]]

API = "/api/v1/calls"
PERIOD = f"{API}?from=2026-11-01&until=2026-12-01"


def call(
    number: str, *, answered: bool = True, wait: int = 10, at: str = "2026-11-20T09:30:00+08:00"
) -> dict[str, Any]:
    return {"line": "2111890", "call": number, "at": at, "answered": answered, "wait_seconds": wait}


def file(text: str, name: str = "calls.csv") -> dict[str, Any]:
    return {"file": (io.BytesIO(text.encode()), name)}


def test_calls_are_reported_once_and_corrected_by_the_last_word(client: Any, signed: Signed) -> None:
    told = {"calls": [call("1"), call("2", answered=False), call("2", answered=False)]}

    first = client.post(API, json=told, headers=signed()).json
    again = client.post(API, json=told, headers=signed()).json
    corrected = client.post(API, json={"calls": [call("1", wait=20)]}, headers=signed()).json

    assert first == {"added": 2, "changed": 0, "unchanged": 1}
    assert again == {"added": 0, "changed": 0, "unchanged": 3}
    assert corrected == {"added": 0, "changed": 1, "unchanged": 0}
    assert client.get(PERIOD, headers=signed()).json["total"]["average_wait"] == "20.00"


def test_connect_rate_and_waits_stand_beside_what_they_are_counted_of(client: Any, signed: Signed) -> None:
    days = [
        {"line": "12345", "day": "2026-11-20", "offered": 120, "answered": 114, "waited": 1026, "longest": 64},
        # Of this day the calls themselves are known.
        {"line": "2111890", "day": "2026-11-20", "offered": 999, "answered": 1, "waited": 1},
        {"line": "12345", "day": "2026-10-31", "offered": 999, "answered": 1, "waited": 1},
    ]
    told = [call("1", wait=8), call("2", wait=13), call("3", answered=False, wait=60)]
    client.post(API, json={"calls": told, "days": days}, headers=signed())

    found = client.get(PERIOD, headers=signed(Role.LEADER)).json

    upstream, street = found["lines"]
    assert (street["line"], street["answered"], street["offered"]) == ("2111890", 2, 3)
    assert (street["connect_percent"], street["average_wait"], street["longest_wait"]) == ("66.67", "10.50", 13)
    assert (upstream["connect_percent"], upstream["average_wait"], upstream["longest_wait"]) == ("95.00", "9.00", 64)
    assert (found["total"]["offered"], found["total"]["connect_percent"]) == (123, "94.31")


def test_of_nothing_there_is_no_rate(client: Any, signed: Signed) -> None:
    found = client.get(PERIOD, headers=signed()).json

    assert (found["lines"], found["total"]["connect_percent"], found["total"]["average_wait"]) == ([], None, None)


def test_a_missed_call_is_returned_once_and_counted_in_time_or_not(client: Any, signed: Signed) -> None:
    told = [
        call("1"),
        call("early", answered=False, at="2026-11-20T09:30:00+08:00"),
        call("late", answered=False, at="2026-11-22T09:30:00+08:00"),
    ]
    client.post(API, json={"calls": told}, headers=signed())
    assert [one["late"] for one in client.get(PERIOD, headers=signed()).json["missed"]] == [True, False]

    form = {"how": "reached", "note": "已回拨 13800001111"}
    statuses = [
        client.post(f"{API}/2111890/{which}/return", json=form, headers=signed()).status_code
        for which in ("early", "late", "late", "1", "nobody")
    ]
    client.post(API, json={"calls": told}, headers=signed())
    found = client.get(PERIOD, headers=signed()).json

    assert statuses == [200, 200, 409, 409, 404]
    assert found["missed"] == []
    assert (found["total"]["returned"], found["total"]["returned_in_time"], found["total"]["missed"]) == (2, 1, 2)


@pytest.mark.parametrize(
    ("told", "pointer"),
    [
        ({"calls": [call("1"), {**call("2"), "at": "gestern"}]}, "/calls/1/at"),
        ({"calls": [{**call("1"), "at": "2027-11-20T09:30:00+08:00"}]}, "/calls/0/at"),
        ({"calls": [call("1/2")]}, "/calls/0/call"),
        ({"calls": [{**call("1"), "line": "a/b"}]}, "/calls/0/line"),
        ({"calls": [{**call("1"), "wait_seconds": -1}]}, "/calls/0/wait_seconds"),
        ({"calls": [{**call("1"), "phone": "13800001111"}]}, "/calls/0/phone"),
        ({"days": [{"line": "a", "day": "2026-11-20", "offered": 1, "answered": 2, "waited": 0}]}, "/days/0/answered"),
        ({"days": [{"line": "a", "day": "2027-11-20", "offered": 2, "answered": 2, "waited": 0}]}, "/days/0/day"),
    ],
)
def test_a_wrong_report_is_refused_field_by_field_and_nothing_of_it_is_kept(
    client: Any, signed: Signed, told: dict[str, Any], pointer: str
) -> None:
    answer = client.post(API, json=told, headers=signed())

    assert answer.status_code == 422
    assert [one["pointer"] for one in answer.json["errors"]] == [pointer]
    assert client.get(PERIOD, headers=signed()).json["total"]["offered"] == 0


def test_a_file_is_taken_line_by_line_and_each_wrong_line_is_named(client: Any, signed: Signed) -> None:
    text = (
        "线路,通话编号,来电时间,接通,等待秒数\n"
        "2111890,1,2026-11-20 09:30:00,是,8\n"
        "2111890,2,2026-11-20 09:31:00,否,30\n"
        "2111890,3,昨天,是,8\n"
        "2111890,4,2026-11-20 09:31:00,大概,8\n"
        ",5,2026-11-20 09:31:00,是,8\n"
    )
    first = client.post(f"{API}/file", data=file(text), headers=signed()).json
    again = client.post(f"{API}/file", data=file(text), headers=signed()).json
    days = "线路,日期,呼入数,接通,等待总秒数\n12345,2026/11/20,10,9,90\n12345,2026-11-19,10,11,90\n"
    by_day = client.post(f"{API}/file", data=file(days), headers=signed()).json

    assert (first["read"], first["added"], [one["line"] for one in first["rejected"]]) == (5, 2, [4, 5, 6])
    assert [one["zh"].partition("：")[0] for one in first["rejected"]] == ["来电时间", "接通", "线路"]
    assert (again["added"], again["unchanged"]) == (0, 2)
    assert (by_day["added"], [one["line"] for one in by_day["rejected"]]) == (1, [3])
    assert client.get(PERIOD, headers=signed()).json["total"]["offered"] == 12
    refused = client.post(f"{API}/file", data=file("x", "calls.doc"), headers=signed())
    assert (refused.status_code, "不支持的文件类型" in refused.text) == (422, True)


def test_the_page_shows_the_figures_and_returns_a_missed_call(client: Any, signed: Signed) -> None:
    client.post(API, json={"calls": [call("1"), call("乙2", answered=False)]}, headers=signed())
    client.post(API, json={"calls": [call("3", answered=False)]}, headers=signed())
    headers = {**signed(), "Accept": "text/html"}
    shown = client.get("/calls", headers=headers).text
    assert "33.33%" in shown
    token = re.search(r'name="_csrf_token" value="([^"]+)"', shown)
    assert token is not None

    form = {"_csrf_token": token[1], "how": "reached", "note": "已回拨"}
    assert client.post("/calls/2111890/3/return", data=form, headers=headers).status_code == 303
    refused = client.post("/calls/2111890/3/return", data=form, headers=headers)
    assert (refused.status_code, "已回拨" in refused.text) == (409, True)
    bad = {"_csrf_token": token[1], **file("线路,通话编号,来电时间,接通\na,1,昨天,是\n")}
    loaded = client.post("/calls/file", data=bad, headers=headers)
    assert (loaded.status_code, "第 2 行：来电时间" in loaded.text) == (200, True)


def test_only_those_who_work_the_lines_report_and_others_read_or_do_not(client: Any, signed: Signed) -> None:
    assert client.get(API).status_code == 401
    assert client.get(API, headers=signed(Role.REVIEWER)).status_code == 403
    assert client.post(API, json={"calls": []}, headers=signed(Role.LEADER)).status_code == 403
    assert client.get(API, headers=signed(Role.INSPECTOR)).status_code == 200


def test_a_call_is_returned_in_time_within_the_hours_of_the_street() -> None:
    at = datetime(2026, 11, 20, 1, tzinfo=UTC)
    limit = timedelta(hours=calls.return_hours())

    def of(after: timedelta | None) -> calls.Sum:
        returned_at = at + after if after is not None else None
        return calls.of_call({"answered": False, "at": at, "wait_seconds": 5, "returned_at": returned_at})

    assert [of(after).returned_in_time for after in (None, limit, limit + timedelta(seconds=1))] == [0, 1, 0]
    [(line, found)] = calls.added_up(
        [],
        [{"line": "a", "day": date(2026, 11, 20), "offered": 3, "answered": 2, "waited": 5, "longest": 4}],
    ).items()
    assert (line, calls.figures(found)["average_wait"]) == ("a", Decimal("2.50"))


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+08:00", "0001-01-01", "9999-12-31T23:59:59-08:00"])
def test_a_call_of_no_calendar_is_refused_by_its_field(client: Any, signed: Signed, at: str) -> None:
    headers = signed()
    answer = client.post(API, json={"calls": [call("a", at=at)]}, headers=headers)
    assert (answer.status_code, [wrong["pointer"] for wrong in answer.json["errors"]]) == (422, ["/calls/0/at"])

    posted = {"file": (io.BytesIO(f"线路,通话编号,来电时间,接通\n1,a,{at},是\n".encode()), "calls.csv")}
    done = client.post(f"{API}/file", data=posted, headers=headers)
    assert (done.status_code, [one["line"] for one in done.json["rejected"]]) == (200, [2])


def test_what_is_wrong_with_a_line_is_said_in_one_language_at_a_time(client: Any, signed: Signed) -> None:
    posted = {"file": (io.BytesIO("线路,通话编号\n1,a,b\n".encode()), "calls.csv")}

    [wrong] = client.post(f"{API}/file", data=posted, headers=signed()).json["rejected"]

    assert (wrong["zh"], wrong["en"]) == ("有 3 列，表头只有 2 列", "more cells than headers")


def test_missed_calls_that_wait_for_somebody_to_ring_back_are_counted_for_ops(
    client: Any, signed: Signed, room: Room
) -> None:
    times = {"long ago": timedelta(days=31), "yesterday": timedelta(hours=25), "today": timedelta(hours=1)}
    told = [call(name, answered=False, at=(room.now - ago).isoformat()) for name, ago in times.items()]
    client.post(API, json={"calls": [*told, {**told[-1], "call": "other"}]}, headers=signed())
    client.post(f"{API}/2111890/other/return", json={"how": "reached", "note": "已回拨"}, headers=signed())

    room.run("count_missed_calls")

    counted = {
        late: REGISTRY.get_sample_value("jiesu_hotline_missed_calls", {"late": late}) for late in ("true", "false")
    }
    assert counted == {"true": 1, "false": 1}
