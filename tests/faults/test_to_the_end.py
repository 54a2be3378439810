"""The later half of an appeal's life, while everything around it is killed, restarted and delivered twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.place import Place
from tests.faults.postman import Postman
from tests.faults.residents import TEXTS
from tests.faults.staff import Staff, ends

pytestmark = [pytest.mark.alone, pytest.mark.timeout(600)]

#: The shortest procedures, so that there is time for the others' part.
MECHANISMS = ("mediation", "enforcement", "relief")
#: What goes there by rule.
SENT_THERE = [TEXTS[place] for place in (0, 1, 3, 6)]


def test_appeals_are_closed_once_and_as_they_were_rated_whatever_is_killed_on_the_way(place: Place) -> None:
    with Postman(place, copies=2, late=0.3) as postman:
        with place.reports(texts=SENT_THERE) as residents:
            pass
        with Staff(place, residents.codes, MECHANISMS) as staff:
            for share, fault in enumerate(faults_of(place), start=1):
                staff.await_steps(share * 260)
                fault()
            staff.finish()
        assert staff.complaints == []
        place.hang_up()
        postman.await_empty_bag()

    assert place.faults() == []
    assert ends(staff, MECHANISMS) == []
    assert len(staff.given) == residents.number


def faults_of(place: Place) -> list[Callable[[], None]]:
    """Return what happens on the way, in order."""

    def killed(service: str) -> Callable[[], None]:
        def kill() -> None:
            place.workers[service].kill()
            place.workers[service].start()

        return kill

    def database_killed() -> None:
        place.postgres.kill()
        place.postgres.start()

    return [
        killed("enforcement"),
        killed("routing"),
        killed("mediation"),
        place.postgres.restart,
        killed("intake"),
        killed("feedback"),
        place.rabbit.restart,
        killed("routing"),
        database_killed,
        killed("feedback"),
        killed("enforcement"),
    ]
