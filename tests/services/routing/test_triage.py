"""Letters written for this test, judged by their words."""

import json
import os
import re
import subprocess
import sys
import time
import tomllib
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.terms import Terms
from services.routing import judging
from services.routing.judging.letter import NothingToClassifyError
from services.routing.judging.lexicon import (
    KINDS,
    MECHANISMS,
    SEVERITIES,
    URGENCIES,
    BrokenLexiconError,
    read_taxonomy,
    read_terms,
    shipped,
)
from services.routing.judging.triage import classify

# One letter per category: what a resident might write about it.
LETTERS = [
    ("0101", "楼上邻居半夜拖椅子", "我家楼上每天晚上十一点以后拖椅子、跑跳，跟他们说了也不听，请社区帮忙调解。"),
    ("0102", "楼上漏水泡了我家天花板", "楼上住户卫生间漏水，我家厨房顶一直在滴水，邻居不肯修，请帮忙协调赔偿。"),
    ("0103", "邻居在楼道堆放杂物", "对门邻居把鞋柜和纸箱堆放在楼道里，楼道堆物影响通行，多次沟通无果。"),
    ("0104", "邻居家的狗整夜叫", "邻居养狗，狗叫扰民，宠物粪便也不清理，希望调解。"),
    ("0105", "邻居的车总占我车位", "邻居停车占了我的车位，跟他说还骂人，请求调解。"),
    ("0106", "邻居装修节假日也不停", "隔壁邻居装修，周末装修电钻声不断，还砸承重墙。"),
    ("0107", "邻居侵占我家宅基地砌墙", "同村邻居修围墙侵占宅基地，挡住我家出行通道，请村里出面处理纠纷。"),
    ("0108", "楼上经常往楼下扔东西", "三单元楼上住户高空抛物，昨天扔下一个酒瓶，差点砸到人。"),
    ("0109", "被邻居殴打", "今天又被邻居辱骂推倒在地，邻居打人，请帮忙。"),
    ("0110", "儿子不赡养老人", "母亲八十岁，三个儿子为赡养老人闹家庭纠纷，谁都不管。"),
    ("0111", "朋友借钱不还", "朋友借款不还，有欠条，想请人民调解员帮助协商民间借贷的事。"),
    ("0201", "楼下饭店油烟扰民", "一楼餐馆没有烟道，油烟直排，呛人，不敢开窗。"),
    ("0202", "小区旁KTV噪音扰民", "楼下歌厅每晚音响震天，到凌晨都没法睡，请执法部门查处。"),
    ("0203", "工地夜间施工扰民", "对面建筑工地凌晨还在打桩，施工噪音让人无法入睡。"),
    ("0204", "流动摊贩占道经营", "菜市场门口流动摊贩占道经营，人行道被占，请城管管理。"),
    ("0205", "楼顶有人违法搭建", "顶楼住户在楼顶私搭乱建，违章建筑正在施工，请制止拆除。"),
    ("0206", "街边广告牌松动", "沿街店铺户外广告牌松动，刮风摇晃，牌匾快掉下来了。"),
    ("0207", "路边垃圾成堆无人清理", "后街垃圾成堆，臭气熏天，污水横流，脏乱差。"),
    ("0208", "车辆乱停堵塞消防通道", "有车长期占用消防通道，违规停车，消防车道进不来。"),
    ("0209", "电动车楼道充电危险", "有人把电动车推进楼道充电，飞线充电，电瓶车上楼没人管。"),
    ("0210", "露天烧烤烟雾大", "路口每晚露天烧烤，浓烟往楼上飘，还焚烧垃圾。"),
    ("0211", "遛狗不牵绳", "公园里有人遛狗不牵绳，大型犬吓到孩子，流浪狗也多。"),
    ("0301", "咨询人才购房补贴政策", "请问人才补贴的政策标准是什么，相关文件在哪里看？"),
    ("0302", "如何办理居民身份证明", "请问开具证明的办理流程，需要哪些材料，在哪个窗口办理手续？"),
    ("0303", "家里停水两天", "整条街停水，自来水公司说管网改造，什么时候恢复供水？"),
    ("0304", "频繁停电", "这周停电三次，电压不稳，请供电公司检修变压器。"),
    ("0305", "暖气不热", "供暖开始半个月暖气不热，室温不达标，热力公司没人来。"),
    ("0306", "天然气开户问题", "天然气公司一直不给通气，燃气安装交了钱半年了。"),
    ("0307", "路灯不亮路面破损", "村道路灯不亮，路面坑坑洼洼，请求道路维修。"),
    ("0308", "下雨就内涝", "路口下雨积水，下水道堵塞，排水系统该修了。"),
    ("0309", "孩子入学学区划分", "小学招生划片不合理，孩子上学要走很远，请教育局解释。"),
    ("0310", "医院看病挂号难", "卫生院医生少，挂号排队，医疗服务差。"),
    ("0311", "医保报销比例", "请问异地就医医保报销比例和养老保险断缴怎么处理？"),
    ("0312", "公交车太少", "公交线路只有一条，公交车四十分钟一班，出行不便，请增加公交。"),
    ("0313", "买到假货不给退款", "商家虚假宣传，消费者要求退货退款被拒，请12315处理。"),
    ("0314", "窗口工作人员态度恶劣", "办事大厅工作人员服务态度差，推诿扯皮，不作为。"),
    ("0315", "建议增设休息座椅", "建议在广场增设座椅，完善设施，几点建议供参考。"),
    ("0316", "表扬社区网格员", "网格员热心帮助老人，特此感谢，送锦旗一面。"),
    ("0401", "工地拖欠农民工工资", "我们五个农民工在工地干活，包工头拖欠农民工工资不给。"),
    ("0402", "公司拖欠工资三个月", "公司不发工资，老板一拖再拖，拖欠员工工资，劳动监察也去了。"),
    ("0403", "饭店不发工资", "在饭店打工，餐馆欠薪，老板不给工资，饭店拖欠工资两个月。"),
    ("0404", "单位克扣工资", "无故扣工资，克扣工资到低于最低工资。"),
    ("0405", "不给加班费", "公司天天加班，强制加班，没有加班费。"),
    ("0406", "没签劳动合同要双倍工资", "公司不签劳动合同，我要求二倍工资。"),
    ("0407", "上班受伤老板不管", "干活受伤，工伤赔偿老板不给，工伤认定也不配合。"),
    ("0408", "平台拖欠骑手配送费", "我是外卖骑手，站点拖欠骑手配送费，骑手工资少算。"),
    ("0409", "四十名工人集体讨薪", "全体工人工资没发，几十人集体讨薪，集体欠薪半年。"),
    ("0410", "甲方拖欠工程款", "工程完工一年，甲方拖欠工程款和工程尾款，工程结算不给办。"),
    ("0501", "申请低保被拒", "家庭困难没有收入，申请低保被退回，请民政局说明低保政策。"),
    ("0502", "五保老人想住敬老院", "村里五保户老人无人照看，特困供养怎么申请？"),
    ("0503", "突发困难请求临时救助", "火灾后无家可归，没饭吃，急难救助怎么办，请求临时救助。"),
    ("0504", "请求困难救助", "因病致贫，负债累累，申请救助，请政府给予生活救助。"),
    ("0505", "申请大病救助", "父亲患癌症无钱治病，想申请大病救助和医疗救助。"),
    ("0506", "贫困学生助学金", "孩子上大学交不起学费，贫困学生怎么申请助学金？"),
    ("0507", "申请公租房", "没有住房，想申请公租房或廉租房，危房改造也行。"),
    ("0508", "残疾人补贴没发", "我是重度残疾，残疾人两项补贴没有到账。"),
    ("0509", "独居老人无人照料", "楼里独居老人失能老人无人照料，空巢老人没人管，留守儿童也一样。"),
    ("0510", "桥下有流浪人员", "桥洞里有流浪乞讨人员，请救助站去看看。"),
    ("0511", "房屋受灾请求救灾", "洪水受灾，房屋倒了，救灾款什么时候发，灾后重建怎么办？"),
    ("0601", "小区物业不作为", "物业公司收了钱不干活，物业服务差，保安形同虚设，门禁坏了没人修。"),
    ("0602", "物业费乱收费", "物业费涨价没有公示，物业乱收费，还收装修押金和公摊电费。"),
    ("0603", "小区电梯故障", "电梯经常坏，电梯停运半个月，电梯维修没人管。"),
    ("0604", "小区消防设施损坏", "小区消防栓没水，灭火器过期，消防设施瘫痪。"),
    ("0605", "屋顶漏水没人修", "顶楼屋面漏水，外墙脱落，房屋维修物业推脱。"),
    ("0606", "维修资金使用不透明", "动用维修基金没有公示，专项维修资金去了哪里？"),
    ("0607", "小区公共收益不公开", "小区公共收益和电梯广告收入没有公示，公共收益归业主。"),
    ("0608", "小区车位只租不售", "小区停车位涨价，车位管理费高，小区停车难，地下车位不让租。"),
    ("0609", "业委会换届选举", "业委会换届，业主大会投票没人组织，成立业委会筹备组受阻。"),
    ("0610", "更换物业交接不顺", "业主大会决定更换物业，旧物业不撤场，拒绝物业交接。"),
    ("0611", "小区卫生脏乱", "小区绿化没人管，小区垃圾桶满了没人清，小区卫生差，保洁不来。"),
    ("0612", "小区二次供水水质差", "小区二次供水水箱清洗没做，水质发黄，小区水压低。"),
    ("0613", "小区安装充电桩", "物业不同意安装充电桩，小区充电车棚也没有。"),
    ("0614", "物业断水断电催费", "没交物业费物业就断水断电，物业停水停电，恶意断电。"),
]


