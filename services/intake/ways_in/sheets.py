"""The columns of a file of appeals; how files are read stands in `chassis.sheets`."""

from __future__ import annotations

from typing import Final

from chassis.sheets import Columns

#: The columns, each with the headers it may have.
COLUMNS: Final = {
    "msg_id": ("msg_id", "留言编号", "编号"),
    "user": ("user", "留言用户", "用户"),
    "title": ("title", "留言主题", "主题"),
    "created_at": ("created_at", "留言时间", "时间"),
    "detail": ("detail", "留言详情", "详情"),
}
APPEALS: Final = Columns(COLUMNS, ("msg_id", "created_at", "detail"))
