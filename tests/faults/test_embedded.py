"""kill -9 of `jiesu up`, and the same data again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.checks import faults_when_calm
from tests.faults.place import APPEALS
from tests.faults.residents import Residents
from tests.nodes.street import Embedded

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.alone, pytest.mark.timeout(400)]


def test_an_embedded_platform_killed_at_any_moment_goes_on_where_it_was(tmp_path: Path) -> None:
    with Embedded(tmp_path) as street:
        with Residents(street.port, APPEALS) as residents:
            for share in (80, 300):
                residents.await_accepted(share)
                street.up.kill()
                street.start()
            residents.await_accepted(APPEALS)
            street.up.kill()
            street.start()
        residents.ask_all_again()

        assert residents.complaints == []
        assert len(set(residents.ids)) == APPEALS
        assert faults_when_calm(street, residents.ids) == []
        assert street.command("parked", "list")["count"] == 0