@pytest.mark.parametrize(("code", "title", "text"), LETTERS, ids=[code for code, _, _ in LETTERS])
def test_a_letter_is_judged_to_be_of_its_category(code: str, title: str, text: str) -> None:
    found = classify(title, text)

    assert (found.category, found.mechanism) == (code, shipped().taxonomy[code].mechanism)


def test_every_category_that_is_dispatched_has_a_letter_in_the_table() -> None:
    codes = {code for code in shipped().taxonomy if not code.startswith("99")}

    assert {code for code, _, _ in LETTERS} == codes


@pytest.mark.parametrize(
    ("title", "text", "mechanism"),
    [
        ("", "楼下烧烤店的油烟和噪音让人没法开窗", "enforcement"),
        ("", "老板跑路了，三个月工资没发", "wage_recovery"),
        ("请问低保怎么申请", "", "relief"),
        ("物业公司拖欠保安农民工工资", "小区物业公司半年没给保安发工资。", "wage_recovery"),
        ("公司拖欠员工社保费用", "公司从2018年起没有给员工缴纳社保，补缴也不办。", "hotline"),
        ("请提高乡村教师工资待遇", "教师工资标准多年没涨，希望调整工资待遇。", "hotline"),
        ("飞机噪声扰民", "住在机场旁边，飞机起降噪声太大。", "hotline"),
        ("开发商延期交房", "购房合同约定去年交房，开发商一直不交，小区业主维权。", "hotline"),
        ("平台跑路，投资人血汗钱没了", "P2P平台非法集资，大家的血汗钱血本无归。", "hotline"),
        ("我家车位上总停着别人家的车", "邻居天天占着我的车位，打电话不接。", "mediation"),
        ("三个儿子没有一个肯养我", "老伴走了，生活费没人给，请给我做主。", "mediation"),
        ("在砖厂干了半年活一分钱没拿到", "老板说等卖了砖再给，现在人找不到了。", "wage_recovery"),
        ("水电班组的尾款要不回来", "完工一年人工费没结，老板把我拉黑了。", "wage_recovery"),
        ("母亲得了尿毒症，家里撑不下去了", "治疗欠了十几万，想问有什么补助可以申请。", "relief"),
        ("夜里有老人睡在长椅上", "天冷了，请派人来看看。", "relief"),
        ("反对在小区对面建垃圾站", "规划没有公示，味道和车辆会影响居民。", "hotline"),
        ("希望增加一趟夜班公交", "最后一班公交太早，我多次向物业反映也没用。", "hotline"),
        ("公司一直不给员工签劳动合同", "社保也没有买，企业说大家都这样，请政府部门查一查。", "wage_recovery"),
        ("单位对我的工伤不理不睬", "在项目上摔断了腿，住在医院做手术，房地产公司说没有给我买保险。", "wage_recovery"),
        ("在哪里查询自己的工伤保险信息", "去社保局窗口问，说要本人带身份证，请问能不能网上查。", "hotline"),
        ("医院护士长期没有加班费", "医院病房人手少，护士一个月休两天，医生也一样。", "wage_recovery"),
        ("请求发放代课老师工资", "学校开学两个月了，校长说教育局没有拨款。", "wage_recovery"),
        ("楼栋前的消防通道长期被车辆堵塞", "业主的车停在电梯房门口的车道上，小区路口都过不去。", "enforcement"),
        ("花园小区开发商收了维修基金一直不移交", "购房时交的，开发商说合同里没有，房产公司换了名字。", "property"),
        ("请问抗震救灾立功的军人转业怎么安置", "政策里说的等级和别的省不一样。", "hotline"),
        ("遗失独生子女证以后怎么补办", "退休了要领独生子女费，不知道归哪个部门。", "hotline"),
    ],
)
def test_the_more_telling_words_decide(title: str, text: str, mechanism: str) -> None:
    assert classify(title, text).mechanism == mechanism


def test_a_mere_mention_of_the_property_company_counts_for_nothing() -> None:
    mentioned = classify("路灯不亮", "村口路灯不亮，找物业，物业说不归他们管。")

    assert mentioned.mechanism == "hotline"
    assert mentioned.shares["property"] < 0.5 * mentioned.shares["hotline"]


def test_what_is_denied_does_not_count_for_it() -> None:
    said = classify("", "这是油烟问题，请处理这件事")
    denied = classify("", "这不是油烟问题，请处理这件事")

    assert denied.shares["enforcement"] < said.shares["enforcement"]


