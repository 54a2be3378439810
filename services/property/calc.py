"""What property computes without a case: whether a vote is carried, who bears which costs, what is owed in fees."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from chassis.calc import CalcError, Computation, Line, Reckoning
from chassis.clocks import start
from chassis.workcalendar import local, standard_calendar
from services.property import candidates, firms, funds, rules, schemas, votes
from services.property.votes import Bar, Tally

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chassis.workflow import Values

VOTE, HEADS, PUBLISHED = "民法典-278", "山东省物业管理条例-25", "滨州市住宅物业管理条例-43"
SILENCE, DIVERSION, CREDIT = "建房〔2009〕274号-26", "物业管理条例-60", "山东省物业管理条例-52"
_SUMS = ("total", "taking_part", "agreeing")


# -- votes --------------------------------------------------------------------


def vote(form: Values) -> Reckoning:
    """Judge a vote by its roster or by its sums (民法典 278), an election candidate by candidate where these are named."""
    if form["candidates"]:
        return _election(form)
    everybody, taking_part, agreeing, lines = _of_roster(form) if form["roster"] else _of_sums(form)
    item, bar = form["item"], votes.majority(form["item"])
    number = rules.COMMON_MATTERS[item]
    quorum, agreed = votes.has_quorum(everybody, taking_part), votes.is_agreed(item, taking_part, agreeing)
    carried = votes.is_carried(item, everybody, taking_part, agreeing)
    lines += [
        _measured("参与表决人数", "Heads taking part", taking_part.heads, everybody.heads, votes.QUORUM),
        _measured("参与表决面积", "Area taking part", taking_part.area, everybody.area, votes.QUORUM),
        Line(
            f"本事项为第{number}项，应经参与表决面积和人数各{_said(bar)}同意",
            f"Matter {number}: {_said_en(bar)} of the heads and of the area that take part must agree",
            VOTE,
        ),
        _measured("同意人数", "Heads agreeing", agreeing.heads, taking_part.heads, bar),
        _measured("同意面积", "Area agreeing", agreeing.area, taking_part.area, bar),
        Line(f"结论：表决{'通过' if carried else '未通过'}", f"The vote is {'carried' if carried else 'lost'}", VOTE),
        Line(
            "业主大会对投票权的计算另有约定的，从其约定",
            "What the owners have agreed on counting votes comes first",
            HEADS,
        ),
    ]
    result = {
        "total_heads": everybody.heads,
        "total_area": everybody.area,
        "taking_part_heads": taking_part.heads,
        "taking_part_area": taking_part.area,
        "agreeing_heads": agreeing.heads,
        "agreeing_area": agreeing.area,
        "quorum": quorum,
        "majority": agreed,
        "carried": carried,
    }
    return Reckoning(result, lines, _FOLLOWED if form["follow_majority"] else [])


_FOLLOWED = ["业主大会和业主委员会指导规则第二十六条的原文，及其在民法典第二百七十八条施行后是否适用"]


def _election(form: Values) -> Reckoning:
    """Judge an election: each candidate needs the double majority, and no more are elected than there are seats."""
    if form["item"] != candidates.ITEM:
        raise CalcError("只有选举业主委员会有候选人", "Only an election has candidates", "/item")
    roster = form["roster"]
    everybody, taking_part, _, lines = _of_roster(form) if roster else _of_sums(form, _SUMS[:-1])
    agreeing = _agreeing_by_roster(form) if roster else _agreeing_by_sums(form["candidates"], taking_part)
    if len(agreeing) < len(form["candidates"]):
        raise CalcError("候选人同名，请加注以区别", "Two candidates have one name: tell them apart", "/candidates")
    found = candidates.judged(
        agreeing,
        everybody=everybody,
        taking_part=taking_part,
        seats=form["seats"],
        alternates=form["alternate_seats"],
        measure=form["ranked_by"],
    )
    standing = found.pop("standings")
    result = {
        "total_heads": everybody.heads,
        "total_area": everybody.area,
        "taking_part_heads": taking_part.heads,
        "taking_part_area": taking_part.area,
        "quorum": votes.has_quorum(everybody, taking_part),
        "candidates": [
            {"candidate": name, "agreeing_heads": one.heads, "agreeing_area": one.area, "standing": standing[name]}
            for name, one in agreeing.items()
        ],
        **found,
    }
    bar = votes.majority(candidates.ITEM)
    lines += [
        _measured("参与表决人数", "Heads taking part", taking_part.heads, everybody.heads, votes.QUORUM),
        _measured("参与表决面积", "Area taking part", taking_part.area, everybody.area, votes.QUORUM),
    ]
    for name, one in agreeing.items():
        lines += [
            _measured(f"{name}：同意人数", f"{name}, heads", one.heads, taking_part.heads, bar),
            _measured(f"{name}：同意面积", f"{name}, area", one.area, taking_part.area, bar),
            Line(f"{name}：{rules.said(standing[name])}", f"{name}: {standing[name]}", VOTE),
        ]
    lines.append(
        Line(
            f"结论：{candidates.said_of(result)}，业主委员会{'选出' if found['carried'] else '未选出'}",
            f"{len(found['elected'])} elected; {'a committee is' if found['carried'] else 'no committee is'} elected",
            VOTE,
        )
    )
    doubts = ["得票多于应选人数时的先后、候补和缺额，法规未规定，以业主大会的选举办法、议事规则为准"]
    return Reckoning(result, lines, [*doubts, *(_FOLLOWED if form["follow_majority"] else [])])


def _agreeing_by_roster(form: Values) -> dict[str, Tally]:
    lines, voted = range(1, len(form["candidates"]) + 1), [row for row in form["roster"] if row["choice"] != "absent"]
    return {
        form["candidates"][number - 1]["candidate"]: votes.tally(
            votes.by_the_owners_rules([votes.voiced(row, number) for row in voted], form["follow_majority"]),
            "agree",
        )
        for number in lines
    }


def _agreeing_by_sums(named: list[Values], taking_part: Tally) -> dict[str, Tally]:
    for place, row in enumerate(named):
        for what in ("heads", "area"):
            said = row[f"agreeing_{what}"]
            if said is None or said > getattr(taking_part, what):
                raise CalcError(
                    "没有业主名册的，请填每名候选人的同意人数和面积，不能多于参与的",
                    "Without a roster, give who agreed to each candidate: no more than took part",
                    f"/candidates/{place}/agreeing_{what}",
                )
    return {row["candidate"]: Tally(row["agreeing_heads"], row["agreeing_area"]) for row in named}


def _check(roster: Sequence[Values], numbered: range) -> None:
    """Refuse a room that stands twice, numbers of nobody, and two voices of one head."""
    for place in votes.counted_twice(roster):
        room = roster[place]["room"]
        raise CalcError(f"同一专有部分重复：{room}", f"The room {room} stands twice", f"/roster/{place}/room")
    for place, row in enumerate(roster):
        if not candidates.fits(row, numbered):
            raise CalcError(
                f"序号应为候选人的，不能既同意又反对，未表决的不填：{row['room']}",
                f"A ballot numbers candidates only, each in one way, and none where it says nothing: {row['room']}",
                f"/roster/{place}/agree_to",
            )
    for place in votes.torn(roster, numbered):
        owner = roster[place]["owner"]
        raise CalcError(
            f"按一人计的多个专有部分意见须一致：{owner}",
            f"Rooms that are one head have one voice: {owner}",
            f"/roster/{place}/choice",
        )


def _of_roster(form: Values) -> tuple[Tally, Tally, Tally, list[Line]]:
    """Count a roster (山东 25): the developer's rooms are one head, so are an owner's; sums given beside it must agree."""
    roster = form["roster"]
    _check(roster, range(1, len(form["candidates"]) + 1))
    voted = votes.by_the_owners_rules([row for row in roster if row["choice"] != "absent"], form["follow_majority"])
    everybody, taking_part, agreeing = votes.tally(roster), votes.tally(voted), votes.tally(voted, "agree")
    for of, tally in zip(_SUMS, (everybody, taking_part, agreeing), strict=True):
        for what in ("heads", "area"):
            said, counted = form[f"{of}_{what}"], getattr(tally, what)
            if said is not None and said != counted:
                raise CalcError(
                    f"填写的合计{said}与名册计算的{counted}不符",
                    f"The sum given, {said}, is not what the roster adds up to, {counted}",
                    f"/{of}_{what}",
                )
    developers = sum(votes.head_of(row)[0] == votes.DEVELOPER for row in roster)
    owners = everybody.heads - bool(developers)
    lines = [
        Line(
            f"名册{len(roster)}个专有部分，一个专有部分按一人计，同一业主拥有多个的按一人计：业主{owners}人",
            f"{len(roster)} rooms in the roster; one owner's rooms are one head: {owners} owners",
            HEADS,
        )
    ]
    if developers:
        lines.append(
            Line(
                f"建设单位尚未出售和已出售未交付的{developers}个专有部分合计按一人计",
                f"{developers} rooms unsold or not delivered are one head together, the developer's",
                HEADS,
            )
        )
    later = sum(row["area_by"] != "register" for row in roster)
    if later:
        lines.append(
            Line(
                f"{later}个专有部分尚未登记，暂按实测或合同面积计算",
                f"{later} rooms are not registered: their area is the survey's or the contract's for the time being",
                HEADS,
            )
        )
    if form["follow_majority"]:
        follow = votes.FOLLOW_MAJORITY[form["follow_majority"]]
        followed = sum(row["choice"] in follow for row in roster)
        lines.append(
            Line(
                f"管理规约、议事规则约定未表决{'和弃权' if 'abstain' in follow else ''}的计入多数票：{followed}个专有部分随多数计",
                f"by the owners' own rules {followed} rooms go with the majority",
                SILENCE,
            )
        )
    return everybody, taking_part, agreeing, lines


def _of_sums(form: Values, sums: Sequence[str] = _SUMS) -> tuple[Tally, Tally, Tally, list[Line]]:
    """Take the sums of a count that was made elsewhere; each must lie within the one before."""
    found = []
    for of in sums:
        for what in ("heads", "area"):
            if form[f"{of}_{what}"] is None:
                raise CalcError(
                    "请给出业主名册，或者填全各项人数和面积",
                    "Give the roster, or all the sums of heads and area",
                    f"/{of}_{what}",
                )
        tally = Tally(form[f"{of}_heads"], form[f"{of}_area"])
        if bool(tally.heads) is not bool(tally.area):
            raise CalcError(
                "人数与面积应同为零或者同大于零：有人就有面积，有面积就有人",
                "Heads and area are both nothing, or both something",
                f"/{of}_area",
            )
        found.append(tally)
    if not found[0].heads:
        raise CalcError("全体业主的人数、面积应大于零", "There must be owners who may vote", "/total_heads")
    for wider, of, tally in zip(found[:-1], sums[1:], found[1:], strict=True):
        for what in ("heads", "area"):
            if getattr(tally, what) > getattr(wider, what):
                raise CalcError(
                    "参与的不能多于全体，同意的不能多于参与的",
                    "No more can take part than there are, nor agree than take part",
                    f"/{of}_{what}",
                )
    return found[0], found[1], found[-1], []


def _measured(zh: str, en: str, some: Decimal | int, whole: Decimal | int, bar: Bar) -> Line:
    met = bar.is_met(some, whole)
    sign = (">" if bar.exceeded else "≥") if met else ("≤" if bar.exceeded else "<")
    least = f"{whole}×{bar.part.numerator}/{bar.part.denominator}"
    return Line(
        f"{zh}{some}，{some} {sign} {least}，{'达到' if met else '未达到'}{_said(bar)}",
        f"{en}: {some} {sign} {least}, {'enough' if met else 'not enough'}",
        VOTE,
    )


def _said(bar: Bar) -> str:
    return {votes.QUORUM: "三分之二以上", votes.MORE_THAN_HALF: "过半数"}.get(bar, "四分之三以上")


def _said_en(bar: Bar) -> str:
    return "more than half" if bar.exceeded else "three quarters or more"


# -- shares -------------------------------------------------------------------


def allocation(form: Values) -> Reckoning:
    """Share costs among the rooms in their scope, by area or by the parts agreed on (民法典 283)."""
    rooms = form["rooms"]
    for place in votes.counted_twice(rooms):
        room = rooms[place]["room"]
        raise CalcError(f"同一专有部分重复：{room}", f"The room {room} stands twice", f"/rooms/{place}/room")
    if form["entrance"] and not form["building"]:
        raise CalcError(
            "只填单元不能确定范围，请同时填写楼栋", "An entrance alone is no scope: name its building", "/building"
        )
    bearing = votes.in_scope(rooms, form["building"], form["entrance"])
    if not bearing:
        raise CalcError("分摊范围内没有专有部分", "No room lies in this scope", "/building")
    weights, agreed = _weights(rooms, bearing)
    shares = funds.shares(form["amount"], weights)
    scope = f"{form['building']}{form['entrance']}" or "整个小区"
    whole = sum(weights.values(), Decimal(0))
    measure, measure_en = ("约定份额", "agreed parts") if agreed else ("专有部分面积", "area")
    lines = [
        Line(
            f"分摊范围：{scope}，{len(bearing)}个专有部分，{measure}合计{whole}",
            f"Scope: {scope}, {len(bearing)} rooms with {measure_en} of {whole} together",
            "民法典-283",
        ),
        Line(
            f"每户分摊 = {form['amount']} × 该户{measure} ÷ {whole}，先舍去不足一分的部分",
            f"Each bears {form['amount']} × its {measure_en} / {whole}, first rounded down to the cent",
            "民法典-283",
        ),
        Line(
            "舍去的合计按最大余数逐分补给，各户分摊之和等于总额",
            "The cents left go to the largest remainders, so that the shares add up to the amount",
            "民法典-283",
        ),
        *(
            Line(
                f"{row['room']}：{weights[row['room']]} → {shares[row['room']]}元",
                f"{row['room']}: {weights[row['room']]} -> {shares[row['room']]}",
            )
            for row in bearing
        ),
        Line("使用总额和分摊情况应当在小区显著位置公示", "The sum and the shares are posted in the estate", PUBLISHED),
    ]
    rows = [{"room": row["room"], "area": row["area"], "share": shares[row["room"]]} for row in bearing]
    return Reckoning(
        {"amount": form["amount"], "rooms": len(rows), "area": sum(row["area"] for row in rows), "shares": rows}, lines
    )


def _weights(rooms: list[Mapping[str, object]], bearing: list[Values]) -> tuple[dict[str, Decimal], bool]:
    """Return what each room's share goes by: its area, or its part where the owners agreed on parts."""
    agreed = [row for row in bearing if row["agreed_parts"] is not None]
    if not agreed:
        return {row["room"]: row["area"] for row in bearing}, False
    for row in bearing:
        if row["agreed_parts"] is None:
            raise CalcError(
                f"约定份额应为范围内每一户填写：{row['room']}",
                f"Agreed parts are given for every room in scope: {row['room']}",
                f"/rooms/{rooms.index(row)}/agreed_parts",
            )
    weights = {row["room"]: row["agreed_parts"] for row in bearing}
    if not sum(weights.values(), Decimal(0)):
        raise CalcError("约定份额合计为零，无法分摊", "The agreed parts add up to nothing", "/rooms")
    return weights, True


