"""What steps tell of deliveries, over all mechanisms: each is of a document of the procedure, by fields of the step's form."""

from __future__ import annotations

import pytest

from chassis import catalogue
from chassis.receivers import MECHANISMS


@pytest.mark.parametrize("name", MECHANISMS)
def test_every_delivery_is_of_a_document_of_the_procedure_by_fields_of_its_form(name: str) -> None:
    spec = catalogue.spec(name)
    assert spec.workflow is not None
    told = [(step, step.serves, step.form) for step in spec.workflow.steps if step.serves and step.form]

    documents = {step.document for step in spec.workflow.steps}
    assert {one for _, serves, _ in told for one in serves.documents} <= documents
    for step, serves, form in told:
        named = {one for one in (serves.on, serves.way, serves.recipient, serves.note) if one}
        assert named <= form().fields.keys(), step.trigger