def test_the_words_that_decided_are_named() -> None:
    found = classify("楼下饭店油烟扰民", "没有烟道。")

    words = [word for reason in found.because for word in reason.words]
    assert "油烟" in words or "油烟扰民" in words
    assert all(reason.what for reason in found.because)
    assert found.because[0].weight > 0


def test_a_word_is_not_counted_again_inside_a_longer_one() -> None:
    words = {word for reason in classify("业委会换届选举", "").because for word in reason.words}

    assert "业委会换届" in words
    assert "业委会" not in words


@pytest.mark.parametrize(
    ("title", "text", "urgency"),
    [
        ("家里有煤气味", "现在厨房煤气泄漏，快来人！", "I"),
        ("邻居要跳楼", "对面楼有人要跳楼，赶紧来！", "I"),
        ("电梯困人", "有人被困电梯里，快派人！", "I"),
        ("十二名农民工工资没给", "工地拖欠我们12名农民工工资。", "I"),
        ("井盖缺失", "马路中间没有井盖，太危险。", "I"),
        ("整条街停水", "停水一天了，没有水喝。", "II"),
        ("工地凌晨施工", "工地每晚凌晨施工噪音大。", "II"),
        ("流动摊贩占道经营", "路口天天有人摆摊。", "III"),
        ("咨询公司拖欠工资怎么办", "公司拖欠员工工资三个月，请问怎么办？", "II"),
        ("咨询低保申请条件", "请问低保需要什么材料？", "III-c"),
        ("建议增加公交站", "建议在路口增加一个公交站。", "IV"),
        ("占道经营十年无人管", "占道经营多年，各部门互相推诿，城管和市场推来推去。", "IV"),
    ],
)
def test_haste_is_graded(title: str, text: str, urgency: str) -> None:
    assert classify(title, text).urgency == urgency


def test_of_a_letter_that_says_hardly_anything_the_usual_urgency_is_taken() -> None:
    found = classify("小区的事", "我们这边有些事情一直没人管，请街道派人来了解一下具体情况")

    assert found.urgency == "III"
    [haste] = [finding for finding in found.findings if finding.of == "urgency"]
    assert haste.confidence < 0.3


def test_a_danger_that_is_long_over_does_not_make_it_an_emergency() -> None:
    found = classify("咨询房屋保险", "去年邻居家着火，保险怎么赔？请问有什么规定？")

    assert found.urgency != "I"
    assert found.relay is None


def test_heating_is_urgent_in_its_season_only() -> None:
    winter = classify("暖气不热", "供暖后暖气不热，家里很冷。", month=12)
    summer = classify("暖气不热", "供暖后暖气不热，家里很冷。", month=7)

    assert (winter.urgency, summer.urgency) == ("II", "III")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("老伴住院花光了积蓄，想申请临时救助。", "help"),
        ("反映家庭困难问题，两个孩子上学，申请低保。", "help"),
        ("孤寡老人卧床，生活严重影响，无人管。", "help"),
        ("投诉社区不给办低保，故意刁难。", "complaint"),
        ("请问低保怎么申请？", "inquiry"),
    ],
)
def test_who_tells_a_need_and_blames_nobody_asks_for_help(text: str, kind: str) -> None:
    found = classify("", text)

    assert (found.mechanism, found.kind) == ("relief", kind)
    assert {one.value for one in found.findings if one.of == "kind"} == {kind}


def test_severity_is_graded_apart_from_haste() -> None:
    slow_but_grave = classify("化工厂废气致癌", "工厂废气污染多年，村里三百多人生病，已有人死亡，孩子也中毒。")
    quick_but_light = classify("停水", "刚停水，请问几点来水")

    assert slow_but_grave.severity == "critical"
    assert slow_but_grave.urgency in {"III", "IV"}
    assert quick_but_light.severity == "minor"


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("五楼着火了，有人被困", "critical"),
        ("厨房里煤气泄漏，味道很大", "serious"),
        ("化工厂爆炸了", "serious"),
        ("去年小区着火以后，车棚一直没修", "moderate"),
    ],
)
def test_what_an_emergency_line_is_told_at_once_is_grave(text: str, severity: str) -> None:
    assert classify("", text).severity == severity


@pytest.mark.parametrize(
    ("title", "text", "kind"),
    [
        ("咨询落户政策", "请问如何办理？", "inquiry"),
        ("求助：楼上漏水", "请帮忙协调解决。", "help"),
        ("投诉物业乱收费", "多次反映没有得到解决。", "complaint"),
        ("举报非法经营", "实名举报，请依法查处。", "report"),
        ("建议延长公交线路", "建议延长到新城。", "suggestion"),
        ("表扬社区民警", "送锦旗，特此感谢。", "praise"),
    ],
)
def test_the_kind_of_an_appeal_is_told(title: str, text: str, kind: str) -> None:
    assert classify(title, text).kind == kind


@pytest.mark.parametrize(
    ("text", "people"),
    [
        ("拖欠33位农民工工资", 33),
        ("我们十八个人在工地做工没拿到工资", 18),
        ("小区一百二十多户业主停水", 120),
        ("几十名工人讨薪", 20),
        ("影响2千多户居民", 2000),
        ("三栋二单元1407住户扰民", None),
        ("人民路人行道破损", None),
        ("从来没有人管", None),
        ("先是3名工人，后来20名居民，又有5名老人", 20),
        ("只有1名工人", None),
        ("我们三四十个工友等着回家", 30),
        ("上百户业主没有水用", 100),
        ("楼里一百二十多户居民", 120),
        ("一共二十三名学生", 23),
        ("来了3万多名群众", 30_000),
        ("一年级二班的学生", None),
        ("每平方米二百元，每户一个", None),
        ("全国十亿名群众和999999999名居民", None),
        ("欠我们十五个人工资", 15),
        ("人工费五十万", None),
        ("上万居民没有水用", 10_000),
        ("两三百人签了名", 200),
        ("住在大陆百姓家", None),
    ],
)
def test_people_are_counted(text: str, people: int | None) -> None:
    assert classify("", text).people == people


@pytest.mark.parametrize(
    ("text", "of", "words", "sure"),
    [
        ("拖欠33位农民工工资", "people", "33位农民工", 0.9),
        ("先是3名工人，后来20名居民", "people", "20名居民", 0.7),
        ("几十名工人讨薪", "people", "几十名工人", 0.8),
        ("拖欠工资共计86,400元", "amount", "86,400元", 0.95),
        ("交了5000元押金", "amount", "5000元", 0.9),
        ("水费300元，电费500元", "amount", "500元", 0.7),
        ("拖欠工资三十余万元", "amount", "三十余万元", 0.85),
    ],
)
def test_a_number_comes_with_its_words_and_how_sure_it_is(text: str, of: str, words: str, sure: float) -> None:
    [found] = [each for each in classify("", text).findings if each.of == of]

    assert found.words == (words,)
    assert found.confidence == pytest.approx(sure)


def test_each_grade_has_a_confidence_and_the_words_that_decided_it() -> None:
    found = classify("楼下饭店油烟扰民", "现在厨房煤气泄漏，快来人！老人晕倒了。")

    findings = {each.of: each for each in found.findings}
    assert set(findings) == {
        *("mechanism", "category", "db44", "kind", "urgency", "severity", "involved", "sensitive", "person_kind"),
    }
    assert all(0 < each.confidence <= 1 for each in findings.values())
    assert findings["db44"].value == found.db44
    assert "油烟扰民" in findings["mechanism"].words
    assert findings["mechanism"].confidence == found.confidence
    assert "煤气泄漏" in findings["urgency"].words
    assert findings["severity"].words


