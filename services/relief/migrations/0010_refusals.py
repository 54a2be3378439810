"""Who has refused: what the street turned down, and what was revoked, stood on file as the district's refusal."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from chassis.store import Json

revision = "0010"
down_revision = "0009"

_CASES = sa.table("cases", sa.column("id", sa.String), sa.column("details", Json), sa.column("entered", sa.Integer))
#: By the field that the form of its step alone has.
_OWN = {"delegation_no": "rejected_by_street", "authority": "grant_revoked"}


def upgrade() -> None:
    """Put each refusal under its own step's name; a chore counts these cases anew."""
    connection = op.get_bind()
    said = sa.cast(_CASES.c.details, sa.Text).contains('"district_rejected":')
    for case in connection.execute(sa.select(_CASES.c.id, _CASES.c.details).where(said)).all():
        details = _renamed(case.details)
        if earlier := details.get("earlier"):
            details["earlier"] = [_renamed(one) for one in earlier]
        changed = sa.update(_CASES).where(_CASES.c.id == case.id)
        connection.execute(changed.values(details=details, entered=-1))


def _renamed(request: dict[str, Any]) -> dict[str, Any]:
    form = request.get("district_rejected") or {}
    name = next((own for field, own in _OWN.items() if field in form), "")
    return {**request, "district_rejected": None, name: form} if name else request
