"""What deserves a second look in a case of enforcement; pure. Nothing here forbids, accuses or names anybody."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from chassis import handling
from chassis.picking import BY_CAMERA
from chassis.workcalendar import local_date
from chassis.workflow import Caution, one_name
from services.enforcement import bounds, costs, forcing, measures, notes, outside, pauses, reading, recusal
from services.enforcement.catalogue import LIMITS
from services.enforcement.stages.places import COUNTED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from chassis.workflow import CaseView

#: The days after the end of a case in which the same again is a recurrence.
RECURS_WITHIN: Final = (30, 60, 90)
#: So many parties of one petitioner in ninety days.
MANY_SHOPS: Final = 3
#: So many signs in a row are a quotation.
_QUOTED: Final = 12
#: What the party is given to read, by step and field.
_TO_THE_PARTY: Final = (
    ("correction_ordered", "violation"),
    ("fined_on_the_spot", "facts"),
    ("warned_on_the_spot", "facts"),
    ("prenotice_served", "facts"),
    ("penalised", "facts"),
    ("substitute_decided", "reason"),
)
#: What a case goes on with where advice is not enough.
_INSTEAD_OF_A_PROMISE: Final = ("correction_ordered", "filed", "handed_over")


def one_officer(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn where the officers of a step are one person under two certificates, or fewer than two (行政处罚法 42)."""
    for trigger in ("inspected", "found_corrected", "fined_on_the_spot", "filed", "investigation_closed", "served"):
        officers = reading.last(case, trigger).get("officers")
        if officers is not None and len({officer["name"] for officer in officers}) < 2:  # noqa: PLR2004 - the law's
            yield Caution(
                "one_officer",
                "有一步骤的执法人员不足两人（姓名重复），请核对签名和执法证",
                "Fewer than two different officers acted in a step: check names and certificates",
                "行政处罚法-42",
            )
            return


