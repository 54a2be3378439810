"""A second opinion learned from letters written for this test, and what the command does with it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from array import array
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from chassis.pages import tree
from chassis.terms import Terms
from chassis.testing import Room
from services.routing.classify_command import classify as command
from services.routing.judging import learned
from services.routing.judging.learned import (
    HALF_AFTER,
    MOST_WEIGHT,
    Head,
    Model,
    ModelError,
    Opinion,
    Seen,
    pairs_of,
    sketch,
    train_head,
)
from services.routing.judging.lexicon import MECHANISMS, SEVERITIES, URGENCIES
from services.routing.judging.result import Triage
from services.routing.judging.triage import classify
from services.routing.models import Correction
from services.routing.rules import LEAST_CONFIDENCE
from tests.services.routing.conftest import UNCLEAR

PLACES = ["东门", "西门", "南门", "北门", "河边", "桥头", "车站", "广场", "市场", "公园"]
#: Three sorts of letters, each with its own words.
SORTS = {
    "交通运输": "{}公交车班次太少，等车时间很长，请增加班次",
    "教育文体": "{}小学招生名额太少，孩子读书困难，请增加学位",
    "环境保护": "{}河水发臭，工厂夜里偷排污水，请检查处理",
}
LETTERS = [(shape.format(place), label) for label, shape in SORTS.items() for place in PLACES]


def lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    return path


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments], prog_name="jiesu classify")


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Train on the letters by the command."""
    file = lines(tmp_path / "train.jsonl", [{"title": text, "category_l1": label} for text, label in distinct()])
    result = run("train", file, "--out", tmp_path / "model.json")
    assert result.exit_code == 0, result.output
    return tmp_path / "model.json"


def distinct() -> list[tuple[str, str]]:
    """Give letters that share nothing but their telling words; the rest of each is characters without a meaning."""
    words = {"交通运输": "公交车班次", "教育文体": "小学招生学位", "环境保护": "工厂排污水臭"}
    return [
        (words[label] + "".join(chr(0x4E00 + (number * 997 + at * at * 131) % 9000) for at in range(40)), label)
        for place, label in enumerate(words)
        for number in range(place * 10, place * 10 + 10)
    ]


# -- learning ------------------------------------------------------------------------------------------------------


def test_what_was_learned_tells_letters_apart_that_it_never_saw() -> None:
    head = train_head(LETTERS)

    assert head.judge("高铁站旁的公交车班次能不能加密").label == "交通运输"
    assert head.judge("新城小学招生名额够不够").label == "教育文体"


def test_an_opinion_names_the_words_behind_it() -> None:
    opinion = train_head(LETTERS).judge("新城的公交车太少")

    assert any("公交" in word for word in opinion.words)
    assert sum(opinion.shares.values()) == pytest.approx(1)


def test_an_opinion_among_few_answers_weighs_what_it_said_of_them() -> None:
    opinion = Opinion({"水": 0.5, "烟": 0.3, "灯": 0.2}, weight=0.4, words=())

    among = opinion.among(("烟", "灯"))

    assert among.shares == pytest.approx({"烟": 0.6, "灯": 0.4})
    assert among.weight == pytest.approx(0.2)
    assert among.blended({"烟": 1.0}) == pytest.approx({"烟": 0.92, "灯": 0.08})
    assert opinion.among(("井",)).blended({"井": 1.0}) == {"井": 1.0}


def test_the_same_letters_in_any_order_make_the_same_model() -> None:
    assert train_head(LETTERS) == train_head(LETTERS[::-1])


def test_the_second_opinion_weighs_more_the_more_letters_it_has_seen() -> None:
    few = train_head(LETTERS)

    assert few.weight == pytest.approx(MOST_WEIGHT * len(LETTERS) / (len(LETTERS) + HALF_AFTER))
    assert few.weight < 0.05


def test_of_short_letters_a_single_character_is_known_again_beside_other_ones() -> None:
    letters = [
        ("漏了半夜", "水"),
        ("又漏一地", "水"),
        ("天天漏着", "水"),
        ("烟冲窗子", "烟"),
        ("满屋烟味", "烟"),
        ("烟熏被子", "烟"),
    ]
    pairs, single = train_head(letters, least=1), train_head(letters, least=1, short=True)

    assert pairs.judge("房顶漏雨").shares["水"] == pytest.approx(0.5)
    assert single.judge("房顶漏雨").shares["水"] > 0.6
    assert single.judge("烟囱太低").label == "烟"