# -- fees ---------------------------------------------------------------------


def fee_arrears(form: Values) -> Reckoning:
    """Reckon what is owed in fees by contract, with the ceiling for rooms that stood vacant (滨州 38)."""
    months = funds.months_between(form["first_month"], form["last_month"])
    if months < 1:
        raise CalcError("截止月份早于起始月份", "The last month lies before the first", "/last_month")
    if form["vacant_months"] > months:
        raise CalcError("空置月数超过欠费月数", "More months vacant than are owed for", "/vacant_months")
    found = funds.fees(form)
    monthly, lowered, ceiling, due, owed = (
        found[name] for name in ("monthly", "lowered_months", "ceiling", "due", "owed")
    )
    over = max(Decimal("0.00"), form["paid"] - due)
    lines = [
        Line(
            f"每月物业费 = {form['area']}平方米 × {form['monthly_fee']}元 = {monthly}元，共{months}个月",
            f"A month's fee: {form['area']} m² × {form['monthly_fee']} = {monthly} yuan, {months} months",
            "滨州市住宅物业管理条例-49",
        )
    ]
    if lowered:
        lines.append(
            Line(
                f"前期物业服务期间空置超过{funds.VACANT_MONTHS}个月的{lowered}个月，每月不超过60%即{ceiling}元",
                f"{lowered} months beyond {funds.VACANT_MONTHS} vacant ones in the first company's time: {ceiling} each",
                "滨州市住宅物业管理条例-38",
            )
        )
    lines += [
        Line(f"应交{due}元 − 已交{form['paid']}元 = 欠交{owed}元", f"{due} due - {form['paid']} paid = {owed} owed")
        if form["paid"] <= due
        else Line(
            f"已交{form['paid']}元 − 应交{due}元 = 多交{over}元，应当退还；不欠交",
            f"{form['paid']} paid - {due} due = {over} too much, to be given back; nothing is owed",
            "山东省物业管理条例-63",
        ),
        Line(
            "催交可以书面催交、公示、仲裁、诉讼，不得停止供水、供电、供热、供燃气，不得以门禁、电梯限制出入",
            "What is owed is asked for in writing, by posting or in court, never by cutting supplies or blocking gates",
            "民法典-944",
        ),
    ]
    doubts = ["空置超过六个月后的月份按60%计；前六个月是否一并降低，条例未写明"] if lowered else []
    return Reckoning(
        {**{name: found[name] for name in ("months", "monthly", "lowered_months", "due", "owed")}, "give_back": over},
        lines,
        [*doubts, "违约金按合同约定，本计算不含"],
    )