@pytest.mark.parametrize(
    ("text", "kinds", "words"),
    [
        ("楼上八十多岁的独居老人没人照顾", ["elder"], ["八十多岁", "独居老人"]),
        ("工地上的农民工被拖欠工资", ["migrant_worker"], ["农民工"]),
        ("我是外卖骑手，站点三个月没发工资", ["new_employment"], ["我是外卖骑手"]),
        ("电梯坏了，家里有老人坐轮椅", ["elder", "disabled"], ["有老人", "坐轮椅"]),
        ("我是退役军人，咨询优待证", ["veteran"], ["退役军人"]),
        ("我不是农民工，是本小区业主", [], []),
        ("小区路灯不亮", [], []),
        ("这项惠民工程拖了三年，便民工程也没有", [], []),
        ("营业厅卖的老人机开不了机", [], []),
        ("外卖员在小区里骑车太快，骑手闯红灯", [], []),
        ("儿童公园的滑梯坏了，孩子们没处玩", [], []),
        ("残疾人车位被占，残联门口也停满了", [], []),
        ("我孩子上学的事没人管", ["child"], ["我孩子", "孩子上学"]),
        ("幼儿园门口乱停车，上下班时交通瘫痪", [], []),
        ("咨询养老保险如何补缴", [], []),
        ("父亲瘫痪在床多年", ["disabled"], ["瘫痪在床"]),
    ],
)
def test_the_kinds_of_people_are_read_with_the_words_that_say_it(text: str, kinds: list[str], words: list[str]) -> None:
    found = classify("", text)

    assert [*found.person_kinds] == found.as_json()["person_kinds"] == kinds
    said = [each for each in found.findings if each.of == "person_kind"]
    assert [word for each in said for word in each.words] == words
    assert all(0 < each.confidence < 1 for each in said)


def test_a_channel_that_is_theirs_alone_says_it_more_surely_than_words() -> None:
    [by_words], [by_channel] = (
        [each for each in classify("", "骑手驿站的门坏了", channel=channel).findings if each.of == "person_kind"]
        for channel in ("web", "new_employment")
    )

    assert (by_channel.value, by_channel.words) == ("new_employment", ("来源渠道", "骑手驿站"))
    assert by_words.value == "new_employment"
    assert by_channel.confidence > by_words.confidence


@pytest.mark.parametrize(
    ("title", "text", "involved", "words", "sure"),
    [
        ("楼上漏水", "物业公司说要两家自己谈。", ("邻居", "物业企业"), ("楼上", "物业公司"), 0.9),
        (
            "饭堂里的事",
            f"{'我在外头做了二十多年的厨子，大馆子小馆子都做过。' * 4}包工头说月底给，到现在没见人。",
            ("施工单位、包工头",),
            ("包工头",),
            0.7,
        ),
        (
            "餐饮店甲油烟和风机噪声扰民",
            "路口的餐饮店甲油烟很大，楼上开不了窗。",
            ("商户", "邻居"),
            ("餐饮店", "楼上"),
            0.9,
        ),
    ],
)
def test_who_is_involved_is_said_without_a_name_and_surer_where_it_stands_out_front(
    title: str, text: str, involved: tuple[str, ...], words: tuple[str, ...], sure: float
) -> None:
    found = classify(title, text)

    [finding] = [each for each in found.findings if each.of == "involved"]
    assert found.involved == finding.value == involved
    assert finding.as_json()["value"] == [*involved]
    assert finding.words == words
    assert finding.confidence == pytest.approx(sure)


def test_nobody_is_involved_where_no_word_names_anybody() -> None:
    found = classify("路灯不亮", "巷口的灯坏了一周。")

    assert found.involved == ()
    assert "involved" not in {each.of for each in found.findings}


def test_every_category_has_a_second_code_of_the_public_standard() -> None:
    rows = shipped().taxonomy.values()

    assert [row.code for row in rows if not re.fullmatch(r"\d{6}", row.db44) or not row.db44_zh] == []
    assert (classify("小区电梯坏了", "").db44, classify("小区电梯坏了", "").db44_zh) == ("070901", "电梯问题")


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("拖欠工资三十余万元", Decimal(300_000)),
        ("欠我工资12.5万元", Decimal(125_000)),
        ("房租每月3000元，拖欠工资共计86,400元", Decimal(86_400)),
        ("交了五千元押金", Decimal(5000)),
        ("欠薪１２００元", Decimal(1200)),
        ("物业费每平方2.5元", None),
        ("没有说钱的事", None),
        ("还差一万二没给", Decimal(12_000)),
        ("借给他2万8千元", Decimal(28_000)),
        ("欠工钱两千三百元", Decimal(2300)),
        ("骗走五六万元", Decimal(50_000)),
        ("押金3000块。", Decimal(3000)),
        ("损失1.5亿元", Decimal(150_000_000)),
        ("首付20万，违约金3万，共计损失5万元", Decimal(50_000)),
        ("交了3万多人的名单", None),
        ("电话13800001111", None),
        ("欠我们工资一共二十三万四千五", Decimal(234_500)),
        ("被骗两万三千六百元", Decimal(23_600)),
        ("损失十万零五百元", Decimal(100_500)),
        ("共计贰拾万元整", Decimal(200_000)),
        ("借款壹拾贰万叁仟元", Decimal(123_000)),
        ("拖欠23万5，求助", Decimal(235_000)),
        ("押金2000块不退", Decimal(2000)),
        ("门口两块砖没人搬", None),
        ("欠了二十多万元", Decimal(200_000)),
        ("欠款上百万元", Decimal(1_000_000)),
        ("千万不要再拖了，欠的是几万元", Decimal(20_000)),
        ("要是有个万一怎么办，交了五十元", Decimal(50)),
        ("十几万居民受影响，损失二零一九年没赔", None),
    ],
)
def test_the_sum_at_stake_is_read(text: str, amount: Decimal | None) -> None:
    assert classify("", text).amount == amount


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("我已起诉到法院，法院判决后对方不执行，申请强制执行", "litigation"),
        ("劳动仲裁裁决已下，仲裁开庭后公司不服", "arbitration"),
        ("我要申请行政复议", "reconsideration"),
        ("向贵局申请政府信息公开", "disclosure"),
        ("举报村支书贪污受贿", "discipline"),
        ("不服信访答复意见，要求信访复查", "petition"),
        ("楼上漏水请帮忙", None),
    ],
)
def test_another_legal_route_is_named(text: str, route: str | None) -> None:
    assert classify("", text).not_accepted == route


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("有人持刀闯进店里，快来！", "110"),
        ("我家厨房着火了！", "119"),
        ("老人昏迷不省人事，马上派人", "120"),
        ("门口刚发生车祸", "122"),
        ("路灯不亮", None),
        ("歹徒闯进我家", "110"),
        ("孩子走丢了，五岁", "110"),
        ("孩子掉进井里了", "119"),
        ("小孩被锁在车里", "119"),
        ("电梯里困着人", "119"),
        ("楼要塌了，墙裂了大缝", "119"),
        ("冒烟了，好像是电表箱", "119"),
        ("一氧化碳报警器响了，头晕", "119"),
        ("有人从五楼掉下来了", "120"),
        ("路口撞人了", "122"),
        ("小孩在楼下踢球，把我车玻璃砸了", None),
        ("楼道里有人抽烟，烟味很呛", None),
        ("小区电梯上个月困过人，一直没修好", None),
        ("车被锁在车库里，物业不给开门", None),
        ("我的车被人撞了，肇事者不赔", None),
    ],
)
def test_an_emergency_is_relayed(text: str, number: str | None) -> None:
    found = classify("", text)

    assert found.relay == number
    assert (found.urgency == "I") is (number is not None)