def test_of_short_letters_a_pair_of_one_label_alone_speaks_for_it_before_anything_is_learned() -> None:
    letters = [([("漏水", 1.0)], 0), ([("漏水", 1.0)], 0), ([("烟味", 1.0)], 1), ([("烟味", 1.0)], 1)]

    begun = learned._begun(letters, {"漏水": 1.0, "烟味": 1.0}, 2)

    assert begun["漏水"][0] > 0 > begun["漏水"][1]
    assert begun["烟味"][1] == pytest.approx(begun["漏水"][0])


def test_of_short_letters_what_stands_first_counts_no_more_than_the_rest() -> None:
    assert pairs_of("路灯") == {"路灯": 5}
    assert pairs_of("路灯", short=True) == {"路灯": 1, "路": 1, "灯": 1}


def test_one_label_alone_teaches_nothing() -> None:
    with pytest.raises(ModelError, match="two labels"):
        train_head([letter for letter in LETTERS if letter[1] == "交通运输"])


def test_a_model_is_kept_as_readable_data_and_comes_back_the_same(tmp_path: Path) -> None:
    model = Model({"official": train_head(LETTERS)}, (learned.spelled(sketch(LETTERS[0][0])),))

    model.save(tmp_path / "model.json")

    assert Model.load(tmp_path / "model.json") == model
    assert LETTERS[0][0] not in (tmp_path / "model.json").read_text("utf-8")


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", '{"format": "other"}', '{"format": "jiesu-learned-1", "heads": 3}']
)
def test_a_file_that_is_no_model_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "model.json").write_text(content, "utf-8")

    with pytest.raises(ModelError):
        Model.load(tmp_path / "model.json")


# -- letters known again -------------------------------------------------------------------------------------------

LETTER = "我家楼下的烧烤店每天营业到凌晨两点，油烟直接往窗户里飘，孩子咳嗽了一个月，向城管反映了三次也没有人来处理。"


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (LETTER, True),
        (LETTER.replace("，", " "), True),
        (LETTER.replace("的", "").replace("了", "").replace("也", ""), True),
        ("请问人才购房补贴什么时候发放，需要准备哪些材料，在哪个窗口办理？", False),
        ("楼下饭店油烟", False),
    ],
)
def test_a_letter_is_known_again_in_nearly_the_same_words_only(text: str, known: bool) -> None:  # noqa: FBT001 - a table
    seen = Seen([sketch(LETTER), sketch("完全不同的另一封信，说的是公交线路的事情")])

    assert seen.has(sketch(text)) is known


# -- beside the lexicon --------------------------------------------------------------------------------------------