# -- companies ----------------------------------------------------------------


def complaint_density(form: Values) -> Reckoning:
    """Compare companies by complaints per hundred households, the most complained about first."""
    companies = [row["company"] for row in form["companies"]]
    for place, company in enumerate(companies):
        if company in companies[:place]:
            raise CalcError(f"企业重复：{company}", f"{company} stands twice: add it up", f"/companies/{place}/company")
    rows = [{**row, "density": firms.density(row["complaints"], row["households"])} for row in form["companies"]]
    rows.sort(key=lambda row: (-row["density"], row["company"]))
    lines = [
        Line(
            f"{row['company']}：{row['complaints']}件 ÷ {row['households']}户 × 100 = 每百户{row['density']}件",
            f"{row['company']}: {row['complaints']} / {row['households']} × 100 = {row['density']} per 100 households",
            "滨州市住宅物业管理条例-52",
        )
        for row in rows
    ]
    return Reckoning({"companies": rows}, lines)


def credit_score(form: Values) -> Reckoning:
    """Reckon a company's credit from the marks of the last months (山东 52: the district judges, the street reports)."""
    table = rules.settings()["credit"]
    marks = [
        {**mark, "points": firms.points_of(mark["kind"]) if mark["points"] is None else mark["points"]}
        for mark in form["marks"]
    ]
    found = firms.credit(marks, form["on"])
    lost = table["full_points"] - found["score"]
    lines = [
        Line(
            f"自上报之日起{table['months']}个月内的扣分计入，共{found['marks']}次",
            f"Marks count for {table['months']} months: {found['marks']} of them",
            CREDIT,
        ),
        Line(
            f"{table['full_points']}分 − 物业主管部门已决定的{lost}分 = {found['score']}分",
            f"{table['full_points']} - {lost} decided by the district = {found['score']}",
            CREDIT,
        ),
    ]
    if found["undecided"]:
        zh = f"另有{found['undecided']}分待物业主管部门决定，未计入"
        lines.append(Line(zh, f"{found['undecided']} more are not decided yet, and not counted", CREDIT))
    doubts = [] if table["verified"] else ["信用分值、等级和期限为街道默认值，以物业主管部门的信用评价办法为准"]
    return Reckoning({name: found[name] for name in ("score", "grade", "undecided", "marks")}, lines, doubts)


