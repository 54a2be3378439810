"""What was reported is answered, or the authority urged, wherever the case has gone meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chassis.workflow import Role, Step
from services.property import firms, funds, rules, schemas, votes
from services.property.stages.places import MARK, REPORT

if TYPE_CHECKING:
    from collections.abc import Iterable


def answered(everywhere: Iterable[str]) -> Iterable[Step]:
    """Let reports, marks, changes and money that comes back be answered, urged or told in each of these states."""
    for state in everywhere:
        yield from (
            Step(
                state,
                "report_urged",
                state,
                who=(Role.HANDLER, Role.REVIEWER),
                form=schemas.ReportUrging,
                guards=(firms.report_is_open,),
                change=firms.report_urged,
                repeatable=True,
                **REPORT,
            ),
            Step(
                state,
                "report_answered",
                state,
                who=(Role.HANDLER, Role.REVIEWER),
                form=schemas.ReportAnswer,
                guards=(firms.report_is_open,),
                change=firms.report_answered,
                repeatable=True,
                stops=("report_follow_up",),
                **REPORT,
            ),
            # Rescuers who came late are reported also when the lift is being repaired meanwhile, or the case has ended.
            Step(
                state,
                "late_rescue_reported",
                state,
                who=Role.HANDLER,
                form=schemas.LateRescue,
                guards=(funds.rescuers_were_late, funds.rescue_was_not_reported),
                change=funds.late_rescue_reported,
                document="late_rescue_report",
                basis="滨州市电梯安全管理条例-28",
                **REPORT,
            ),
            # What was paid for works that were stopped comes back to the owners' fund whenever it does.
            Step(
                state,
                "fund_money_given_back",
                state,
                who=Role.HANDLER,
                form=schemas.GivenBack,
                guards=(rules.act_is_not_ahead, funds.something_is_to_recover),
                change=funds.given_back,
                repeatable=True,
                basis="民法典-281",
            ),
            # Of changed rules, covenants or members authority and street are told in writing (山东 31).
            Step(
                state,
                "change_told",
                state,
                who=Role.HANDLER,
                form=schemas.ChangeTold,
                guards=(rules.act_is_not_ahead, votes.something_is_to_be_told),
                change=votes.changes_told,
                repeatable=True,
                stops=("change_notice",),
                basis="山东省物业管理条例-31",
            ),
            # The district decides on the points: its word replaces the street's.
            Step(
                state,
                "credit_mark_urged",
                state,
                who=(Role.HANDLER, Role.REVIEWER),
                form=schemas.MarkUrging,
                guards=(firms.mark_was_reported,),
                change=firms.mark_urged,
                repeatable=True,
                **MARK,
            ),
            Step(
                state,
                "credit_mark_answered",
                state,
                who=Role.REVIEWER,
                form=schemas.CreditAnswer,
                guards=(firms.mark_was_reported, firms.answer_fits_its_points),
                change=firms.mark_answered,
                stops=("credit_follow_up",),
                basis="山东省物业管理条例-52",
                **MARK,
            ),
        )