def test_sensitive_words_are_named_with_their_groups() -> None:
    found = classify("再不发工资就拉横幅", "老板再不给钱我们就集体上访，找媒体曝光。")

    assert {"拉横幅", "集体上访", "媒体", "曝光"} <= set(found.sensitive)
    assert {"gathering", "media"} <= set(found.sensitive_groups)
    assert found.warn_at_once


def test_traditional_characters_and_full_width_signs_are_read_as_ours() -> None:
    simplified = classify("楼下饭店油烟扰民", "请处理噪声污染。")
    traditional = classify("樓下飯店油煙擾民", "請處理噪聲污染。")

    assert (traditional.mechanism, traditional.category) == (simplified.mechanism, simplified.category)
    assert traditional.confidence == simplified.confidence


def test_spaces_and_controls_between_characters_change_nothing() -> None:
    clean = classify("拖欠农民工工资", "请解决。")
    dirty = classify("拖 欠\u200b农 民\x00工工资", "请\ufeff解决。")

    assert dirty.as_json() == clean.as_json()


@pytest.mark.parametrize(("title", "text"), [("", ""), ("  ", "\n\t"), ("\u200b", "\x00")])
def test_an_appeal_without_text_is_refused_in_two_languages(title: str, text: str) -> None:
    with pytest.raises(NothingToClassifyError, match=r"没有内容.*no text"):
        classify(title, text)


@pytest.mark.parametrize("text", ["😀😀😀", "?!?!", "asdf qwer", "1234567890", "。", "１", "𠀀𠀁"])
def test_a_text_without_known_words_goes_to_the_hotline_with_little_confidence(text: str) -> None:
    found = classify("", text)

    assert found.mechanism == "hotline"
    assert found.confidence < 0.6


def test_a_hundred_thousand_characters_are_read_from_both_ends_and_that_is_said() -> None:
    begun = time.process_time()
    found = classify("", "楼上漏水。" * 20_000 + "请赔偿。")

    assert time.process_time() - begun < 2
    assert found.mechanism == "mediation"
    assert any("正文过长" in reason.what for reason in found.because)


def test_a_hundred_thousand_characters_without_a_pause_are_read_quickly() -> None:
    begun = time.process_time()
    for text in ("拖欠工资" * 25_000, "一" * 100_000, "1" * 100_000, "尊敬的" * 33_000, " " * 99_999 + "水"):
        classify(text, text)

    assert time.process_time() - begun < 3


def test_five_hundred_letters_a_second_are_judged_with_room_to_spare() -> None:
    letters = [(title, text * 8) for _, title, text in LETTERS]
    classify(*letters[0])
    begun = time.process_time()

    for title, text in letters * 3:
        classify(title, text)

    assert len(letters) * 3 / (time.process_time() - begun) > 500


def test_the_module_is_imported_and_made_ready_quickly_and_small() -> None:
    script = (
        "import json, resource, time\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "begun = time.process_time()\n"
        "import services.routing.judging.triage as triage\n"
        "imported = time.process_time() - begun\n"
        "triage.classify('停水', '停水了')\n"
        "after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print(json.dumps([imported, (after - before) / 1024]))\n"
    )

    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True, cwd=Path.cwd())

    imported, megabytes = json.loads(run.stdout)
    assert imported < 0.3
    assert megabytes < 30


