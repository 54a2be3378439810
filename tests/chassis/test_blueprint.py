"""What is read off a service's class."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis import blueprint
from chassis.blueprint import matcher
from tests.chassis.made_up.models import STORE, Base, Case
from tests.chassis.made_up.service import THING, MadeUpService


def test_a_service_s_class_says_all_there_is_to_know() -> None:
    spec = blueprint.read(MadeUpService)

    assert (spec.name, spec.mailbox) == ("made_up", "made_up.mailbox")
    assert (spec.case, spec.workflow, spec.store, spec.metadata) == (Case, THING, STORE, Base.metadata)
    assert [(chore.method, chore.every) for chore in spec.chores] == [("count_things", timedelta(minutes=1))]
    assert {(one.binding, one.exchange, one.method) for one in spec.subscriptions} == {
        ("teller.thing_opened.v1", "jiesu", "on_thing_opened"),
        ("teller.thing_said.v1", "jiesu", "on_thing_said"),
        ("*.case_said.v1", "jiesu", "on_thing_said"),
        ("teller.thing_waited.v1", "jiesu", "on_thing_waited"),
        ("teller.thing_sent.v1", "jiesu", "on_thing_sent"),
        ("*.thing_submitted.v1", "jiesu.external", "on_thing_submitted"),
    }


@pytest.mark.parametrize(
    ("key", "method"),
    [
        ("teller.thing_said.v1", "on_thing_said"),
        ("anybody.case_said.v1", "on_thing_said"),
        ("anybody.thing_submitted.v1", "on_thing_submitted"),
        ("teller.thing_said.v2", None),
        ("a.b.case_said.v1", None),
        (".case_said.v1", None),
        ("", None),
    ],
)
def test_a_key_has_the_reader_that_its_pattern_names(key: str, method: str | None) -> None:
    reader = blueprint.read(MadeUpService).reader(key)

    assert (reader.method if reader else None) == method


def test_forged_keys_do_not_fill_the_memory() -> None:
    spec = blueprint.read(MadeUpService)
    for number in range(5000):
        spec.reader(f"forged{number}.thing.v1")

    assert len(spec._readers) <= 1001
    assert spec.reader("teller.thing_said.v1") is not None


def test_a_star_stands_for_one_word() -> None:
    assert matcher("*.case_said.v1").match("x.case_said.v1")
    assert not matcher("*.case_said.v1").match("x.y.case_said.v1")
    assert not matcher("a.b.v1").match("axb.v1")
