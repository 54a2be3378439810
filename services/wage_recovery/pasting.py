"""The columns of what is pasted out of a spreadsheet, such as a roster of workers: spelled as forms have them, whole numbers masked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from chassis import numbers
from chassis.masking import mask_id_number
from chassis.pasting import BadPasteError, answer, number, same

if TYPE_CHECKING:
    from chassis.pasting import Columns

_RATES: Final = {
    **dict.fromkeys(("计月", "月", "月薪"), "month"),
    **dict.fromkeys(("计日", "日", "天", "日薪"), "day"),
    **dict.fromkeys(("计时", "时", "小时"), "hour"),
    **dict.fromkeys(("计件", "件", "计量"), "piece"),
}
_WAYS: Final = {"转账": "bank_transfer", "银行转账": "bank_transfer", "现金": "cash"}
_DAY: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?\Z")
_WHOLE_ID: Final = re.compile(r"(\d{6})\d{8}(\d{3}[0-9Xx])\Z")
_WHOLE_CARD: Final = re.compile(r"\d{12,19}\Z")


def _day(said: str) -> Any:
    found = _DAY.match(said)
    return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}" if found else said or None


def _id(said: str) -> str:
    plain = said.replace(" ", "")
    if (whole := _WHOLE_ID.match(plain)) is None:
        return plain
    if (wrong := numbers.wrong_in_id_number(plain)) is not None:
        masked = mask_id_number(plain)
        raise BadPasteError(
            [f"身份证号 {masked} {wrong[0]}，请核对 / the identity number {masked} is mistyped: {wrong[1]}"]
        )
    return f"{whole[1]}********{whole[2]}"


def _card(said: str) -> str:
    plain = said.replace(" ", "")
    return f"****{plain[-4:]}" if _WHOLE_CARD.match(plain) else plain


#: How each column is headed, which field it fills, and how its cells are spelled.
ROSTER: Final[Columns] = {
    "序号": ("number", same),
    "姓名": ("name", same),
    "身份证号": ("id_number", _id),
    "联系电话": ("phone", same),
    "工资卡": ("card", _card),
    "工种": ("trade", same),
    "班组长": ("team_leader", same),
    "进场日期": ("entered_on", _day),
    "离场日期": ("left_on", _day),
    "欠薪月数": ("months_owed", number),
    "计薪方式": ("rate_type", lambda said: _RATES.get(said, said)),
    "单价": ("unit_rate", number),
    "数量": ("quantity", number),
    "扣除": ("deductions", number),
    "已付": ("paid", number),
    "欠付": ("owed", number),
    "本人签字": ("signed", answer),
}
PAYMENTS: Final[Columns] = {
    "序号": ("number", same),
    "金额": ("amount", number),
    "支付日期": ("paid_on", _day),
    "支付方式": ("way", lambda said: _WAYS.get(said, said)),
    "支付给本人": ("to_worker_himself", answer),
    "凭证": ("proof", same),
}
