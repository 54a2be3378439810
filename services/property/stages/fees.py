"""Fees and common income: reckoned by the contract, or from what the owners' parts have earned (滨州 49; 民法典 282)."""

from __future__ import annotations

from chassis.workflow import Role, Step
from services.property import firms, funds, schemas

STEPS = (
    # Fees: reckoned by contract first, then settled, ordered to be given back, or told the way to court.
    Step(
        # Also again: what was reckoned with a wrong month or fee is reckoned anew, on a new statement.
        ("verified", "fee_dispute"),
        "fees_examined",
        "fee_dispute",
        who=Role.HANDLER,
        form=schemas.FeeExamination,
        guards=(firms.complaint_is_about("fees", "收费"), funds.months_fit),
        change=funds.fees_examined,
        document="fee_statement",
        basis="滨州市住宅物业管理条例-49",
    ),
    Step("fee_dispute", "fee_settled", "fixed", who=Role.HANDLER, form=schemas.Result),
    Step("fee_dispute", "fee_not_settled", "handover_due", who=Role.HANDLER, form=schemas.Failure),
    # Common income: what the owners' parts have earned, and where it is; the company is then ordered like any other.
    Step(
        "verified",
        "income_examined",
        "verified",
        who=Role.HANDLER,
        form=schemas.IncomeAccounts,
        guards=(firms.complaint_is_about("common_income", "公共收益"), funds.period_fits),
        change=funds.income_examined,
        document="income_statement",
        basis="民法典-282",
    ),
)