def test_the_same_letter_gives_the_same_result_in_every_process() -> None:
    script = (
        "import json\n"
        "from services.routing.judging.triage import classify\n"
        "print(json.dumps(classify('投诉物业断水断电', '物业乱收费，邻居漏水，楼下油烟，拖欠工资12万元').as_json()))\n"
    )

    results = {
        subprocess.run(
            [sys.executable, "-c", script],
            capture_output=True,
            check=True,
            text=True,
            cwd=Path.cwd(),
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("0", "1", "4711")
    }

    assert len(results) == 1


@given(title=st.text(max_size=60), text=st.text(max_size=400))
@settings(max_examples=200, deadline=None)
def test_any_text_is_either_refused_or_judged_within_the_known_values(title: str, text: str) -> None:
    try:
        found = classify(title, text)
    except NothingToClassifyError:
        return

    assert found.mechanism in MECHANISMS
    assert found.category in shipped().taxonomy
    assert shipped().taxonomy[found.category].mechanism == found.mechanism
    assert found.urgency in URGENCIES
    assert found.severity in SEVERITIES
    assert found.kind in KINDS
    assert 0 < found.confidence <= 1
    assert sum(found.shares.values()) == pytest.approx(1)
    assert found.runner_up != found.mechanism
    assert json.loads(json.dumps(found.as_json())) == found.as_json()


_KNOWN = sorted({word for word in (*shipped().weights, *shipped().groups_of) if word})


@given(
    words=st.lists(
        st.sampled_from([*_KNOWN, "，", "。", "请", "不是", "12万元", "三十名工人"]), min_size=1, max_size=40
    )
)
@settings(max_examples=200, deadline=None)
def test_any_heap_of_our_own_words_is_judged_the_same_twice(words: list[str]) -> None:
    text = "".join(words)

    once, again = classify(text[:30], text), classify(text[:30], text)

    assert once == again
    assert once.mechanism in MECHANISMS
    assert once.confidence >= once.runner_up_confidence


def test_a_lexicon_that_names_an_unknown_category_is_refused() -> None:
    with pytest.raises(BrokenLexiconError, match="9999"):
        read_terms({"9999": {"strong": "词语"}}, {"strong": 1.0}, {})


def test_a_taxonomy_that_names_an_unknown_mechanism_is_refused() -> None:
    row = {"group": "g", "group_zh": "组", "name": "n", "name_zh": "名", "mechanism": "magic", "urgency": "III"}

    with pytest.raises(BrokenLexiconError, match="magic"):
        read_taxonomy({"0101": row})


def test_every_word_of_the_lexicon_has_at_least_two_characters() -> None:
    assert [word for word in shipped().weights if len(word) < 2] == []


# Told without the words that name the matter; none of these is among the made-up letters that are learned from.
OBLIQUE = [
    (
        "晾衣服滴水的事",
        "五楼的那户人家晾衣服从来不拧干，水全滴在我们家刚晒的被子上，为这事两家吵了好几次，希望有人帮着说和说和。",
    ),
    (
        "两家因为一棵核桃树闹矛盾",
        "我家院里的核桃树枝伸到东边那家屋顶上，他趁我不在家把树锯了一大半，要他赔他说挡了他家太阳能。",
    ),
    ("空调外机热风直吹我家窗户", "隔壁把空调外机装在离我家卧室窗不到一米的地方，夏天热风嗡嗡响，让他移位他要我出钱。"),
    ("老同学躲着不见我", "前年他周转不开，从我手里拿走两万，讲好三个月，如今电话不接，聊天记录都在，想请人当面说和。"),
    (
        "村里两户为了浇地抢水打了起来",
        "前天浇地我家先排的号，西头那家半夜把水口子扒到他家地里，我去说理他推了我一把，村里说不管。",
    ),
    ("租户拖着不搬", "我的小门头租给了一个卖早点的，合同到期他既不交钱也不搬走，我不想打官司，请调解。"),
]


@pytest.mark.parametrize(("title", "text"), OBLIQUE)
def test_a_quarrel_told_without_its_name_is_known_by_its_likeness_to_made_up_letters(title: str, text: str) -> None:
    judged = classify(title, text)

    assert judged.mechanism == "mediation"
    assert any(reason.what.startswith("与例信相近") for reason in judged.because)


@pytest.mark.parametrize(
    ("mechanism", "title", "text"),
    [
        (
            "relief",
            "妈妈走不动了",
            "妈妈躺在床上三年离不开人，家里就靠我打零工，药钱和孩子的书本费凑不出来，日子真过不下去了。",
        ),
        (
            "property",
            "管家从来不露面",
            "单元的灯坏了几个月没换，保安在值班室睡觉，问前台哪一天修，姑娘说不知道，钱一分不少收。",
        ),
        (
            "wage_recovery",
            "说好秋后给",
            "给果园剪了一个月的枝，带班的说老板没结账，现在人也找不到了，我们几个等着钱过冬。",
        ),
        ("enforcement", "窗户从来不敢开", "楼下卖卤味的抽风机正冲着我家，一天到晚一股油味，店主说他交了租就能做。"),
    ],
)
def test_other_matters_told_without_their_names_are_known_by_their_likeness_too(
    mechanism: str, title: str, text: str
) -> None:
    judged = classify(title, text)

    assert judged.mechanism == mechanism
    assert any(reason.what.startswith("与例信相近") for reason in judged.because)


def test_what_is_like_other_letters_is_said_in_chinese() -> None:
    judged = classify("说好秋后给", "给果园剪了一个月的枝，带班的说老板没结账，现在人也找不到了，我们几个等着钱过冬。")

    said = [reason.what for reason in judged.because if reason.what.startswith("与例信相近")]
    assert said[0].startswith("与例信相近（占 100%）：机制 务工薪酬追讨，把握")
    assert said[1].startswith("与例信相近（占 100%）：类别 ")
    assert not any(name in what for what in said for name in ("wage_recovery", "mechanism"))


def test_the_words_for_a_mechanism_are_those_that_made_it_so_and_not_those_that_tell_the_kind() -> None:
    judged = classify("投诉", "给果园剪了一个月的枝，带班的说老板没结账，现在人也找不到了，我们几个等着钱过冬。")

    [found] = [finding for finding in judged.findings if finding.of == "mechanism"]
    assert found.value == "wage_recovery"
    assert found.words
    assert "投诉" not in found.words


def test_of_a_long_letter_the_made_up_ones_read_the_whole() -> None:
    before = "去年冬天以来跑了好多回，人人都讲会办，一天拖一天，到现在也没有下文。" * 5
    judged = classify(
        "求助", before + "给果园剪了一个月的枝，带班的说老板没结账，现在人也找不到了，我们几个等着钱过冬。"
    )

    assert any(reason.what.startswith("与例信相近") for reason in judged.because)
    assert judged.mechanism == "wage_recovery"


def test_praise_is_the_hotlines_however_like_a_quarrel_its_story_is() -> None:
    judged = classify("感谢楼下的小李", "半夜我妈摔倒，他背着下了六层楼，又垫了押金，一分不肯要，特此感谢。")

    assert (judged.mechanism, judged.category) == ("hotline", "0316")


def test_likeness_speaks_for_no_mechanism_that_the_words_speak_against() -> None:
    judged = classify("请提高乡村教师工资待遇", "教师工资标准多年没涨，希望调整工资待遇。")

    assert judged.shares["wage_recovery"] < 0.05
    assert sum(judged.shares.values()) == pytest.approx(1)


def test_every_made_up_letter_stands_under_a_category_of_its_mechanism() -> None:
    table = tomllib.loads(Path(str(judging.__file__)).parents[1].joinpath("data", "letters.toml").read_text("utf-8"))

    assert {code: mechanism for mechanism, rows in table.items() for code in rows}.items() <= {
        code: row.mechanism for code, row in shipped().taxonomy.items()
    }.items()


def test_where_the_words_leave_no_doubt_the_made_up_letters_are_not_asked() -> None:
    judged = classify(
        "楼上漏水泡了我家天花板", "楼上住户卫生间漏水，我家厨房顶一直在滴水，邻居不肯修，请帮忙协调赔偿。"
    )

    assert judged.mechanism == "mediation"
    assert not any(reason.what.startswith("与例信相近") for reason in judged.because)


def test_the_made_up_letters_weigh_less_the_more_the_words_say() -> None:
    some_words = classify("路灯不亮", "从厂门口到桥头那一段一盏都没有，下了夜班心里发慌，摔过好几个人。")
    no_word = classify("晚上摸黑", "从厂门口到桥头那一段一盏都没有，下了夜班心里发慌，摔过好几个人。")

    weights = [
        next(int(found[1]) for reason in judged.because if (found := re.match(r"与例信相近（占 (\d+)%）", reason.what)))
        for judged in (some_words, no_word)
    ]

    assert 20 < weights[0] < weights[1] == 100


def test_what_a_combination_decides_is_not_asked_of_the_made_up_letters() -> None:
    judged = classify("某户人家垒断我们的路", "说占了他家的田，用石头垒断，不准走，车进不来。")

    assert any(reason.what.startswith("第二步") for reason in judged.because)
    assert not any(reason.what.startswith("与例信相近") for reason in judged.because)


def test_beyond_a_bound_what_speaks_for_the_hotline_counts_in_part() -> None:
    lexicon = shipped()
    bound, part = lexicon.decision["hotline_from"], lexicon.decision["hotline_beyond"]

    assert lexicon.hotline(bound - 1) == bound - 1
    assert lexicon.hotline(bound + 10) == pytest.approx(bound + 10 * part)


def test_a_road_cut_off_by_one_household_is_a_quarrel_among_all_the_words_of_roads() -> None:
    judged = classify(
        "请政府管管我们村的路",
        "通组公路硬化修到半路，某户人家说占了他家的田，用石头垒断，不准走，车进不来，村委会调解多次。",
    )

    assert judged.mechanism == "mediation"


def test_a_few_characters_are_like_no_letter() -> None:
    assert classify("有问题", "请解决").mechanism == "hotline"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (
            "房子进不去，部门互相推",
            "买的二手房，邻居用铁门占过道，家具搬不进去，找了几个部门都推来推去，态度敷衍，监督电话也没用。",
        ),
        (
            "村里不作为",
            "去年我与隔壁之间的隔墙被加高到两米，挡了我家的光，找村里，村干部推诿，工作人员态度不好，请监督。",
        ),
    ],
)
def test_a_neighbours_wall_or_gate_counts_more_than_the_anger_at_offices(title: str, text: str) -> None:
    assert classify(title, text).mechanism == "mediation"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (
            "关于一座桥的来信",
            "书记好，我组修路要过邻村的田，愿拿好田换，邻村的人百般阻挠，乡里谈过三次，公路部门也来看过。",
        ),
        (
            "请镇上管管",
            "林业站的同志：山界不清，两个组各说各的，乡镇府、村委会、派出所都来过，政策宣传也做了，没有用。",
        ),
        ("某干部纵容家人", "我建房有审批，隔壁以挡光为由强行阻止施工，材料堆在公路边，村干部、城建、国土都不出面。"),
        ("出行难", "通往我家的必经之路被一户人家用石头堵死，车辆进不去，道路硬化也停了，村里说没有办法。"),
    ],
)
def test_who_stands_near_and_hinders_counts_more_than_the_roads_and_offices_named_beside(title: str, text: str) -> None:
    assert classify(title, text).mechanism == "mediation"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("市区地下通道流浪人员太多", "地下通道和路口常年睡着人，行人不敢走，道路养护也受影响。"),
        ("公交车上常有人乞讨", "坐公交车遇到乞讨的，司机不管，公交公司也不管。"),
        ("咨询去年雪灾的补贴", "大雪压塌了养殖棚，政府登记过，补贴标准是什么政策，村民都不清楚。"),
        ("村干部的作风", "支书腐败，为他人建档为五保户，真正的五保没有份，请纪委查处。"),
        ("咨询残疾军人优待政策", "乘坐公交和地铁、住院报销，有哪些规定？"),
        ("低保户医保报销的政策咨询", "门诊和住院的报销比例，要带什么材料，到哪个窗口办理？"),
    ],
)
def test_a_title_or_opening_that_names_relief_counts_more_than_the_service_named_beside(title: str, text: str) -> None:
    assert classify(title, text).mechanism == "relief"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("老厂棚户区改造何时动工", "几排旧房都成了危房，说要棚改，等了三年，问拆迁和安置怎么定。"),
        ("学院的奖助学金迟迟不发", "说好十月发，学校一拖再拖，辅导员说在走流程。"),
        ("社会抚养费怎么算", "再婚夫妻各有一个孩子，想再生一个，算不算超生。"),
        ("提取公积金手续特困难", "跑了三趟，材料换了又换，窗口说法不一。"),
        ("邻村都通了水泥路", "我们组的路一下雨就是泥，邻村早就硬化了，请求列入计划。"),
        ("请公安机关抓捕嫌疑人", "堂兄被黑恶势力打伤，凶手逍遥法外，公安局立案一年没有结果。"),
    ],
)
def test_a_neighbour_or_a_hardship_in_passing_makes_no_quarrel_and_no_relief(title: str, text: str) -> None:
    assert classify(title, text).mechanism == "hotline"


