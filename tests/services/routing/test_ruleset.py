"""The language of the dispatch rules: what fires, why not the others, and what a check finds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import receivers
from services.routing.dispatch import rulecheck, ruleset
from services.routing.dispatch.ruleset import Matter, RuleSetError

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
TODAY = date(2026, 11, 23)
#: A Wednesday, a working day, at eleven at night in the street.
NIGHT = "2026-11-25T15:00:00+00:00"
NOISE = {
    "mechanism": "enforcement",
    "category": "0203",
    "kind": "complaint",
    "urgency": "II",
    "severity": "moderate",
    "channel": "web",
    "place": "黄河家园一区",
    "title": "夜间施工",
    "text": "工地半夜打桩,吵得睡不着。",
    "people": 12,
    "amount": "5000.50",
    "submitted_at": NIGHT,
    "address": {"community": "黄河社区", "estate": "黄河家园一区", "roads": ["黄河八路", "渤海十二路"]},
}


def rule(name: str, when: str = "", lead: str = "enforcement_squad", more: str = "", then: str = "") -> str:
    return (
        f'[[rule]]\nid = "{name}"\nzh = "规则{name}"\nen = "Rule {name}"\nbasis = "街道派单目录"\nowner = "受理中心"\n'
        f'{more}\nwhen = {{ {when} }}\nthen = {{ lead = "{lead}"{then} }}\n'
    )


def fired(text: str, matter: dict[str, Any] | None = None, *, at: datetime = NOW, fixed: bool = False) -> str:
    found = ruleset.read(text, 1).fired(Matter(matter or NOISE), at=at, fixed=fixed)
    return found.id if found else ""


def found_in(text: str, level: str = "error") -> list[tuple[int, str, str]]:
    return [(one.line, one.rule, one.zh) for one in rulecheck.check(text, TODAY)[1] if one.level == level]


# -- conditions -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("when", "fits"),
    [
        ("", True),
        ('mechanism = ["enforcement", "hotline"]', True),
        ('mechanism = ["mediation"]', False),
        ('category = ["0203"]', True),
        ('category = ["02"]', True),
        ('category = ["0201", "03"]', False),
        ('kind = ["complaint"]', True),
        ('kind = ["praise"]', False),
        ('urgency = ["I", "II"]', True),
        ('urgency = ["III-c"]', False),
        ('severity = ["moderate"]', True),
        ('severity = ["critical"]', False),
        ('channel = ["web"]', True),
        ('channel = ["walk_in"]', False),
        ('place = ["黄河家园", "渤海"]', True),
        ('place = ["渤海"]', False),
        ('community = ["黄河社区"]', True),
        ('community = ["朝阳社区"]', False),
        ('estate = ["黄河家园一区", "黄河家园二区"]', True),
        ('road = ["渤海十二路"]', True),
        ('road = ["黄河五路"]', False),
        ('words = ["打桩"]', True),
        ('words = ["夜间施工"]', True),
        ('words = ["油烟"]', False),
        ("people_from = 12", True),
        ("people_from = 13", False),
        ("amount_from = 5000", True),
        ('amount_from = "5000.51"', False),
        ("amount_from = 5000.5", True),
        ('time = ["22:00-06:00"]', True),
        ('time = ["23:00-24:00"]', True),
        ('time = ["06:00-23:00"]', False),
        ('weekday = ["wed"]', True),
        ('weekday = ["sat", "sun"]', False),
        ('season = ["11-15..03-15"]', True),
        ('season = ["03-16..11-14", "12-01..12-31"]', False),
        ('season = ["11-25..11-25"]', True),
        ('day = ["workday"]', True),
        ('day = ["weekend", "holiday"]', False),
        ('category = ["0203"], time = ["22:00-06:00"], people_from = 20', False),
    ],
)
def test_a_rule_fires_where_all_its_conditions_hold(when: str, *, fits: bool) -> None:
    assert fired(rule("one", when)) == ("one" if fits else "")


@pytest.mark.parametrize(
    ("submitted_at", "day"),
    [
        ("2026-10-01T02:00:00+00:00", "holiday"),
        ("2026-10-10T02:00:00+00:00", "workday"),
        ("2026-11-21T02:00:00+00:00", "weekend"),
        ("2026-11-20T17:00:00+00:00", "weekend"),
    ],
)
def test_the_kind_of_day_is_that_of_the_calendar_with_its_make_up_days(submitted_at: str, day: str) -> None:
    text = "".join(rule(one, f'day = ["{one}"]') for one in ("workday", "weekend", "holiday"))

    assert fired(text, {**NOISE, "submitted_at": submitted_at}) == day


@pytest.mark.parametrize("unknown", ["people", "amount", "submitted_at", "place", "address", "kind"])
def test_what_is_not_known_meets_no_condition_about_it(unknown: str) -> None:
    conditions = {
        "people": "people_from = 1",
        "amount": "amount_from = 1",
        "submitted_at": 'time = ["00:00-24:00"]',
        "place": 'place = ["黄"]',
        "address": 'road = ["黄河八路"]',
        "kind": 'kind = ["complaint"]',
    }
    text = rule("one", conditions[unknown])

    assert fired(text) == "one"
    assert fired(text, {**NOISE, unknown: None}) == ""


# -- which one ------------------------------------------------------------------


def test_the_higher_priority_fires_then_the_more_specific_then_the_first() -> None:
    general, exact = rule("general", 'category = ["02"]'), rule("exact", 'category = ["0203"]')
    night = rule("night", 'category = ["0203"], time = ["22:00-06:00"]')
    above = rule("above", "", more="priority = 5")

    assert fired(general + exact) == "exact"
    assert fired(general + night + exact) == "night"
    assert fired(night + exact + above + general) == "above"
    assert fired(exact + rule("twin", 'category = ["0203"]')) == "exact"


@pytest.mark.parametrize(
    ("at", "fires"),
    [
        ("2026-12-31T15:59:59+00:00", ""),
        ("2026-12-31T16:00:00+00:00", "one"),
        ("2027-01-31T15:59:59+00:00", "one"),
        ("2027-01-31T16:00:00+00:00", ""),
    ],
)
def test_a_rule_counts_from_the_morning_of_its_first_day_to_the_end_of_its_last(at: str, fires: str) -> None:
    text = rule("one", more="valid_from = 2027-01-01\nvalid_until = 2027-01-31")

    assert fired(text, at=datetime.fromisoformat(at)) == fires


def test_what_has_no_mechanism_is_for_a_person_and_no_rule_fires_there() -> None:
    assert fired(rule("all"), {**NOISE, "mechanism": ""}) == ""


def test_a_rule_that_changes_the_mechanism_does_not_overrule_a_person() -> None:
    text = rule("moved", lead="property_office", then=', mechanism = "property"') + rule("other", more="priority = -1")

    assert fired(text) == "moved"
    assert fired(text, fixed=True) == "other"
    assert fired(text, {**NOISE, "mechanism": "property"}, fixed=True) == "moved"


# -- why ------------------------------------------------------------------------


def test_each_rule_near_a_matter_says_its_first_condition_that_failed() -> None:
    text = (
        rule("day_noise", 'category = ["0203"], time = ["06:00-22:00"]')
        + rule("crowd", 'category = ["0203"], people_from = 50')
        + rule("estate", 'category = ["0203"], place = ["渤海"]')
        + rule("old", 'category = ["0203"], words = ["打桩"]', more="valid_until = 2026-01-31")
        + rule("fume", 'mechanism = ["enforcement"], category = ["0201"]')
        + rule("squad", 'mechanism = ["enforcement"]')
        + rule("wages", 'mechanism = ["wage_recovery"]', lead="labour_office")
    )
    book, matter = ruleset.read(text, 7), Matter(NOISE)

    said = {one["rule"]: one for one in (ruleset.spoken(why, matter) for why in book.explain(matter, at=NOW))}

    assert {name for name, one in said.items() if one["result"] == "fired"} == {"squad"}
    assert "时刻须为06:00-22:00，本件为23:00" in said["day_noise"]["zh"]
    assert "涉及人数须不少于 50，本件为 12" in said["crowd"]["zh"]
    assert "地点没有“渤海”" in said["estate"]["zh"]
    assert "不在有效期" in said["old"]["zh"]
    assert "类别须为0201，本件为0203" in said["fume"]["zh"]
    assert "wages" not in said
    assert all(one["zh"] and one["en"] for one in said.values())


def test_a_rule_that_fits_too_says_that_it_comes_later_or_that_a_person_decided() -> None:
    text = rule("moved", 'category = ["0203"]', "property_office", then=', mechanism = "property"') + rule("squad")
    book, matter = ruleset.read(text, 1), Matter(NOISE)

    by_rule = [ruleset.spoken(why, matter)["zh"] for why in book.explain(matter, at=NOW)]
    by_person = [ruleset.spoken(why, matter)["zh"] for why in book.explain(matter, at=NOW, fixed=True)]

    assert by_rule == ["规则moved", "未采用“规则squad”：也符合，但排在后面（优先级 0，具体程度 0）"]
    assert by_person == ["规则squad", "未采用“规则moved”：工作机制已由人工确定，规则不再改变"]


@given(
    st.sampled_from(ruleset.MECHANISMS),
    st.sampled_from(sorted(ruleset.categories())),
    st.integers(0, 40),
    st.sampled_from(["黄河家园", "渤海小区", ""]),
)
def test_whatever_fires_is_what_the_explanation_says_and_all_its_conditions_hold(
    mechanism: str, category: str, people: int, place: str
) -> None:
    text = (
        rule("many", "people_from = 10", "police_station", more="priority = 1")
        + rule("estate", 'place = ["黄河"], category = ["01"]', "mediation_committee")
        + rule("own", 'mechanism = ["mediation", "property"]', "property_office")
    )
    book = ruleset.read(text, 1)
    matter = Matter({"mechanism": mechanism, "category": category, "people": people, "place": place})

    fires = book.fired(matter, at=NOW)
    said = [why.rule.id for why in book.explain(matter, at=NOW) if why.result == "fired"]

    assert said == ([fires.id] if fires else [])
    assert fires is None or all(condition.holds(matter) for condition in fires.conditions)
    assert (fires is None) == (
        people < 10
        and not (place == "黄河家园" and category.startswith("01"))
        and mechanism not in ("mediation", "property")
    )


# -- the form -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (rule("one", lead="nobody"), 1, "没有主办单位 'nobody'；有 mediation_committee"),
        (rule("one", then=', assist = ["nobody"]'), 1, "没有协办单位 'nobody'"),
        (rule("one", then=', assist = "fire_office"'), 1, "assist 应为列表"),
        (rule("one", then=', assist = ["enforcement_squad"]'), 1, "不能同时是协办单位"),
        (rule("one", then=', mechanism = "weather"'), 1, "没有工作机制 'weather'"),
        (rule("one", then=", unit = 1"), 1, "then 中不认识 unit"),
        (rule("one", 'category = ["0299"]'), 1, "没有类别 '0299'"),
        (rule("one", 'category = ["020"]'), 1, "没有类别 '020'"),
        (rule("one", "category = [203]"), 1, "非空的文字列表"),
        (rule("one", "category = []"), 1, "不限则不写"),
        (rule("one", 'mechanism = ["weather"]'), 1, "没有工作机制 'weather'"),
        (rule("one", 'channel = ["fax"]'), 1, "没有来源渠道 'fax'"),
        (rule("one", 'weekday = ["周一"]'), 1, "没有星期 '周一'"),
        (rule("one", 'time = ["25:00-06:00"]'), 1, "时刻 '25:00-06:00'"),
        (rule("one", 'time = ["22:00-22:00"]'), 1, "时刻 '22:00-22:00'"),
        (rule("one", 'time = ["22:00-24:30"]'), 1, "时刻 '22:00-24:30'"),
        (rule("one", 'season = ["02-30..03-15"]'), 1, "季节 '02-30..03-15'"),
        (rule("one", "people_from = 0"), 1, "大于 0"),
        (rule("one", "people_from = 1.5"), 1, "大于 0"),
        (rule("one", "people_from = true"), 1, "大于 0"),
        (rule("one", 'amount_from = "nan"'), 1, "大于 0"),
        (rule("one", 'amount_from = "五千"'), 1, "大于 0"),
        (rule("one", 'colour = ["red"]'), 1, "when 中不认识 colour"),
        (rule("one", more='priority = "high"'), 1, "priority 应为整数"),
        (rule("one", more="valid_from = 2026-02-01\nvalid_until = 2026-01-01"), 1, "valid_until 早于 valid_from"),
        (rule("one", more='valid_from = "2026-02-01"'), 1, "不加引号"),
        (rule("One"), 1, "小写字母"),
        (rule("one").replace('basis = "街道派单目录"\n', ""), 1, "缺少 basis"),
        (rule("one").replace("规则one", " "), 1, "zh 应为 1 至 300 字"),
        (rule("one") + rule("one", 'category = ["0203"]'), 10, "编号与第 1 行的规则相同"),
        (rule("one") + "[[rule]\n", 10, "不是有效的 TOML"),
        ("[unit]\n", 0, "只能有 [[rule]]"),
        ("rule = 1\n", 0, "只能有 [[rule]]"),
        ("#" * 200_001, 0, "超过 200000 字节"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_line_in_words_a_clerk_understands(text: str, line: int, said: str) -> None:
    with pytest.raises(RuleSetError) as error:
        ruleset.read(text, 1)

    [finding] = error.value.findings
    assert finding.line == line
    assert said in finding.zh
    assert finding.en


def test_all_rows_that_are_wrong_are_named_at_once() -> None:
    text = rule("one", lead="nobody") + rule("two") + rule("three", 'kind = ["rant"]')

    assert [(line, name) for line, name, _ in found_in(text)] == [(1, "one"), (19, "three")]


@given(st.text(max_size=200))
def test_any_text_is_a_set_or_is_refused_with_findings(text: str) -> None:
    found, findings = rulecheck.check(text, TODAY)

    assert found is not None or findings


def test_amounts_are_kept_to_the_fen() -> None:
    [one] = ruleset.read(rule("one", "amount_from = 0.30"), 1).rules

    assert one.conditions[0].written == ("0.30",)
    assert fired(rule("one", "amount_from = 0.30"), {**NOISE, "amount": str(Decimal("0.3"))}) == "one"


# -- the whole ------------------------------------------------------------------


def test_the_shipped_catalogue_has_nothing_to_find() -> None:
    assert rulecheck.check(ruleset.shipped_text(), TODAY)[1] == []


def test_a_community_may_not_lead_what_is_not_on_its_duty_list() -> None:
    [(line, name, said)] = found_in(
        rule("all", lead="police_station") + rule("clutter", 'category = ["0103"]', "community_committee")
    )

    assert (line, name) == (10, "clutter")
    assert "不能主办职责清单以外的事项：0103 楼道堆物占用" in said
    helped = rule("clutter", 'category = ["0103"]', "police_station", then=', assist = ["community_committee"]')
    assert found_in(helped) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (rule("one", 'mechanism = ["mediation"]', "civil_affairs_office"), "民政服务办公室不承担“邻里纠纷调解”"),
        (rule("one", 'category = ["0501"]', "labour_office"), "劳动保障服务所不承担“救助诉求办理”"),
        (rule("one", 'community = ["东区"]', "people_call_office"), "民呼我应办公室不承担"),
        (rule("one", 'category = ["0501"]', "property_office", then=', mechanism = "relief"'), "物业管理办公室不承担"),
        (rule("one", 'category = ["0501"]', "property_office", then=', mechanism = "property"'), ""),
        (rule("one", 'category = ["0201"]'), ""),
        (rule("one", 'mechanism = ["relief"]', "police_station"), ""),
    ],
)
def test_a_rule_may_not_send_where_its_unit_has_nobody(text: str, found: str) -> None:
    said = [zh for _, _, zh in found_in(text)]

    assert len(said) == bool(found)
    assert all(found in zh for zh in said)


def test_a_mechanism_that_a_street_has_added_is_open_to_its_units(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receivers, "ADDED", {"street_trees": "行道树管护"})

    assert ruleset.units()["people_call_office"].works_in("street_trees")
    assert not ruleset.units()["people_call_office"].works_in("relief")


def test_a_community_may_lead_what_is_on_its_duty_list() -> None:
    table = {"unit": [{"code": "community_committee", "kind": "community", "leads": ["0103"]}]}

    east = ruleset.read_units(table)["community_committee"]

    assert east.may_lead("0103")
    assert not east.may_lead("0104")


@pytest.mark.parametrize(
    ("unit", "said"),
    [
        ({"code": "community_committee", "kind": "community"}, "leads is for communities"),
        ({"code": "community_committee", "kind": "community", "leads": ["9999"]}, "leads is for communities"),
        ({"code": "community_committee", "kind": "street", "leads": []}, "leads is for communities"),
        ({"code": "community_committee", "kind": "village"}, "kind is street"),
        ({"code": "labour_office", "kind": "street", "mechanisms": ["wages"]}, "mechanisms is a list of some of"),
        ({"code": "community_committee", "zh": "东区社区", "kind": "street"}, "zh missing or unknown"),
        ({"code": "east", "kind": "street"}, "it has no name: add it to JIESU_UNITS"),
    ],
)
def test_a_unit_that_cannot_be_used_is_refused_by_its_row(unit: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=r"units.toml, unit 1 \(.*\)") as error:
        ruleset.read_units({"unit": [unit]})

    assert said in str(error.value)


def test_a_unit_is_there_once() -> None:
    with pytest.raises(ValueError, match="there is such a unit"):
        ruleset.read_units({"unit": [{"code": "fire_office", "kind": "street"}] * 2})


@pytest.mark.parametrize(
    ("text", "never"),
    [
        (rule("all", more="priority = 1") + rule("one", 'category = ["0203"]'), ["one"]),
        (rule("all") + rule("one", 'category = ["0203"]'), []),
        (
            rule("class", 'category = ["02"]', more="priority = 1")
            + rule("one", 'category = ["0203"], people_from = 5'),
            ["one"],
        ),
        (
            rule("half", 'mechanism = ["enforcement", "hotline", "relief"]', more="priority = 1")
            + rule("rest", 'mechanism = ["mediation", "wage_recovery", "property"]', more="priority = 1")
            + rule("one", 'category = ["0203"]'),
            ["one"],
        ),
        (rule("ten", "people_from = 10", more="priority = 1") + rule("twenty", "people_from = 20"), ["twenty"]),
        (rule("twenty", "people_from = 20", more="priority = 1") + rule("ten", "people_from = 10"), []),
        (rule("short", 'words = ["噪"]', more="priority = 1") + rule("long", 'words = ["噪声", "噪音"]'), ["long"]),
        (rule("day", 'time = ["08:00-20:00"]', more="priority = 1") + rule("noon", 'time = ["12:00-13:00"]'), ["noon"]),
        (rule("year", more="priority = 1\nvalid_until = 2026-12-31") + rule("one", 'category = ["0203"]'), []),
        (
            rule("year", more="priority = 1\nvalid_until = 2026-12-31")
            + rule("one", 'category = ["0203"]', more="valid_until = 2026-12-30"),
            ["one"],
        ),
        (rule("moved", then=', mechanism = "property"', more="priority = 1") + rule("one", 'category = ["0203"]'), []),
    ],
)
def test_a_rule_that_never_fires_is_found(text: str, never: list[str]) -> None:
    assert [name for _, name, said in found_in(text) if "永远不会生效" in said] == never


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (rule("aa", 'place = ["黄河"]') + rule("bb", 'words = ["噪"]', "police_station"), True),
        (rule("aa", 'place = ["黄河"]') + rule("bb", 'words = ["噪"]', "police_station", more="priority = 1"), False),
        (rule("aa", 'place = ["黄河"]') + rule("bb", 'words = ["噪"]'), False),
        (rule("aa", 'kind = ["help"]') + rule("bb", 'kind = ["report"]', "police_station"), False),
        (rule("aa", 'time = ["08:00-20:00"]') + rule("bb", 'time = ["19:00-22:00"]', "police_station"), True),
        (rule("aa", 'estate = ["甲"]') + rule("bb", 'estate = ["乙"]', "police_station"), False),
        (rule("aa", 'road = ["甲路"]') + rule("bb", 'road = ["乙路"]', "police_station"), True),
        (rule("aa", 'category = ["0203"]') + rule("bb", 'category = ["0201"]', "police_station"), False),
        (
            rule("aa", 'place = ["黄河"]', more="valid_until = 2026-12-31")
            + rule("bb", 'words = ["噪"]', "police_station", more="valid_from = 2027-01-01"),
            False,
        ),
    ],
)
def test_two_rules_that_contradict_each_other_need_a_priority(text: str, *, found: bool) -> None:
    assert [name for _, name, said in found_in(text) if "写明 priority" in said] == (["bb"] if found else [])


def test_categories_without_a_rule_or_without_one_for_the_rest_are_named_and_are_no_error() -> None:
    text = rule("squad", 'mechanism = ["enforcement"], category = ["0201"]') + rule(
        "night", 'time = ["22:00-06:00"], category = ["0203"]'
    )

    found, findings = rulecheck.check(text, TODAY)

    assert found is not None
    assert rulecheck.errors(findings) == []
    none, some = (one.zh for one in findings)
    assert "没有任何规则的类别：0101" in none
    assert "0203 施工噪声扬尘" in some
    assert "0201" not in none + some


def test_a_rule_whose_time_is_over_is_worth_a_look() -> None:
    text = rule("all") + rule("old", 'category = ["0203"]', more="valid_until = 2026-11-22")

    assert [(name, said) for _, name, said in found_in(text, "warning")] == [
        ("old", "已过有效期（至 2026-11-22），不再生效")
    ]


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["01", "0101", "0203", "03"]), st.integers(0, 2)), max_size=6)
)
def test_a_rule_that_fires_somewhere_is_never_said_to_be_unreachable(rows: list[tuple[int, str, int]]) -> None:
    text = "".join(
        rule(
            f"r{at}",
            f'category = ["{code}"]' + (f", people_from = {people}" if people else ""),
            more=f"priority = {priority}",
        )
        for at, (priority, code, people) in enumerate(rows)
    )
    book = ruleset.read(text, 1)
    fires = {
        found.id
        for mechanism in ("mediation", "enforcement")
        for category in ruleset.categories()
        for people in (0, 1, 2)
        if (found := book.fired(Matter({"mechanism": mechanism, "category": category, "people": people}), at=NOW))
    }

    unreachable = {name for _, name, said in found_in(text) if "永远不会生效" in said}

    assert fires.isdisjoint(unreachable)
    assert fires | unreachable == {f"r{at}" for at in range(len(rows))}


def test_two_texts_are_told_apart_rule_by_rule() -> None:
    shipped = ruleset.shipped_text()
    moved = shipped.replace('then = { lead = "mediation_committee" }', 'then = { lead = "police_station" }')
    without, _, last = moved.rpartition("[[rule]]")

    found = ruleset.differences(shipped, without + '[[rule]]\nid = "night"\nzh = "夜间"\n')

    changes = {one["rule"]: one["change"] for one in found}
    assert changes.pop("mediation") == "changed"
    assert changes.pop("night") == "added"
    assert [*changes.values()] == ["removed"]
    assert f'id = "{next(iter(changes))}"' in last
    [told] = [one["lines"] for one in found if one["rule"] == "mediation"]
    assert [(line["sign"], line["text"]) for line in told if line["sign"] != " "] == [
        ("-", 'then = { lead = "mediation_committee" }'),
        ("+", 'then = { lead = "police_station" }'),
    ]
    assert ruleset.differences(shipped, shipped + "\n\n") == []