def diversion_fine(form: Values) -> Reckoning:
    """Reckon what is recovered from whoever diverted a repair fund, and the most that he may be fined (条例 60)."""
    if form["given_back"] > form["diverted"]:
        raise CalcError("已归还的多于挪用的", "More was given back than was diverted", "/given_back")
    recover, fine = form["diverted"] - form["given_back"], funds.diversion_fine(form["diverted"])
    lines = [
        Line(
            f"追回：挪用{form['diverted']}元 − 已归还{form['given_back']}元 = {recover}元；归还不影响处罚",
            f"Recovered: {form['diverted']} - {form['given_back']} given back = {recover} yuan; that spares no fine",
            DIVERSION,
        ),
        Line(
            f"给予警告，没收违法所得{form['illegal_gains']}元",
            f"A warning; the gains, {form['illegal_gains']} yuan, are confiscated",
            DIVERSION,
        ),
        Line(
            f"可以并处挪用数额{funds.DIVERSION_MULTIPLE}倍以下罚款：至多{form['diverted']} × {funds.DIVERSION_MULTIPLE} = {fine}元（含本数）",
            f"A fine of {form['diverted']} × {funds.DIVERSION_MULTIPLE} = {fine} yuan at most, the number included",
            DIVERSION,
        ),
        Line(
            "由县级以上房地产行政主管部门决定；街道只报告、移送，构成犯罪的移送公安机关",
            "The county's real-estate authority decides; the street reports, and crimes go to the police",
            DIVERSION,
        ),
    ]
    result = {"recover": recover, "confiscate": form["illegal_gains"], "fine_at_most": fine}
    return Reckoning(result, lines)