def test_what_a_combination_decides_is_not_left_to_likeness() -> None:
    found = classify("", "我们两个组共用一口塘，上组把闸门焊死了，下组的田没有水。")

    assert found.mechanism == "mediation"
    assert any(reason.what.startswith("第二步") for reason in found.because)
    assert not any(reason.what.startswith("与例信相近") for reason in found.because)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("停车场入口成了夜宵市场", "大学旁的停车场一到晚上就摆满桌子，划拳的声音很大，城管来过一次。"),
        ("小学门口一早就放广播", "幼儿园和小学之间那家店的喇叭声音太大，吵得病人睡不着。"),
        ("公园里抽陀螺的人太吵", "一鞭一鞭像放炮，附近的楼里都吵得睡不着。"),
    ],
)
def test_a_place_that_something_happens_at_does_not_make_it_the_places_own_matter(title: str, text: str) -> None:
    assert classify(title, text).mechanism == "enforcement"


def test_a_school_counts_in_part_where_something_is_beside_it_and_in_full_where_it_is_the_matter() -> None:
    weights = [
        next(reason.weight for reason in judged.because if reason.what.endswith("（0309）"))
        for judged in (classify("学校附近", "来看看吧。"), classify("学校的事", "来看看吧。"))
    ]

    assert 0 < weights[0] < weights[1]


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("工伤认定要等多久", "材料交到人社局两个月了，窗口一直说在排队，法律规定的期限是多少天？"),
        ("事业单位工伤人员的伤残津贴标准", "十几年没有调过，请人社厅出文件统一。"),
        ("家属区的危房何时改造", "单位的旧楼说要拆迁重建，量过面积就没有下文。"),
        ("透析的报销政策", "尿毒症门诊报销比例比邻县低，请医保局解释。"),
    ],
)
def test_what_an_insurance_or_a_rebuilding_decides_is_neither_wages_nor_relief(title: str, text: str) -> None:
    assert classify(title, text).mechanism == "hotline"


def test_an_employer_who_does_not_pay_for_an_injury_is_still_a_matter_of_wages() -> None:
    assert (
        classify("工地摔伤老板不赔", "在工地干活摔断了腿，包工头不给医药费，工伤赔偿也不认。").mechanism
        == "wage_recovery"
    )


def test_the_made_up_letters_weigh_more_in_a_short_text() -> None:
    lexicon = shipped()
    as_in_a_long_one = replace(lexicon, decision={**lexicon.decision, "likeness_short": 1})

    shares = [
        classify("求助", "给果园剪了一个月的枝，带班的讲卖了果子再算，如今寻不着他。", lexicon=each).shares[
            "wage_recovery"
        ]
        for each in (as_in_a_long_one, lexicon)
    ]

    assert shares[0] < shares[1]


@pytest.mark.parametrize(
    ("text", "mechanism"),
    [
        ("您好，我是青年公寓的租户。青年公寓三十三层只有五部电梯，天天坏，昨天又停了两部，物业也不修。", "property"),
        ("我们在高速公路大桥工地干活，保质保量地干完了，承诺完工就付，到今天六十人的工资一分没有。", "wage_recovery"),
    ],
)
def test_who_writes_a_letter_without_a_title_counts_less_than_what_he_writes(text: str, mechanism: str) -> None:
    assert classify("", text).mechanism == mechanism


def test_a_first_sentence_weighs_less_than_a_title_and_less_stands_for_the_hotline_beside_it() -> None:
    titled, untitled = (classify(title, text).because for title, text in (("路灯不亮", "。"), ("", "路灯不亮。")))

    assert [reason.what for reason in untitled] == [reason.what for reason in titled]
    assert untitled[0].weight < titled[0].weight
    assert untitled[1].weight < titled[1].weight


