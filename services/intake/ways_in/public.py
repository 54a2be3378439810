"""What a resident may see of an appeal, and in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from chassis import pages
from chassis.views import when
from services.intake import rules
from services.intake.matters import repeats
from services.intake.workflow import APPEAL, OPEN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from services.intake.models import Attachment

STAGES: Final = (
    ("collect", "收集", "Collected"),
    ("analyse", "分析", "Assessed"),
    ("handle", "处置", "Handled"),
    ("feedback", "反馈", "Answered"),
)
STATES: Final = {
    "registered": ("已登记", "Registered"),
    "ledgered": ("已建台账，正在研判", "Entered in the ledger, being assessed"),
    "dispatched": ("已派单，等待签收", "Sent to the unit in charge"),
    "handling": ("正在办理", "Being handled"),
    "rework_due": ("正在重新办理", "Being handled again"),
    "concluded": ("已答复", "Answered"),
    "callback_due": ("已答复，请您评价", "Answered; please rate it"),
    "closed": ("已办结", "Closed"),
    "answered": ("已当场解答", "Answered on the spot"),
    "not_accepted": ("不予受理，已告知途径", "Not accepted; the legal route was told"),
    "relayed": ("已即时转紧急热线", "Relayed to an emergency line"),
    "followed_up": ("已转紧急热线并核实", "Relayed and followed up"),
    "merged": ("已并入同一事项办理", "Merged into the same matter"),
    "withdrawn": ("已撤回", "Withdrawn"),
}
HAPPENED: Final = {
    "registered": ("诉求已登记", "Your appeal was registered"),
    "ledgered": ("已形成台账", "It was entered in the ledger"),
    "dispatched": ("已派单至承办单位", "It was sent to the unit in charge"),
    "extended": ("办理期限已延长", "More time was granted"),
    "regraded": ("紧急程度已调整，办理期限相应调整", "How urgent it is was changed, and the promised time with it"),
    "paused": ("办理时限暂停计算", "The promised time stands still"),
    "resumed": ("办理时限恢复计算", "The promised time runs on"),
    "accepted": ("承办单位已签收", "The unit in charge has taken it"),
    "contacted": ("承办人员已联系", "The handler got in touch"),
    "progressed": ("办理进展", "Progress"),
    "interim_replied": ("阶段性答复，依法继续办理", "An interim reply; it goes on by law"),
    "concluded": ("已答复办理结果", "The result was told"),
    "callback_due": ("等待您评价", "Your rating is awaited"),
    "rework_ordered": ("已要求重新办理", "It was ordered to be handled again"),
    "excluded": ("经复核不计入考核", "On review it is not counted in the assessment"),
    "closed": ("诉求办结", "The appeal was closed"),
    "archived": ("诉求已归档", "Its file was closed"),
    "answered": ("已当场解答", "It was answered on the spot"),
    "not_accepted": ("不予受理", "It was not accepted"),
    "relayed": ("已转紧急热线", "It was relayed to an emergency line"),
    "line_told": ("已通知紧急热线", "An emergency line was called"),
    "followed_up": ("已核实处置情况", "What became of it was checked"),
    "merged": ("已并案办理", "It was merged"),
    "unmerged": ("已拆出单独办理", "It is handled by itself"),
    "voice_joined": (
        "又有诉求人反映同一事项，一并办理",
        "Another petitioner brought the same matter; both are handled together",
    ),
    "repeated": ("您再次反映了同一事项", "You brought the same matter again"),
    "reopened": ("您再次反映，已重新启动办理", "You brought it again; it is handled again"),
    "pictures_added": ("收到您的照片", "Your photos arrived"),
    "supplemented": ("您补充了情况", "You added something"),
    "number_put_right": ("您更正了号码", "You put a number right"),
    "withdrawn": ("您已撤回诉求", "You withdrew the appeal"),
}
#: The eight classes of what is not counted, by the names that feedback tells.
EXCLUDED_AS: Final = {
    "outside_jurisdiction": ("不属于本市管辖", "outside the city's jurisdiction"),
    "other_route": ("应当或已经通过其他法定途径处理", "another legal route is the right one, or was taken"),
    "against_law": ("违反法律法规或政策", "against law or policy"),
    "secret_or_improper": ("涉及秘密、隐私或违背公序良俗", "secrets, privacy or public order"),
    "untrue": ("经调查不属实", "found untrue on investigation"),
    "excessive": ("不合理或明显过高", "unreasonable or plainly excessive"),
    "heard_unreasonable": ("经听证认定不合理", "found unreasonable at a hearing"),
    "malicious": ("无事实依据、为谋私利或恶意占用资源", "without ground in fact, or misuse of what is there for all"),
}
_WITHDRAWN: Final = "您已撤回该诉求，本次诉求不再办理。如仍需帮助，可重新提交。"


def view(case: Any, code: str, root: str, attachments: Sequence[Attachment] = (), first: Any = None) -> dict[str, Any]:
    """Return the JSON of an appeal for the holder of its tracking code.

    `first` is the appeal that this one was merged into, of which only the progress is shown.
    """
    joined = case.state == "merged" and first is not None
    public = {"heard": rules.shared(case.public, first.public)} if joined else case.public
    stage = APPEAL.stages[rules.standing(public["heard"], joined=True) if joined else case.state]
    registered = {"what": "registered", "at": case.opened_at.isoformat()}
    heard = [registered, *public.get("heard", ())]
    zh, en = STATES[case.state]
    ended_at = repeats.closed_at(case.public) if joined and case.voice_of else case.ended_at
    # What is handled under another appeal is over when that one is.
    over = ended_at if not joined or case.voice_of else first.ended_at
    asked = case.state == "callback_due" or (joined and rules.is_asked(case.public))
    shown: dict[str, Any] = {
        "appeal_id": case.id,
        "tracking_code": code,
        "number": case.number,
        "title": case.title,
        "text": case.details.get("text", ""),
        "place": case.place,
        "channel": case.channel,
        "state": case.state,
        "state_label": {"zh": zh, "en": en},
        "stage": stage,
        "stages": [
            {"name": name, "zh": zh_, "en": en_, "place": place}
            for (name, zh_, en_), place in _places(stage, over=over is not None)
        ],
        "submitted_at": when(case.submitted_at),
        "registered_at": when(case.opened_at),
        "ended_at": when(ended_at),
        "due_at": due(case),
        "goes_on": goes_on(case),
        "call_now": call_now(case),
        "reply": _WITHDRAWN if case.state == "withdrawn" else rules.last_said(public, "reply"),
        "reply_is_old": (first if first and joined else case).state in OPEN and _is_reworked(heard),
        "timeline": [_entry(item) for item in heard],
        "warnings": case.details.get("warnings", []),
        "attachments": [_attachment(one, code, root) for one in attachments],
        "rate": f"/feedback/rate?code={quote(code)}" if asked else None,
        "may": {"supplement": case.state in OPEN, "withdraw": case.state in OPEN},
    }
    if joined:
        zh, en = STATES[first.state]
        shown["merged_into"] = {"number": first.number, "stage": APPEAL.stages[first.state], "zh": zh, "en": en}
        shown["due_at"], shown["goes_on"] = due(first), goes_on(first)
        shown["timeline"] = [_of_the_matter(item, case.opened_at) for item in rules.in_order(heard)]
    return shown


def _places(stage: str, *, over: bool) -> list[tuple[tuple[str, str, str], str]]:
    at = [name for name, _zh, _en in STAGES].index(stage)
    return [
        (one, "done" if over or place < at else "now" if place == at else "next") for place, one in enumerate(STAGES)
    ]


def _is_reworked(heard: list[dict[str, Any]]) -> bool:
    return any(item["what"] == "rework_ordered" for item in heard)


def due(case: Any) -> str | None:
    """Return until when the reply is promised, where it is not given yet."""
    if case.state not in OPEN:
        return None
    promised = rules.promised_last(case.public)
    return when(rules.time_at(promised["due"])) if promised else None


def goes_on(case: Any) -> dict[str, str] | None:
    """Say by what law, and until when, it goes on after an interim reply, where the final one is still to come."""
    found = rules.going_on(case.public) if case.state in OPEN else None
    if found is None:
        return None
    law, until = found.get("law") or {}, pages.due(rules.time_at(found["due"]))
    return {
        "zh": f"已作阶段性答复，本件依法继续办理：{law.get('zh') or '法定时限'}，至 {until}，依据：{law.get('basis') or '有关法律规定'}。"
        "办结后将另行答复您最终结果。",
        "en": f"An interim reply was given, and it goes on by law: {law.get('en') or 'time of the law'}, until {until}, by "
        f"{law.get('basis') or 'law'}. The final result will be told to you.",
    }


def call_now(case: Any) -> dict[str, str] | None:
    """Tell whoever reported danger in writing to call the line himself, as long as nobody of the street has."""
    line = case.details.get("line")
    told = any(item["what"] == "line_told" for item in case.public.get("heard", ()))
    if case.state not in OPEN or not line or told:
        return None
    return {
        "line": line,
        "zh": f"这可能是紧急情况：请立即拨打 {line}。我们也会致电核实。",
        "en": f"This may be an emergency: call {line} at once. We will call as well.",
    }


def _of_the_matter(item: dict[str, Any], opened_at: datetime) -> dict[str, Any]:
    """Say of what was done before an appeal came that it was done for the one that it was merged into."""
    said = _entry(item)
    if rules.time_at(item["at"]) < opened_at:
        said |= {"zh": f"同一事项此前：{said['zh']}", "en": f"Of the same matter, before: {said['en']}"}
    return said


def _entry(item: dict[str, Any]) -> dict[str, Any]:
    zh, en = HAPPENED.get(item["what"], (item["what"], item["what"]))
    if item.get("ground") == rules.SENT_BACK:
        zh, en = "转来本件的热线已发回，重新办理", "The hotline that it came from has sent it back; it is handled again"
    elif why := EXCLUDED_AS.get(item.get("ground", "")):
        zh, en = f"{zh}（{why[0]}）", f"{en}: {why[1]}"
    return {
        "what": item["what"],
        "at": when(rules.time_at(item["at"])),
        "zh": zh,
        "en": en,
        "text": item.get("text") or item.get("reply") or "",
    }


def _attachment(one: Attachment, code: str, root: str) -> dict[str, Any]:
    own = f"{root}/api/v1/appeals/{code}/attachments/{one.id}"
    return {
        "id": one.id,
        "name": one.name,
        "width": one.width,
        "height": one.height,
        "href": own,
        "thumbnail": f"{own}?size=small",
    }
