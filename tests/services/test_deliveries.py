"""What steps tell of deliveries, over all mechanisms: each is of a document of the procedure, by fields of the step's form."""

from __future__ import annotations

import pytest

from chassis import catalogue
from chassis.papers import WAYS, reaches
from chassis.receivers import MECHANISMS
from chassis.terms import choices_of


@pytest.mark.parametrize("name", MECHANISMS)
def test_every_delivery_is_of_a_document_of_the_procedure_by_fields_of_its_form(name: str) -> None:
    spec = catalogue.spec(name)
    assert spec.workflow is not None
    told = [(step, step.serves, step.form) for step in spec.workflow.steps if step.serves and step.form]

    documents = {step.document for step in spec.workflow.steps}
    assert {serves.document for _, serves, _ in told if isinstance(serves.document, str)} <= documents
    for step, serves, form in told:
        named = {one for one in (serves.on, serves.way, serves.recipient, serves.note) if one}
        assert named <= form().fields.keys(), step.trigger


#: The ways of telling somebody by which he has nothing in hand.
NOTHING_IN_HAND = {"phone", "not_possible"}


@pytest.mark.parametrize("name", MECHANISMS)
def test_every_way_of_a_delivery_has_a_word_of_the_register_or_hands_nothing_over(name: str) -> None:
    workflow = catalogue.spec(name).workflow
    assert workflow is not None
    told = [(step.serves, step.form) for step in workflow.steps if step.serves and step.serves.way and step.form]

    for serves, form in told:
        ways = choices_of(form().fields[serves.way])
        assert {way for way in ways if not reaches(serves, {serves.way: way})} <= NOTHING_IN_HAND
        assert {*serves.ways.values()} <= {*WAYS}


@pytest.mark.parametrize("name", MECHANISMS)
def test_a_document_that_may_not_have_been_received_yet_is_in_nobodys_hands(name: str) -> None:
    workflow = catalogue.spec(name).workflow
    assert workflow is not None
    told = [(step.serves, step.form) for step in workflow.steps if step.serves and step.form]

    for serves, form in told:
        awaited = "not received yet" in str(form().fields[serves.on].metadata.get("help", ""))
        assert reaches(serves, {}) is not awaited
        assert reaches(serves, {serves.on: "2026-11-27"})