def notice_skipped(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of a decision without notice, on another basis, or whose notice was waived the same day (行政处罚法 44, 62)."""
    decided, noticed = reading.last(case, "penalised"), reading.last(case, "prenotice_served")
    if decided and not noticed:
        yield Caution(
            "no_notice",
            "已作出处罚决定，但没有事先告知的记录",
            "A decision stands without a notice before it",
            "行政处罚法-44",
        )
    elif decided and decided.get("basis") != noticed.get("basis"):
        yield Caution(
            "other_basis",
            "处罚决定的依据与事先告知的不一致，请核对是否需要重新告知",
            "The decision names another basis than the notice did",
            "行政处罚法-44",
        )
    if case.details.get("waived_on") and case.details.get("waived_on") == case.details.get("noticed_on"):
        yield Caution(
            "waived_same_day",
            "告知当日即放弃陈述申辩和听证，请核对是否当事人真实、书面的意思",
            "The defence was waived on the day of the notice: check that it was the party's own written will",
            "行政处罚法-62",
        )


def cleaning_missed(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn of whole weeks without the weekly cleaning that was ordered."""
    since = case.details.get("ordered_on")
    items = reading.last(case, "correction_ordered").get("items", ())
    if not since or not any(item["kind"] == "weekly_cleaning" for item in items):
        return
    begun = date.fromisoformat(since)
    until = min(local_date(now), begun + timedelta(days=bounds.UPKEEP_DAYS))
    missed = bounds.missed_weeks(reading.cleanings(case), since=begun, until=until)
    if missed:
        yield Caution(
            "cleaning_missed",
            f"自 {begun} 起有 {missed} 周没有每周清洗的记录，请提醒当事人并到场查看",
            f"{missed} weeks since {begun} have no cleaning on record: remind the party and go and see",
            "大气污染防治法-81",
        )


def photos_unproved(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn where what was done is shown by no photo, or by one of no or of another time or place, or older than the order.

    What its camera has written into a photo counts before what was typed beside it.
    """
    found: Counter[str] = Counter()
    ordered = case.details.get("ordered_on", "")
    for row in reading.last(case, "found_corrected").get("results", ()):
        if not row.get("done"):
            continue
        camera = case.details.get(BY_CAMERA, {}).get(row.get("photo_sha256"), {})
        known = {name: camera.get(name) or row.get(name) for name in ("taken_at", "position")}
        if not row.get("photo_sha256"):
            found["none"] += 1
        elif not all(known.values()):
            found["unplaced"] += 1
        elif _day(known["taken_at"]) < ordered:
            found["older"] += 1
        elif row.get("taken_at") and _day(known["taken_at"]) != _day(row["taken_at"]):
            found["differs"] += 1
        elif not all(camera.get(name) for name in known):
            found["typed"] += 1
    said = {
        "none": ("recheck_without_photo", "项复查合格没有照片", "items were found done without a photo"),
        "unplaced": ("photo_unplaced", "张复查照片没有拍摄时间或者位置", "recheck photos have no time or position"),
        "older": ("photo_older", "张复查照片早于责令改正之日", "recheck photos are older than the order"),
        "differs": (
            "photo_differs",
            "张复查照片由相机记录的拍摄日期与填写的不一致",
            "recheck photos were taken on another day, by their camera, than was typed",
        ),
        "typed": (
            "photo_typed",
            "张复查照片中没有相机记录的时间或者位置，以填写的为准",
            "recheck photos hold no time or position of their camera: what was typed counts",
        ),
    }
    for kind, count in found.items():
        code, zh, en = said[kind]
        yield Caution(code, f"有 {count} {zh}，请补拍或者再次到场核实", f"{count} {en}", "行政处罚法-47")


def _day(moment: Any) -> str:
    return str(local_date(datetime.fromisoformat(moment)))


def closed_on_a_promise(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of an end that stands on the party's word alone, above all where it was so before."""
    advised, concluded = case.details.get("advised"), reading.last(case, "concluded")
    if not advised or case.details.get("promise_checked", bool(case.details.get("found_corrected"))):
        return
    if case.state != "advised" and any(case.details.get(step) for step in _INSTEAD_OF_A_PROMISE):
        return
    if case.state == "advised" or concluded.get("outcome") in {"solved", "partly"}:
        before = any(row["act"] == case.details.get("seen_act") for row in case.details.get("earlier", ()))
        yield Caution(
            "promise_only",
            "仅凭当事人口头承诺、没有复查记录"
            + ("，且同一当事人此前有同类案件" if before else "")
            + "；请复查后再办结",
            "It rests on a promise and nobody has checked" + (", and it is not the first time" if before else ""),
            "行政处罚法-28",
        )


def recurs(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn where the same party's same act comes again within 30, 60 or 90 days of the end of a case."""
    opened = local_date(case.opened_at)
    days = [
        (opened - date.fromisoformat(row["ended_on"])).days
        for row in case.details.get("earlier", ())
        if row["ended_on"] and row["act"] == case.details.get("seen_act")
    ]
    near = [day for day in days if 0 <= day <= RECURS_WITHIN[-1]]
    if near:
        within = next(limit for limit in RECURS_WITHIN if min(near) <= limit)
        yield Caution(
            "recurrence",
            f"同一当事人的同类行为办结后 {within} 日内再次发生（共 {len(near)} 次），请核对上次的整改",
            f"The same act of the same party comes again within {within} days ({len(near)} times)",
            "行政处罚法-33",
        )


def many_shops(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn where one petitioner has complained about many parties; his complaint is handled all the same."""
    shops = int(case.details.get("caller_shops", 0))
    if shops >= MANY_SHOPS:
        yield Caution(
            "same_caller",
            f"同一诉求人九十日内反映过 {shops} 家不同当事人；请以现场核查的证据为准，不得因此降低办理标准",
            f"One petitioner has complained about {shops} parties in ninety days: go by what is found on the spot",
            "行政处罚法-40",
        )


def time_excluded(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn where time was taken out of the ninety days by a rule that nobody has verified (行政处罚法 60)."""
    if any(not LIMITS.excluded.get(row["kind"], row["kind"] == pauses.AWAY) for row in pauses.rows(case, "exclusion")):
        yield Caution(
            "exclusion_not_verified",
            "办案期限有扣除，但所依据的部门规定未经核对；请核对，或者在不扣除的九十日内作出决定",
            "Time was taken out of the ninety days by a rule that nobody has verified: check it, or decide without it",
            "行政处罚法-60",
        )


def petitioner_quoted(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn where a letter to the party repeats the petitioner's own words: by them he may be known (行政处罚法 50)."""
    said = "".join(str(case.details.get("text") or "").split())
    runs = {said[start : start + _QUOTED] for start in range(len(said) - _QUOTED + 1)}
    for trigger, name in _TO_THE_PARTY:
        told = "".join(str(reading.last(case, trigger).get(name) or "").split())
        if any(told[start : start + _QUOTED] in runs for start in range(len(told) - _QUOTED + 1)):
            yield Caution(
                "petitioner_quoted",
                "给当事人的文书中有诉求人的原话，可能暴露诉求人：请改用现场核查的事实重新表述",
                "A letter to the party repeats the petitioner's own words, by which he may be known: say what was found",
                "行政处罚法-50",
            )
            return


def tested_too_long(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn of a test that takes longer than the party was told: only that time is left out of the seizure (行政强制法 25)."""
    until = min((last for _, last in pauses.spans(pauses.runs(case, "testing"))), default=None)
    if until is not None and local_date(now) > until:
        yield Caution(
            "tested_too_long",
            f"告知的检测鉴定期间已于 {until} 届满，查封、扣押期限不再因此扣除；请登记结果，或者重新书面告知",
            f"The test was to end on {until}: record its result, or tell the party in writing of a longer one",
            "行政强制法-25",
        )


def below_the_least(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn of a fine below the law's least, which a circumstance must bear (行政处罚法 32)."""
    decided = reading.last(case, "penalised") or reading.last(case, "prenotice_served")
    act = reading.act_of(case, reading.known_day(case, "decided_on") or local_date(now))
    if act is None or decided.get("penalty") != "fine":
        return
    band = bounds.fine_band(act, reading.suspect_kind_of(case), refused=reading.was_refused(case))
    if band and Decimal(decided["amount"]) < band[0]:
        yield Caution(
            "below_the_least",
            f"罚款低于法定最低 {band[0]} 元，属减轻处罚；请核对从轻、减轻情节的证据和集体讨论记录",
            f"The fine lies below the law's least, {band[0]} yuan: check the evidence for the mitigating circumstance",
            "行政处罚法-57",
        )


def by_who_withdrew(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of records of who has withdrawn since: what they prove is looked at again (行政处罚法 43, 46)."""
    gone = recusal.withdrawn(case)
    if gone & {one_name(name) for name in reading.investigators(case)}:
        yield Caution(
            "by_who_withdrew",
            "本案笔录中有已决定回避的人员取证，请由其他执法人员重新核实相关证据",
            "Somebody who has withdrawn gathered evidence here: others verify it again",
            "行政处罚法-43",
        )


def help_is_awaited(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of requests for help that were not answered in their time (行政处罚法 26)."""
    waiting = [row for row in outside.requests(case) if row["state"] == "overdue"]
    if waiting:
        yield Caution(
            "help_is_awaited",
            f"有 {len(waiting)} 份协助函逾期未复，请催办或者报请上级协调",
            f"{len(waiting)} requests for help are not answered in time: remind, or ask the superior",
            "行政处罚法-26",
        )


def owed_after_the_end(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of a case that a letter has ended while costs of it are open, or its absent party is untold (行政强制法 51, 52)."""
    if case.state not in handling.ENDS:
        return
    if costs.costs_are_settled(case, {}, None):
        yield Caution(
            "costs_left",
            f"案件已结束，代履行费用尚有 {costs.outstanding(case)} 元未收缴，请继续收缴或者登记不再收缴的理由",
            f"The case has ended and {costs.outstanding(case)} yuan of its costs are open: collect them, or give them up",
            "行政强制法-51",
        )
    if case.details.get("party_untold"):
        yield Caution(
            "party_left_untold",
            "案件已结束，立即代履行时不在场的当事人还没有收到事后通知",
            "The case has ended and the party that was absent has not been told what was done",
            "行政强制法-52",
        )


def measure_unreported(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn of things that were seized at once, and not approved or lifted within twenty-four hours (行政强制法 19)."""
    if forcing.is_unreported(case, now):
        yield Caution(
            "measure_unreported",
            "当场采取的查封、扣押已超过二十四小时没有报告并补办批准，请立即报告负责人：补办批准，或者立即解除",
            "Things were seized at once and not approved within 24 hours: report it now, have it approved or lifted",
            "行政强制法-19",
        )


def warning_unnamed(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn of a warning where the law that is on file names none for the act (行政处罚法 38, 51)."""
    act = reading.act_of(case, reading.known_day(case, "decided_on") or local_date(now))
    if case.details.get("decided_penalty") != "warning" or act is None or "warning" in (*act.also, *act.also_refused):
        return
    yield Caution(
        "warning_unnamed",
        "依据目录中该行为的罚则没有规定警告，请核对依据；没有法定依据的，不得给予警告",
        "The law on file names no warning for this act: check its basis; without one it is no penalty",
        "行政处罚法-38",
    )


def kept_too_long(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn of things that are kept after the time of their seizure, without that of tests, is over (行政强制法 25, 28)."""
    if not case.details.get("goods_are_seized"):
        return
    longer = reading.last(case, "seizure_prolonged").get("days", 0)
    if notes.days_seized(case, local_date(now)) > bounds.SEIZED_MOST + int(longer):
        yield Caution(
            "kept_too_long",
            "查封、扣押期限已经届满，应当及时作出解除决定，立即退还财物",
            "The time of the seizure is over: lift it and give the things back",
            "行政强制法-28",
        )


def against_the_hearing(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of a penalty that the report on the hearing does not bear: who decides goes by its record (行政处罚法 65)."""
    report, decided, noticed = (
        reading.last(case, one) for one in ("hearing_reported", "penalised", "prenotice_served")
    )
    on, reported = case.details.get("decided_on"), case.details.get("reported_on")
    if not (report and decided and on and reported) or str(on) < str(reported):
        return
    as_noticed = decided["penalty"] == noticed.get("penalty") and Decimal(decided["amount"]) >= Decimal(
        noticed["amount"]
    )
    if report["proposal"] in {"no_penalty", "unproven", "looked_into_again"} or (
        report["proposal"] == "milder" and as_noticed
    ):
        yield Caution(
            "against_the_hearing",
            "处罚决定与听证报告的处理建议不一致，请核对听证笔录，在决定或者集体讨论记录中写明理由",
            "The penalty is not what the report on the hearing proposes: check the record, and say why",
            "行政处罚法-65",
        )


def revoked_seizure_lasts(case: CaseView, _now: datetime) -> Iterator[Caution]:
    """Warn of things that are kept though a review has revoked their seizure (行政强制法 28)."""
    for row in measures.unmet(case):
        yield Caution(
            "revoked_seizure_lasts",
            f"查封、扣押决定（{row['decision_no']}）已被撤销，应当立即解除并退还财物",
            f"The seizure {row['decision_no']} was revoked: give the things back at once",
            "行政强制法-28",
        )


def law_changed(case: CaseView, now: datetime) -> Iterator[Caution]:
    """Warn, until it is decided, of a law that was changed or repealed since the act, with what applies (行政处罚法 37)."""
    law = reading.law_of(case, local_date(now))
    if case.state in COUNTED and law.lines:
        zh, en = ("；".join(texts) for texts in zip(*law.lines, strict=True))
        yield Caution("law_changed", zh, en, "行政处罚法-37")


CAUTIONS: Final = (
    one_officer,
    notice_skipped,
    cleaning_missed,
    photos_unproved,
    closed_on_a_promise,
    recurs,
    many_shops,
    petitioner_quoted,
    time_excluded,
    tested_too_long,
    below_the_least,
    by_who_withdrew,
    help_is_awaited,
    measure_unreported,
    warning_unnamed,
    kept_too_long,
    against_the_hearing,
    revoked_seizure_lasts,
    owed_after_the_end,
    law_changed,
)
