"""The month of each mechanism: one page, one sheet, the same figures as its cases tell."""

from __future__ import annotations

import io
from contextlib import closing
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from openpyxl import load_workbook

from chassis import keys, moments, settings
from chassis.workcalendar import local_date
from chassis.workflow import Role
from tests.services import doors
from tests.services.test_figures import MECHANISMS, WAYS, migrated, opened, take

if TYPE_CHECKING:
    from pathlib import Path

    from chassis.testing import Room


#: The money that came in each, by the figure that says so.
PAID = {
    "mediation": ("paid", ""),
    "wage_recovery": ("recovered", "general_contractor"),
    "relief": ("paid", "temp_expense"),
}


@pytest.fixture(autouse=True)
def _keys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    monkeypatch.delenv("JIESU_KEYS_DIR", raising=False)
    keys.generate(tmp_path / "keys", ["portal", *MECHANISMS])


def ended(name: str, folder: Path, url: str = "") -> Room:
    """Return a room with one case that went through its procedure and was closed, all in one month."""
    room, way = opened(name, folder, url), WAYS[name]
    for trigger in ("case_accepted", "contact_made", *way.triggers):
        take(room, trigger, **way.changed.get(trigger, {}))
    room.hear("feedback.appeal_closed.v1", "A1", {"mechanism": name})
    return room


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
@pytest.mark.parametrize("name", MECHANISMS)
def test_a_mechanism_has_its_month_on_one_page_and_one_sheet(
    name: str, database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    url = migrated(name, request.getfixturevalue("database_url")) if database == "postgresql" else ""
    room = ended(name, tmp_path, url)
    monkeypatch.setattr(moments, "now", lambda: room.now)
    where = {"JIESU_DATA": str(tmp_path), **({"JIESU_DATABASE_URL": url} if url else {})}
    app = import_module(f"services.{name}.web").create_app(settings.load(where))
    with closing(app.extensions["jiesu"].database):
        client, headers = app.test_client(), doors.signing(app, "领导甲")(Role.LEADER)
        month = f"{local_date(room.now):%Y-%m}"

        found: dict[str, Any] = orjson.loads(client.get(f"/api/v1/month?month={month}", headers=headers).data)
        sheet = client.get(f"/api/v1/month?month={month}&as=xlsx", headers=headers)
        page = client.get(f"/month?month={month}", headers=headers).text

    [concluded] = room.told("case_concluded.v1")
    told = {(row["name"], row["of"]): row["amount"] for row in concluded["figures"]}
    assert {(row["name"], row["of"]): row["amount"] for row in found["figures"]} == {
        key: amount for key, amount in told.items() if key[0] not in ("documents", "warnings")
    }
    assert sum(row["ended"] for row in found["causes"]) == found["cases"]["ended"] == 1
    [*rows] = load_workbook(io.BytesIO(sheet.data)).worksheets[0].iter_rows(values_only=True)
    for row in found["figures"]:
        assert row["label"]["zh"] in page
        assert any(str(line[0]).startswith(row["label"]["zh"]) for line in rows), row
    room.database.close()


@pytest.mark.parametrize("name", ["mediation", "enforcement", "wage_recovery", "relief"])
def test_what_came_on_its_days_adds_up_to_what_the_case_counts(name: str, tmp_path: Path) -> None:
    room = ended(name, tmp_path)
    case, spec = room.case("A1"), room.blueprint
    assert spec.dated is not None
    assert spec.counts is not None
    sums: dict[tuple[str, str], Decimal] = {}
    counted: dict[tuple[str, str], Decimal] = {}

    for figure, of, _, amount in spec.dated(case):
        sums[figure, of] = sums.get((figure, of), Decimal(0)) + amount

    for figure, of, number in spec.counts(case):
        counted[figure, of] = counted.get((figure, of), Decimal(0)) + Decimal(number)
    assert sums == {key: counted[key] for key in sums}
    assert name == "enforcement" or sums[PAID[name]] > 0
