"""A committee that was elected meets, is filed, and has its books and seal (山东 30, 31, 33)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.property import candidates, elections, facts, firms, rules, schemas, votes
from services.property.stages.following import lateness
from services.property.stages.places import AFTERWARDS, BOOKS_CLOCKS, CERTIFICATE_CLOCKS, REPORT, STANDS

STEPS = (
    # The committee meets for the first time, and chooses its chair (山东 30).
    *(
        Step(
            state,
            "committee_met",
            state,
            who=Role.HANDLER,
            form=schemas.CommitteeMeeting,
            guards=(
                rules.act_is_not_ahead,
                votes.nothing_precedes_the_count,
                elections.members_are_enough(rules.COMMITTEE_LEAST, "业主委员会", half_owners=False),
                candidates.members_were_elected,
                elections.committee_meeting_holds,
            ),
            stops=("committee_meeting",),
            document="committee_minutes",
            basis="山东省物业管理条例-30",
        )
        for state in ("committee_elected", *elections.BOOKS_DUE, "books_withheld")
    ),
    Step(
        "filing_due",
        "committee_filed",
        "certificate_due",
        who=Role.HANDLER,
        form=schemas.Filing,
        guards=(
            rules.act_is_not_ahead,
            *STANDS,
            elections.members_are_enough(rules.COMMITTEE_LEAST, "业主委员会", half_owners=False),
            candidates.members_were_elected,
            elections.everything_is_filed,
        ),
        change=elections.filed,
        stops=("committee_filing",),
        since=(("filing_certificate", "filed_on"),),
        starts=("filing_certificate",),
        document="committee_filing",
        basis="山东省物业管理条例-31",
    ),
    # A committee that does not file, meet or take up its office is urged; then the authority or the owners go on.
    Step(
        ("filing_due", "seal_due"),
        "committee_not_installed",
        "handover_due",
        who=Role.HANDLER,
        form=schemas.Failure,
        guards=(elections.committee_was_urged,),
        stops=("committee_filing", "committee_meeting", *BOOKS_CLOCKS),
        basis="山东省物业管理条例-75",
    ),
    *(
        Step(
            state,
            "committee_urged",
            state,
            who=Role.HANDLER,
            form=schemas.Coordination,
            repeatable=True,
            basis="滨州市住宅物业管理条例-52",
        )
        for state in ("filing_due", "seal_due")
    ),
    # The authority certifies within ten days, asks for what lacks, or declines.
    Step(
        ("certificate_due", "certificate_overdue"),
        "filing_returned",
        "filing_due",
        who=Role.HANDLER,
        form=schemas.FilingReturned,
        repeatable=True,
        stops=CERTIFICATE_CLOCKS,
        starts=("committee_filing",),
        basis="山东省物业管理条例-31",
    ),
    *lateness(
        *("certificate_due", "certificate_overdue", "certificate_expired", "certificate_urged"),
        *("certificate_answer_expired", "filing_certificate"),
        basis="山东省物业管理条例-31",
    ),
    Step(
        ("certificate_due", "certificate_overdue"),
        "filing_certified",
        "seal_due",
        who=Role.HANDLER,
        form=schemas.Certificate,
        guards=(rules.act_is_not_ahead, elections.certified_after_filing),
        stops=CERTIFICATE_CLOCKS,
        basis="山东省物业管理条例-31",
    ),
    Step(
        ("certificate_due", "certificate_overdue"),
        "filing_declined",
        "handover_due",
        who=Role.HANDLER,
        form=schemas.Failure,
        stops=(*CERTIFICATE_CLOCKS, "committee_meeting", *BOOKS_CLOCKS),
        basis="山东省物业管理条例-31",
    ),
    # Books and seals of the committee before, while the new one is filed; withheld, the joint meeting or the police.
    *(
        step
        for state in (*elections.BOOKS_DUE, "books_withheld")
        for step in (
            Step(
                (state, *AFTERWARDS) if state == "books_withheld" else state,
                "books_handed_over",
                "seal_due" if state == "books_withheld" else state,
                who=Role.HANDLER,
                form=schemas.Books,
                guards=(
                    elections.there_was_one_before,
                    elections.books_are_awaited,
                    rules.act_is_not_ahead,
                    elections.list_is_whole(rules.BOOKS, "山东省物业管理条例第33条"),
                    firms.everything_was_handed_over,
                ),
                stops=(*BOOKS_CLOCKS, "meeting_decision", "external_follow_up"),
                document="books_list",
                basis="山东省物业管理条例-33",
            ),
            Step(
                state,
                "books_urged",
                state,
                who=Role.HANDLER,
                form=schemas.BooksUrged,
                guards=(elections.there_was_one_before, elections.books_are_still_due),
                repeatable=True,
                stops=BOOKS_CLOCKS,
                starts=("committee_books",),
                lasts=(("committee_books", "books_days"),),
                document="books_notice",
                basis="山东省物业管理条例-33",
            ),
        )
    ),
    Step(
        "seal_due",
        "books_withheld",
        "books_withheld",
        who=Role.HANDLER,
        form=schemas.Withheld,
        guards=(elections.there_was_one_before, elections.books_are_still_due, elections.books_were_urged),
        repeatable=True,
        change=firms.reported("books_withheld"),
        stops=BOOKS_CLOCKS,
        document="books_report",
        basis="滨州市住宅物业管理条例-51",
        **REPORT,
    ),
    Step(
        "seal_due",
        "management_committee_dissolved",
        "seal_due",
        who=Role.HANDLER,
        form=schemas.Posting,
        change=votes.posted,
        guards=(rules.act_is_not_ahead, elections.management_committee_serves, elections.books_were_handed_over),
        document="dissolution_notice",
        basis="滨州市住宅物业管理条例-18",
    ),
    Step(
        "seal_due",
        "committee_installed",
        "fixed",
        who=Role.HANDLER,
        form=schemas.Installed,
        guards=(
            rules.act_is_not_ahead,
            *STANDS,
            elections.committee_has_met,
            elections.books_were_handed_over,
            elections.management_committee_is_dissolved,
        ),
        tells=(facts.CommitteeInstalled,),
        basis="山东省物业管理条例-31",
    ),
)
