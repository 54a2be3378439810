"""The facts are established, and both sides sit together (人民调解法 21, 22)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.mediation import parties, rules, schemas

STEPS = (
    Step(
        "investigating",
        "facts_established",
        "in_session",
        who=Role.HANDLER,
        form=schemas.Inquiry,
        document="inquiry_record",
        basis="人民调解法-22",
    ),
    Step(
        "in_session",
        "session_held",
        "in_session",
        who=Role.HANDLER,
        form=schemas.Session,
        guards=(
            parties.everybody_is_represented,
            rules.both_sides_are_heard,
            parties.guardians_come,
            rules.a_private_session_stays_private,
            rules.signed_and_heard_by_now,
            rules.nothing_comes_before_it_was_mediated,
        ),
        keeps="sessions",
        repeatable=True,
        document="session_record",
        basis="人民调解法-27",
    ),
)
