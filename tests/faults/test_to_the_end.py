"""The later half of an appeal's life, while everything around it is killed, restarted and delivered twice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.faults.place import Place
from tests.faults.postman import Postman
from tests.faults.residents import TEXTS
from tests.faults.staff import Books, Staff, ends

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
                staff.await_steps(share * 250)
                fault()
            staff.finish()
        assert staff.complaints == []
        place.hang_up()
        postman.await_empty_bag()

    assert place.faults() == []
    books = Books(place, MECHANISMS)
    assert ends(staff, books) == []
    assert len(staff.given) == residents.number
    # Some eight letters with a reader for each appeal, each twice.
    assert postman.delivered > 16 * residents.number
    assert_that_ends_can_fail(staff, books)


def assert_that_ends_can_fail(staff: Staff, books: Books) -> None:
    """Spoil what was read, one thing after another."""
    subject = next(iter(staff.codes))
    feedback = books.of["feedback"]
    staff.given[subject].append(staff.given[subject][-1])
    assert any("ratings answered" in sentence for sentence in ends(staff, books))
    staff.given[subject].pop()
    books.over[subject] = False
    assert any("board" in sentence for sentence in ends(staff, books))
    books.of["routing"].states[subject] = "concluded"
    assert any("states" in sentence for sentence in ends(staff, books))
    closed = feedback.told(subject, "feedback.appeal_closed.v1")
    closed.append(closed[0])
    assert any("how it ended" in sentence for sentence in ends(staff, books))
    feedback.told(subject, "feedback.appeal_rated.v1").clear()
    assert any("ratings told" in sentence for sentence in ends(staff, books))


def faults_of(place: Place) -> list[Callable[[], None]]:
    """Return what happens on the way, in order."""

    def killed(service: str) -> Callable[[], None]:
        def kill() -> None:
            place.workers[service].kill()
            place.workers[service].start()

        return kill

    def web_killed() -> None:
        place.web.kill()
        place.start()

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
        web_killed,
        place.rabbit.restart,
        killed("routing"),
        database_killed,
        killed("feedback"),
        killed("enforcement"),
    ]
