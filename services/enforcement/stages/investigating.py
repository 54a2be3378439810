"""From the filing to the report: evidence, seizures, and the ninety days (行政处罚法 54 to 60; 行政强制法 18 to 28)."""

from __future__ import annotations

from typing import Any, Final

from chassis.workflow import Role, Step
from services.enforcement import facts, forcing, measures, notes, pauses, reading, rules, schemas, statements
from services.enforcement.stages.places import (
    CONTESTABLE,
    CONTESTABLE_SINCE,
    COUNTED,
    SETTLED_IN_TIME,
    UNAPPROVED,
    UNDER_ITS_NUMBER,
    handed_over,
)

#: However many times are excluded, one clock waits for the end of that which is over first.
_EXCLUDED: Final[dict[str, Any]] = {
    "stops": ("exclusion",),
    "starts": ("exclusion",),
    "lasts": (("exclusion", "exclusion_days"),),
    "since": (("exclusion", "exclusion_since"),),
    "stood": (("penalty_decision", "exclusion_spans"),),
}
#: What a leader approves to be left out of the ninety days.
_EXCLUDING: Final[dict[str, Any]] = {
    **_EXCLUDED,
    "who": Role.LEADER,
    "form": schemas.Exclusion,
    "guards": (
        rules.exclusion_has_its_reason,
        reading.dated("begun_on", "filed_on"),
        rules.exclusion_begins_within_the_ninety_days,
        pauses.adds_days("exclusion", "begun_on"),
    ),
    "change": notes.begin_exclusion,
    "repeatable": True,
    "suspends": ("penalty_decision",),
    "document": "exclusion_approval",
    "basis": "行政处罚法-60",
}
#: The same of tests.
_TESTED: Final[dict[str, Any]] = {
    "stops": ("testing",),
    "starts": ("testing",),
    "lasts": (("testing", "testing_days"),),
    "since": (("testing", "testing_since"),),
    "stood": tuple((clock, "testing_spans") for clock in pauses.SEIZURES),
}
STEPS = (
    Step(
        "investigating",
        "inspected",
        "investigating",
        who=Role.HANDLER,
        form=schemas.Inspection,
        guards=(rules.officers_are_certified, reading.dated("at")),
        change=notes.note_scene,
        repeatable=True,
        tells=(facts.SceneInspected,),
        document="site_record",
        basis="行政处罚法-55",
    ),
    *(
        step
        for state in COUNTED
        for step in (
            Step(
                state,
                "time_excluded",
                state,
                **_EXCLUDING,
            ),
            Step(
                state,
                "exclusion_over",
                state,
                who=Role.CLOCK,
                expires="exclusion",
                change=notes.exclusion_over,
                resumes=("penalty_decision",),
                basis="行政处罚法-60",
                **{**_EXCLUDED, "stops": ()},
            ),
            Step(
                state,
                "time_counted_again",
                state,
                who=Role.HANDLER,
                form=schemas.ExclusionEnd,
                guards=(
                    pauses.one_runs("exclusion"),
                    pauses.ends_after_its_beginning("exclusion", "counted_on"),
                ),
                change=notes.end_exclusion,
                repeatable=True,
                resumes=("penalty_decision",),
                basis="行政处罚法-60",
                **_EXCLUDED,
            ),
        )
    ),
    # What was approved in time may be told of when it is decided: whether that was in time is seen by it.
    *(Step(state, "time_excluded", state, **_EXCLUDING) for state in SETTLED_IN_TIME),
    *(
        Step(
            state,
            "questioned",
            state,
            who=Role.HANDLER,
            form=schemas.Questioning,
            guards=(rules.officers_are_certified, reading.dated("at")),
            repeatable=True,
            document="interview_record",
            basis="行政处罚法-55",
        )
        for state in ("inspected", "investigating")
    ),
    Step(
        "investigating",
        "evidence_added",
        "investigating",
        who=Role.HANDLER,
        form=schemas.Evidence,
        repeatable=True,
        basis="行政处罚法-46",
    ),
    Step(
        "investigating",
        "evidence_held",
        "investigating",
        who=Role.LEADER,
        form=schemas.Hold,
        guards=(rules.officers_are_certified, reading.dated("held_on", "seen_on")),
        change=notes.hold,
        repeatable=True,
        starts=("evidence_hold",),
        lasts=(("evidence_hold", "hold_begins"),),
        since=(("evidence_hold", "held_on"),),
        document="evidence_hold_notice",
        basis="行政处罚法-56",
    ),
    Step(
        "investigating",
        "evidence_released",
        "investigating",
        who=Role.HANDLER,
        form=schemas.Release,
        guards=(rules.something_is_held, reading.dated("released_on", "held_on")),
        change=notes.release,
        repeatable=True,
        stops=("evidence_hold",),
        since=(("evidence_hold", "released_on"),),
        document="evidence_decision",
        basis="行政处罚法-56",
    ),
    Step(
        "investigating",
        "goods_seized",
        "investigating",
        who=Role.LEADER,
        form=schemas.Seizure,
        guards=(
            rules.officers_are_certified,
            measures.is_numbered_anew("notice_no"),
            reading.dated("seized_on", "seen_on"),
        ),
        change=measures.decides("seizure", "seized_on", notes.seize),
        repeatable=True,
        starts=("seizure", *CONTESTABLE),
        lasts=(("seizure", "seizure_begins"),),
        since=(("seizure", "seized_on"), *CONTESTABLE_SINCE),
        of=UNDER_ITS_NUMBER,
        document="seizure_decision",
        serves=handed_over("seizure_decision", "seized_on", recipient="recipient"),
        basis="行政强制法-25",
    ),
    # What can't wait is seized before anybody has approved it, also at the first look (行政强制法 19).
    *(
        Step(
            state,
            "goods_seized_at_once",
            state,
            who=Role.HANDLER,
            form=schemas.SeizureAtOnce,
            guards=(
                rules.officers_are_certified,
                measures.is_numbered_anew("notice_no"),
                reading.dated("seized_at", "seen_on"),
            ),
            keeps="goods_seized",
            change=measures.decides("seizure", "seized_at", forcing.seize_at_once),
            repeatable=True,
            starts=("measure_report", "seizure", *CONTESTABLE),
            lasts=(("measure_report", "measure_begins"), ("seizure", "seizure_begins")),
            since=(("measure_report", "seized_at"), ("seizure", "seized_at"), *CONTESTABLE_SINCE),
            of=UNDER_ITS_NUMBER,
            document="seizure_decision",
            basis="行政强制法-19",
        )
        for state in ("inspected", "investigating")
    ),
    *(
        step
        for state in UNAPPROVED
        for step in (
            Step(
                state,
                "measure_approved",
                state,
                who=Role.LEADER,
                form=schemas.MeasureApproval,
                guards=(forcing.something_is_unapproved,),
                change=forcing.approve,
                repeatable=True,
                stops=("measure_report",),
                since=(("measure_report", "reported_at"),),
                document="measure_approval",
                basis="行政强制法-19",
            ),
            Step(
                state,
                "measure_lifted",
                state,
                who=Role.LEADER,
                form=schemas.MeasureLifted,
                guards=(forcing.something_is_unapproved,),
                change=measures.given_back(forcing.lift),
                repeatable=True,
                stops=("measure_report",),
                since=(("measure_report", "reported_at"),),
                document="measure_lifting",
                basis="行政强制法-19",
            ),
        )
    ),
    *(
        Step(
            state,
            "goods_released",
            state,
            who=Role.HANDLER,
            form=schemas.Release,
            guards=(
                rules.something_is_seized,
                forcing.measure_is_approved,
                reading.dated("released_on", "seized_on", "prolonged_on"),
            ),
            change=measures.given_back(notes.give_back),
            repeatable=True,
            stops=("seizure", "seizure_longer", "testing"),
            since=tuple((clock, "released_on") for clock in pauses.SEIZURES),
            document="seizure_outcome",
            basis="行政强制法-25",
        )
        for state in dict.fromkeys((*UNAPPROVED, *COUNTED))
    ),
    *(
        step
        # Their time runs while the party is heard, too.
        for state in ("inspected", *COUNTED)
        for step in (
            Step(
                state,
                "seizure_prolonged",
                state,
                who=Role.LEADER,
                form=schemas.SeizureLonger,
                guards=(
                    forcing.measure_is_approved,
                    measures.no_seizure_fell,
                    rules.something_is_seized,
                    rules.nothing_is_tested,
                    rules.seizure_is_prolonged_once,
                    reading.dated("prolonged_on", "seized_on"),
                ),
                change=notes.prolong,
                starts=("seizure_longer",),
                lasts=(("seizure_longer", "seizure_days"),),
                since=(("seizure_longer", "seized_on"), ("seizure", "prolonged_on")),
                stood=(("seizure_longer", "testing_spans"),),
                stops=("seizure",),
                document="seizure_extension",
                basis="行政强制法-25",
            ),
            Step(
                state,
                "things_sent_to_test",
                state,
                who=Role.LEADER,
                form=schemas.Testing,
                guards=(
                    rules.something_is_seized,
                    reading.dated("sent_on", "seized_on"),
                    pauses.adds_days("testing", "sent_on"),
                ),
                change=notes.begin_testing,
                repeatable=True,
                suspends=pauses.SEIZURES,
                document="testing_notice",
                basis="行政强制法-25",
                **_TESTED,
            ),
            Step(
                state,
                "things_tested",
                state,
                who=Role.HANDLER,
                form=schemas.TestResult,
                guards=(
                    pauses.one_runs("testing"),
                    pauses.ends_after_its_beginning("testing", "tested_on"),
                ),
                change=notes.end_testing,
                repeatable=True,
                resumes=pauses.SEIZURES,
                basis="行政强制法-25",
                **_TESTED,
            ),
        )
    ),
    *(
        Step(
            state,
            "testing_over",
            state,
            who=Role.CLOCK,
            expires="testing",
            change=notes.testing_over,
            resumes=pauses.SEIZURES,
            basis="行政强制法-25",
            **{**_TESTED, "stops": ()},
        )
        for state in ("inspected", *COUNTED)
    ),
    Step(
        "investigating",
        "investigation_closed",
        "reported",
        who=Role.HANDLER,
        form=schemas.Report,
        guards=(rules.officers_are_certified, rules.nothing_is_held, forcing.measure_is_approved),
        # What the party has said before was on another report.
        change=statements.begins("", "penalty", change=notes.begin_review),
        document="investigation_report",
        basis="行政处罚法-57",
    ),
    Step("reported", "investigation_reopened", "investigating", who=Role.LEADER, form=schemas.Reopening),
    Step(
        "reported",
        "legal_review_passed",
        "reported",
        who=Role.REVIEWER,
        form=schemas.LegalReview,
        guards=(rules.reviewer_did_not_investigate, statements.it_is_on_file),
        change=statements.judged(notes.review_passed),
        document="legal_review",
        basis="行政处罚法-58",
    ),
)