@pytest.mark.parametrize(
    ("title", "text", "mechanism"),
    [
        (
            "幼儿园保育员的押金",
            (
                "我在一家私立幼儿园做保育员，进去时收了两千块说是稳定金，做满两年退，每学期期末还要扣一个月的，下学期来了才发。"
                "六月我身体不好辞了，园长说中途走的都不退，总共五千六。幼儿园孩子两百多，不缺我这点，求给她打个电话，退回来吧。"
            ),
            "wage_recovery",
        ),
        (
            "孩子考上了大学，学费凑不齐",
            (
                "大女儿今年考上省城的大学，全村就她一个，本来是喜事，我和她妈愁得整宿睡不着。学费住宿加起来要八千多，家里存款三千不到，"
                "她妈做过手术干不了重活，我在工地打零工有一天没一天的，小的还在上初中。亲戚借遍了，请问领导有没有什么办法能帮一把。"
            ),
            "relief",
        ),
    ],
)
def test_need_told_without_its_words_is_not_left_to_the_hotline(title: str, text: str, mechanism: str) -> None:
    lexicon = shipped()
    deaf = {name: value for name, value in lexicon.decision.items() if not name.startswith("likeness_sure_of_")}

    judged = classify(title, text)

    assert classify(title, text, lexicon=replace(lexicon, decision=deaf)).mechanism == "hotline"
    assert judged.mechanism == mechanism
    assert any("例信" in reason.what for reason in judged.because)


def calls() -> list[tuple[str, str]]:
    """Give calls that taught nothing: the number to be called, `care` or `none`, and what was said. All are made up."""
    rows = Path(__file__).with_name("calls.tsv").read_text("utf-8").splitlines()
    return [(label, text) for label, text in (row.split("\t") for row in rows)]


@pytest.mark.parametrize(
    ("few", "least_heard", "least_named", "most_false"), [(False, 0.94, 0.87, 0.05), (True, 0.88, 0.8, 0.1)]
)
def test_emergencies_are_heard_in_calls_that_taught_nothing_and_what_only_sounds_like_one_is_not(
    *, few: bool, least_heard: float, least_named: float, most_false: float
) -> None:
    shortest = shipped().urgency["alarm"]["few"]
    found = [(label, classify("", text)) for label, text in calls() if (len(text) < shortest) is few]
    dangers = [(label, each) for label, each in found if label != "none"]
    others = [each for label, each in found if label == "none"]
    numbered = [(label, each) for label, each in dangers if label != "care"]

    heard = sum(each.urgency == "I" and each.warn_at_once for _, each in dangers) / len(dangers)
    named = sum(each.relay == label for label, each in numbered) / len(numbered)
    false = sum(each.urgency == "I" for each in others) / len(others)

    assert {label for label, _ in found} == {"110", "119", "120", "122", "care", "none"}
    assert heard >= least_heard
    assert named >= least_named
    assert false <= most_false


@pytest.mark.parametrize("text", ["救命", "救命着火了", "我家着火了怎么办"])
def test_a_short_cry_is_level_one(text: str) -> None:
    assert classify("", text).urgency == "I"


@pytest.mark.parametrize("words", [rule["words"] for rule in shipped().urgency["danger"]])
def test_a_word_of_danger_by_itself_is_level_one(words: str) -> None:
    calm = [word for word in words.split() if classify("", word).urgency != "I"]

    assert calm == []


@pytest.mark.parametrize("text", ["煤气泄漏怎么办", "燃气泄漏怎么办", "电梯困人怎么处理", "着火了应该怎么办"])
def test_a_question_of_knowledge_is_no_emergency(text: str) -> None:
    found = classify("", text)

    assert (found.urgency == "I", found.relay) == (False, None)


@pytest.mark.parametrize(
    ("text", "relay", "severity"),
    [
        ("我儿子说活着没意思，现在一个人站在楼顶上", "110", "serious"),
        ("孩子爸爸喝酒打我和孩子，我带着孩子不敢回家", "110", "serious"),
        ("之前反映过没人管，现在楼道里烧起来了，下不去", "119", "serious"),
    ],
)
def test_danger_told_without_its_words_is_relayed_and_says_why(text: str, relay: str, severity: str) -> None:
    found = classify("", text)

    assert (found.urgency, found.relay, found.severity, found.warn_at_once) == ("I", relay, severity, True)
    assert any("听来是正在发生的险情" in reason.what and reason.words for reason in found.because)


@pytest.mark.parametrize(
    "text",
    [
        "请问心理热线、自杀干预热线的号码是多少，给学校做宣传用",
        "小区业主群里吵得跟打起来一样，建议社区出面管一管群",
        "孩子跳楼梯摔过一跤，建议在台阶上铺防滑条",
    ],
)
def test_a_word_of_danger_in_passing_wakes_nobody(text: str) -> None:
    found = classify("", text)

    assert (found.relay, found.urgency == "I") == (None, False)


@pytest.mark.parametrize(
    "text", ["请街道派人来了解一下具体情况。", "情况说不清楚，请安排人联系。", "有点情况想当面向街道反映。"]
)
def test_what_says_nothing_is_left_to_a_person(text: str) -> None:
    assert classify("", f"{text}(第 847120 号)").confidence < 0.5


def test_each_flag_that_a_page_shows_has_words() -> None:
    """What is put on a line for the desk and the leaders to see (提示)."""
    lexicon, terms = shipped(), Terms(Path(judging.__path__[0]).parent / "terms.toml")
    flags = [f"sensitive:{group}" for group in {*lexicon.sensitive_of.values()}]
    flags += [f"not_accepted:{rule['route']}" for rule in lexicon.routes["not_accepted"]]
    flags += [f"relay:{number}" for number in ("110", "119", "120", "122")]

    for flag in flags:
        terms.value(flag, "zh")
    assert terms.missing() == []


@pytest.mark.parametrize(
    "text",
    [
        "隔壁独居张奶奶三天没开门了，敲门没人应",
        "对门独居李大爷两天没出门了",
        "隔壁独居赵奶奶好几天没见人了",
        "邻居家老太太摔倒在屋里起不来，家里没有别人",
        "隔壁老太太昏迷不醒，快来人",
        "楼上老奶奶倒在家里叫不醒",
        "隔壁小孩哭了一天没人管，家里没大人",
    ],
)
def test_who_needs_help_is_no_quarrel_because_a_neighbour_reports_it(text: str) -> None:
    found = classify("", text)

    assert (found.mechanism, found.category, found.urgency) == ("relief", "0509", "I")


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("楼上邻居每晚跑跳，敲门没人应", "0101"),
        ("对门独居老人养狗，半夜狗叫扰民", "0104"),
        ("楼上独居老大爷半夜放电视声音大，敲门没人应", "0101"),
        ("楼上漏水，敲门没人应", "0102"),
        ("隔壁租户半夜打麻将，吵得我妈晕倒了", "0101"),
    ],
)
def test_a_neighbour_who_disturbs_is_one_also_where_an_old_man_or_a_closed_door_is_named(
    text: str, category: str
) -> None:
    assert classify("", text).category == category


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("厨房着火了，楼道全是烟", "9901"),
        ("隔壁厨房着火了，消防车进不来", "9901"),
        ("我家厨房起火了", "9901"),
        ("消防通道被车堵死，万一着火怎么办", "0208"),
    ],
)
def test_a_fire_that_burns_is_an_emergency_wherever_it_is(text: str, category: str) -> None:
    assert classify("", text).category == category
