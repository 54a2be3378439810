"""Made-up letters of residents, for whoever has no real ones: the same seed makes the same letters."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pathlib import Path

#: What letters are about, a few matters for each mechanism: a title and what is wrong.
_MATTERS: Final = (
    ("邻居家卫生间漏水", "邻居漏水泡坏我家天花板和墙面,对方一直不肯赔偿,希望能够调解"),
    ("楼道邻里纠纷", "邻居把楼道公共部位占为己用,双方为此多次争吵,希望人民调解员上门调解邻里纠纷"),
    ("楼道堆放杂物", "有人在楼道长期堆放杂物,影响居民通行"),
    ("占道经营", "路口流动摊贩占道经营,油烟和垃圾影响周边居民"),
    ("违法搭建", "一楼住户在公共绿地违法搭建棚子,请执法部门查看处理"),
    ("路灯不亮", "小区门口道路的路灯坏了好几天,晚上出行不方便"),
    ("公交站牌破损", "公交站牌破损看不清车次,请有关部门尽快维修"),
    ("井盖松动", "人行道上的井盖松动,车辆经过时声音很大,请派人维修"),
    ("拖欠工资", "装修公司拖欠我两个月工资,多次催要对方总是推脱,请帮助追讨工资"),
    ("低保申请咨询", "家里收入少,想申请低保,请问需要准备什么材料,到哪里办理"),
    ("临时救助", "家人生病花费较大,想咨询临时救助的申请条件和办理流程"),
    ("物业服务差", "小区物业不作为,垃圾清运不及时,楼道保洁不到位,却按时催收物业费"),
    ("电梯经常坏", "小区电梯经常故障停运,物业迟迟不维修,居民上下楼很不方便"),
    ("小区绿化缺失", "小区绿化无人养护,物业收费不透明,希望物业公布维修资金使用情况"),
)
_OPENINGS: Final = ("您好,", "尊敬的领导,", "工作人员您好,", "领导好,我想反映一个问题,", "")
_MORE: Final = (
    "这个情况已经持续了一段时间,住在附近的居民都有意见。",
    "我们之前向社区反映过,当时说会尽快联系处理,后来没有结果。",
    "家里有老人和孩子,平时出入很受影响。",
    "希望有关部门能到现场看一看,给一个明确的答复。",
    "我们理解工作不容易,也愿意配合,只希望事情能有人管。",
    "周末和晚上的时候最明显,白天好一些。",
    "附近几栋楼的情况差不多,大家都希望一起解决。",
    "如果需要提供照片或者其他材料,我可以随时补充。",
)
_STREETS: Final = ("黄河", "渤海", "长江", "珠江")
_SPAN: Final = timedelta(days=700)
_LAST: Final = datetime(2026, 10, 31, tzinfo=UTC)


def make(count: int, seed: int = 1) -> list[dict[str, str]]:
    """Return letters in the columns that `jiesu import` reads."""
    dice = random.Random(seed)
    return [_letter(number, dice) for number in range(1, count + 1)]


def _letter(number: int, dice: random.Random) -> dict[str, str]:
    title, wrong = dice.choice(_MATTERS)
    place = f"{dice.choice(_STREETS)}{dice.randint(1, 20)}路{dice.randint(1, 300)}号{dice.randint(1, 40)}号楼"
    more = "".join(dice.sample(_MORE, dice.randint(2, len(_MORE))))
    at = _LAST - dice.random() * _SPAN
    return {
        "msg_id": f"L{number:06d}",
        "user": f"U{dice.randint(1, 10**8):08d}",
        "title": f"{place}{title}",
        "created_at": at.isoformat(timespec="seconds"),
        "detail": f"{dice.choice(_OPENINGS)}{place},{wrong}。{more}",
        "likes": "0",
        "dislikes": "0",
    }


def read(file: Path) -> list[dict[str, str]]:
    """Read letters of the same columns from a JSONL file."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [{name: str(value) for name, value in json.loads(line).items()} for line in lines if line.strip()]


def write(file: Path, rows: list[dict[str, str]]) -> None:
    """Write letters as JSONL."""
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def as_posts(rows: list[dict[str, str]], seed: int = 1) -> list[dict[str, Any]]:
    """Return what a resident's telephone would post for each letter, with a name and a number."""
    dice = random.Random(seed)
    return [
        {
            "title": row["title"][:100],
            "text": row["detail"],
            "place": {"text": row["title"][:40], "longitude": 117.97, "latitude": 37.38},
            "contact": {"name": "居民甲", "phone": f"138{dice.randint(0, 10**8 - 1):08d}"},
        }
        for row in rows
    ]