# -- deadlines ------------------------------------------------------------------


def deadline(form: Values) -> Reckoning:
    """Return the last day of one of property's times, counted as its row of `legal.toml` says, and why it moves or stays."""
    row = rules.bases().clock(form["clock"], form["since"])
    rule = replace(row, limit=form["length"] or row.limit)
    calendar = standard_calendar()
    clock = start(rule, local(form["since"]), calendar)
    due = clock.deadline(calendar)
    said = (clock.explain(calendar, lang, lapses=rule.lapses) for lang in ("zh", "en"))
    lines = [Line(zh, en, rule.basis) for zh, en in zip(*said, strict=True)]
    if rule.limit != row.limit:
        zh = [row.unit.say(one.limit, "zh") for one in (rule, row)]
        en = [row.unit.say(one.limit, "en") for one in (rule, row)]
        lines.append(
            Line(
                f"按所填的{zh[0]}计算；规定为{zh[1]}，依法可由文书另定的才可不同。",
                f"Counted by the {en[0]} asked for; the rule says {en[1]}, and another only where a paper may name it.",
                rule.basis,
            )
        )
    if rule.note:
        lines.append(Line(f"{rule.note}。", "", rule.basis))
    result = {
        "due_on": due.due_at.date(),
        "due_at": due.due_at,
        "unrolled": due.unrolled,
        "rolled": due.rolled,
        "provisional": due.provisional,
    }
    return Reckoning(result, lines, [] if rule.verified else [rule.basis])


COMPUTATIONS = (
    Computation("vote", schemas.Vote, vote, "业主表决是否通过", "Whether an owners' vote is carried"),
    Computation("allocation", schemas.Allocation, allocation, "维修费用分摊", "Sharing repair costs"),
    Computation("fee-arrears", schemas.FeeArrears, fee_arrears, "物业费欠费", "Fees owed"),
    Computation(
        "complaint-density", schemas.Density, complaint_density, "每百户投诉量", "Complaints per 100 households"
    ),
    Computation("credit-score", schemas.CreditAsked, credit_score, "物业企业信用分", "A company's credit"),
    Computation("diversion-fine", schemas.Diversion, diversion_fine, "挪用维修资金", "A diverted repair fund"),
    Computation("deadline", schemas.DeadlineAsked, deadline, "期限到哪一天", "The last day of a time"),
)