def mechanisms(count: int) -> Model:
    """Make a model that has learned, from many letters, that 幸福里 is the property company's matter."""
    letters = [(f"幸福里的事情{place}{at}号请处理", "property") for place in PLACES for at in range(count // 10)]
    letters += [(f"{place}河边路灯公交{at}线请增加", "hotline") for place in PLACES for at in range(count // 10)]
    return Model({"mechanism": train_head(letters)})


def test_with_many_letters_behind_it_the_second_opinion_turns_a_weak_judgement_and_says_so() -> None:
    alone = classify("幸福里的事情", "请处理")
    helped = classify("幸福里的事情", "请处理", model=mechanisms(2000))

    assert (alone.mechanism, helped.mechanism) == ("hotline", "property")
    assert sum(helped.shares.values()) == pytest.approx(1)
    [said] = [reason for reason in helped.because if reason.what.startswith("学得的意见")]
    assert "物业服务解决" in said.what
    assert any("幸福" in word for word in said.words)


def test_with_few_letters_behind_it_the_lexicon_stands() -> None:
    assert classify("幸福里的事情", "请处理", model=mechanisms(20)).mechanism == "hotline"


def test_no_second_opinion_plays_down_a_danger() -> None:
    letters = [(f"煤气泄漏{place}{at}", "IV") for place in PLACES for at in range(200)]
    letters += [(f"路灯{place}{at}", "III") for place in PLACES for at in range(200)]
    letters += [(f"独居老人四天没出门了敲门没人应{place}{at}", "IV") for place in PLACES for at in range(200)]
    model = Model({"urgency": train_head(letters)})

    for text in ("现在厨房煤气泄漏，快来人！", "独居老人四天没出门了，敲门没人应"):
        alone, found = (classify("", text, model=one) for one in (None, model))
        assert found.urgency == "I"
        # Nor how sure it is: what is less than half sure waits for the desk.
        assert sure_of_haste(found) == sure_of_haste(alone) >= LEAST_CONFIDENCE


def sure_of_haste(found: Triage) -> float:
    return next(one.confidence for one in found.findings if one.of == "urgency")


def test_a_model_in_the_data_folder_is_used_and_read_anew_when_it_changes(
    tmp_path: Path,
) -> None:
    environment = {"JIESU_DATA": str(tmp_path)}
    assert learned.installed(environment) is None

    mechanisms(2000).save(tmp_path / learned.FILE_NAME)
    first = learned.installed(environment)
    (tmp_path / learned.FILE_NAME).write_text("broken", "utf-8")
    broken = learned.installed(environment)

    assert first is not None
    assert set(first.heads) == {"mechanism"}
    assert broken is not None
    found = classify("路灯不亮", "", model=broken)
    assert found.mechanism == "hotline"
    assert any("模型不可用" in reason.what for reason in found.because)


def test_five_hundred_letters_a_second_are_judged_with_a_second_opinion_on_each_question() -> None:
    head = train_head([(text * 6, label) for text, label in LETTERS * 3])
    model = Model(dict.fromkeys(("mechanism", "official"), head))
    text = LETTERS[0][0] * 16
    classify("", text, model=model)
    begun = time.process_time()

    for _ in range(300):
        classify("公交车班次", text, model=model)

    assert 300 / (time.process_time() - begun) > 500


def test_a_large_model_takes_less_memory_than_is_allowed(tmp_path: Path) -> None:
    pairs = [chr(0x4E00 + number // 250) + chr(0x4E00 + number % 250) for number in range(15_000)]
    questions = {"mechanism": 6, "category": 40, "urgency": 5, "severity": 4, "official": 7}
    answers = {"mechanism": MECHANISMS, "urgency": URGENCIES, "severity": SEVERITIES}
    heads = {
        question: Head(
            tuple(answers.get(question, [f"{number:04}" for number in range(count)])),
            6000,
            {pair: array("i", range(700, 701 + count)) for pair in pairs},
        )
        for question, count in questions.items()
    }
    Model(heads, ("0" * 192,) * 6000).save(tmp_path / learned.FILE_NAME)
    script = (
        "from services.routing.classify_command import classify, peak_memory\n"
        "classify(['--json', '公交车班次太少'], standalone_mode=False)\n"
        "print(peak_memory())\n"
    )

    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, "JIESU_DATA": str(tmp_path)},
    )

    said, megabytes = run.stdout.splitlines()
    assert "official" in said
    assert float(megabytes) < 150


# -- the command ---------------------------------------------------------------------------------------------------


def test_the_official_categories_are_measured_on_letters_that_were_not_learned(tmp_path: Path, model: Path) -> None:
    rows = [{"title": text, "silver_l1": label} for text, label in distinct()[:4]]
    rows += [
        {"title": "新城公交车末班车太早了，晚归的工人只能走路回去", "silver_l1": "交通运输"},
        {"title": "我想问问双语小学明年的招生计划，外地户口可不可以报名", "silver_l1": "教育文体"},
        {"title": "没有标注", "silver_l1": ""},
    ]

    result = run("evaluate", lines(tmp_path / "test.jsonl", rows), "--model", model, "--json")

    found = json.loads(result.stdout)
    assert (found["question"], found["rows"], found["dropped_as_seen"], found["unlabelled"]) == ("official", 2, 4, 1)
    assert found["accuracy_strict"] == 1.0
    assert found["confusion"]["交通运输"]["交通运输"] == 1


def test_the_official_categories_cannot_be_measured_without_a_model(tmp_path: Path) -> None:
    result = run("evaluate", lines(tmp_path / "test.jsonl", [{"title": "公交", "category_l1": "交通运输"}]))

    assert result.exit_code != 0
    assert "classify train" in result.stderr


def test_a_trained_model_is_used_where_it_is_named(model: Path) -> None:
    found = json.loads(run("--model", model, "--json", "新城公交车班次太少").stdout)

    assert found["official"] == "交通运输"
    assert any("学得的意见" in reason["what"] for reason in found["because"])


def test_training_says_what_it_learned_and_what_it_left_out(tmp_path: Path) -> None:
    rows = [{"title": text, "category_l1": label} for text, label in distinct()]
    rows += [rows[0], {"title": "没有标注"}, {"title": "", "category_l1": "交通运输"}]
    rows += [{"tokens": "小区 电梯 故障 物业 不管", "category_l1": "城乡建设"}]

    result = run("train", lines(tmp_path / "a.jsonl", rows), "--out", tmp_path / "m.json", "--json")

    found = json.loads(result.stdout)
    assert found["questions"]["official"]["duplicates"] == 1
    assert found["questions"]["official"]["labels"] == sorted(SORTS)
    assert found["refused"] == 2


def test_training_without_labels_or_files_is_refused(tmp_path: Path) -> None:
    unlabelled = lines(tmp_path / "a.jsonl", [{"title": "路灯不亮"}])

    assert run("train", "--out", tmp_path / "m.json").exit_code != 0
    assert run("train", unlabelled, "--out", tmp_path / "m.json").exit_code != 0
    assert not (tmp_path / "m.json").exists()


def test_a_model_that_cannot_be_written_is_said_so(tmp_path: Path) -> None:
    file = lines(tmp_path / "a.jsonl", [{"title": text, "category_l1": label} for text, label in distinct()])

    result = run("train", file, "--out", tmp_path / "no" / "such" / "m.json")

    assert result.exit_code == 1
    assert "cannot be written" in result.output


# -- corrections ---------------------------------------------------------------------------------------------------


def test_what_the_desk_corrects_is_kept_once_with_the_masked_text_and_learned_from(
    room: Room, say: Any, walk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    say("intake.appeal_registered.v1", **{**UNCLEAR, "text": "请问,我的电话13812345678"})
    walk("corrected", corrected={"mechanism": "relief", "category": "0501", "urgency": "III", "severity": "serious"})

    room.run("keep_corrections")
    room.run("keep_corrections")

    file = lines(
        tmp_path / "more.jsonl",
        [{"title": text, "mechanism": "relief" if label == "交通运输" else "hotline"} for text, label in distinct()],
    )
    result = run("train", file, "--corrections", "--out", tmp_path / "m.json", "--json")
    found = json.loads(result.stdout)
    assert found["corrections"] == 1
    assert found["questions"]["mechanism"]["letters"] == len(distinct()) + 1
    case = room.case("A1")
    assert case.details["judged"]["mechanism"] == "hotline"
    assert case.details["db44"] == "090108 困难群体救助"
    with room.database.read() as session:
        [kept] = session.scalars(select(Correction))
    assert (kept.mechanism, kept.text) == ("relief", "请问,我的电话138****5678")


def test_what_is_regraded_is_kept_to_learn_its_urgency_and_severity_from(
    room: Room, say: Any, walk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    say("intake.appeal_registered.v1")
    was = room.case("A1").details
    walk("regraded", regraded={"urgency": "II", "severity": "serious", "reason": "老人行动不便"})

    room.run("keep_corrections")

    with room.database.read() as session:
        [kept] = session.scalars(select(Correction))
    assert (kept.mechanism, kept.category, kept.urgency, kept.severity) == ("", "", "II", "serious")
    assert kept.judged["urgency"] == was["urgency"]
    texts = [text for text, _ in distinct()]
    labelled = [{"title": text, "urgency": "III" if number % 2 else "II"} for number, text in enumerate(texts)]
    file = lines(tmp_path / "more.jsonl", labelled)
    result = run("train", file, "--corrections", "--out", tmp_path / "m.json", "--json")
    assert json.loads(result.stdout)["questions"]["urgency"]["letters"] == len(texts) + 1


def test_what_the_desk_has_said_before_it_is_regraded_is_learned_with_it(room: Room, say: Any, walk: Any) -> None:
    say("intake.appeal_registered.v1", **UNCLEAR)
    walk("sent_first", sent_first={"mechanism": "relief", "category": "0501", "urgency": "II", "severity": "serious"})
    room.run("keep_corrections")
    room.now += timedelta(minutes=1)
    walk("regraded", regraded={"urgency": "III", "severity": "moderate", "reason": "已有亲属照料"})

    room.run("keep_corrections")

    with room.database.read() as session:
        first, last = session.scalars(select(Correction).order_by(Correction.at))
    assert (first.mechanism, first.urgency) == (last.mechanism, "II") == ("relief", "II")
    assert (last.urgency, last.severity, last.judged["mechanism"]) == ("III", "moderate", "hotline")


def test_corrections_without_a_database_are_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))

    result = run("train", "--corrections", "--out", tmp_path / "m.json")

    assert result.exit_code != 0
    assert "jiesu migrate routing" in result.output


def test_the_case_page_shows_why_as_a_table(room: Room, say: Any) -> None:
    say("intake.appeal_registered.v1")

    details = room.case("A1").details
    assert details["db44"] == "040201 噪声污染"
    for name in ("grounds", "findings"):
        assert tree(details[name], Terms(), "zh")["kind"] == "table"
