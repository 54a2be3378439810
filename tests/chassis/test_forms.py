"""Tests of forms: shown, posted, explained, and made up."""

from __future__ import annotations

import enum
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from werkzeug.datastructures import FileStorage, MultiDict

import chassis
from chassis.forms import (
    FormField,
    NoExampleError,
    by_pointer,
    example,
    explain_errors,
    for_input,
    form_fields,
    parse_form,
)
from chassis.schemas import FactSchema, FormSchema
from chassis.terms import Terms
from chassis.workflow import Refusal

TERMS = Terms(Path(chassis.__file__).parent / "terms.toml")


class Trade(enum.Enum):
    CARPENTER = "carpenter"
    MASON = "mason"


class Address(FormSchema):
    street = fields.String(required=True)
    number = fields.Integer()


class Worker(FormSchema):
    name = fields.String(required=True, validate=validate.Length(1, 40))
    owed = fields.Decimal(required=True, places=2, validate=validate.Range(min=0))
    signed = fields.Boolean()


class Everything(FormSchema):
    title = fields.String(required=True, validate=validate.Length(2, 80))
    story = fields.String(validate=validate.Length(max=2000))
    remark = fields.String(metadata={"kind": "textarea", "label": "Send", "help": "Yes", "unit": "No"})
    count = fields.Integer(validate=validate.Range(1, 36))
    ratio = fields.Float()
    owed = fields.Decimal(places=2)
    day = fields.Date()
    moment = fields.AwareDateTime()
    hour = fields.Time()
    way = fields.String(validate=validate.OneOf(["phone", "visit"]))
    outcome = fields.String(required=True, validate=validate.OneOf(["solved", "partly"]))
    trade = fields.Enum(Trade, by_value=True)
    ways = fields.List(fields.String(validate=validate.OneOf(["phone", "visit", "letter"])))
    notes = fields.List(fields.String())
    agreed = fields.Boolean(required=True)
    told = fields.Boolean(required=True, validate=validate.Equal(comparable=True))
    extra = fields.Boolean()
    mail = fields.Email()
    link = fields.Url()
    more = fields.Dict()
    photo = fields.Raw(metadata={"kind": "file"})
    code = fields.String(validate=validate.Regexp(r"^[A-Z]{3}\d{2}$"))
    address = fields.Nested(Address)
    workers = fields.List(fields.Nested(Worker), required=True, validate=validate.Length(min=1))
    team = fields.Nested(Worker, many=True)
    made = fields.String(dump_only=True)


def shown(name: str, lang: str = "zh") -> FormField:
    [found] = [one for one in form_fields(Everything, TERMS, lang) if one.name == name]
    return found


# -- what a page shows --------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("title", "text"),
        ("story", "textarea"),
        ("remark", "textarea"),
        ("count", "number"),
        ("ratio", "number"),
        ("owed", "money"),
        ("day", "date"),
        ("moment", "datetime"),
        ("hour", "time"),
        ("way", "select"),
        ("outcome", "radios"),
        ("trade", "select"),
        ("ways", "multiselect"),
        ("notes", "lines"),
        ("agreed", "yes_no"),
        ("told", "checkbox"),
        ("extra", "checkbox"),
        ("mail", "email"),
        ("link", "url"),
        ("more", "json"),
        ("photo", "file"),
        ("address", "group"),
        ("workers", "rows"),
        ("team", "rows"),
    ],
)
def test_a_field_is_asked_for_as_its_type_says(name: str, kind: str) -> None:
    assert shown(name).kind == kind


def test_fields_that_are_only_told_are_not_asked_for() -> None:
    assert "made" not in {one.name for one in form_fields(Everything, TERMS, "zh")}


def test_labels_help_and_units_are_in_the_language_of_the_page() -> None:
    assert (shown("remark").label, shown("remark").help, shown("remark").unit) == ("提交", "是", "否")
    assert shown("remark", "en").label == "Send"
    assert shown("outcome").choices == (("solved", "已解决"), ("partly", "部分解决"))
    assert shown("outcome", "en").choices[0] == ("solved", "Solved")
    assert shown("owed").unit == "元"
    assert shown("owed", "en").unit == "yuan"


def test_limits_are_told_to_the_browser() -> None:
    assert (shown("count").minimum, shown("count").maximum, shown("count").step) == ("1", "36", "1")
    assert (shown("title").shortest, shown("title").longest, shown("title").required) == (2, 80, True)
    assert shown("owed").step == "0.01"
    assert shown("code").pattern == r"[A-Z]{3}\d{2}"
    assert shown("workers").shortest == 1


def test_rows_have_the_fields_of_their_own_schema() -> None:
    assert [one.name for one in shown("workers").fields] == ["name", "owed", "signed"]
    assert [one.name for one in shown("address").fields] == ["street", "number"]


def test_a_schema_that_holds_itself_ends_somewhere() -> None:
    class Node(FormSchema):
        name = fields.String()
        below = fields.List(fields.Nested(lambda: Node(only=None)))

    [_, below] = form_fields(Node, TERMS, "zh")

    assert below.kind == "rows"


# -- what a page posts --------------------------------------------------------


def parsed(schema: type[Schema], *pairs: tuple[str, str]) -> dict[str, Any]:
    return parse_form(schema, MultiDict(list(pairs)))


def test_a_posted_form_becomes_what_the_schema_loads() -> None:
    entered = parsed(
        Everything,
        ("title", " 欠薪 "),
        ("story", "一\r\n二"),
        ("count", "３"),
        ("ratio", "0.5"),
        ("owed", "¥12,600.00"),
        ("day", "2026-03-02"),
        ("moment", "2026-03-02T09:30"),
        ("hour", "09:30"),
        ("outcome", "solved"),
        ("trade", "mason"),
        ("ways", "phone"),
        ("ways", "letter"),
        ("notes", "一\n\n二"),
        ("agreed", "false"),
        ("told", "true"),
        ("more", '{"a": 1}'),
        ("address-street", "渤海七路"),
        ("address-number", ""),
        ("workers-0-name", "工人甲"),
        ("workers-0-owed", "9800"),
        ("workers-0-signed", "true"),
    )

    loaded = Everything().load(entered)

    assert loaded["title"] == "欠薪"
    assert loaded["story"] == "一\n二"
    assert loaded["count"] == 3
    assert loaded["owed"] == Decimal("12600.00")
    assert loaded["moment"] == datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    assert loaded["trade"] is Trade.MASON
    assert loaded["ways"] == ["phone", "letter"]
    assert loaded["notes"] == ["一", "二"]
    assert loaded["agreed"] is False
    assert loaded["told"] is True
    assert loaded["more"] == {"a": 1}
    assert loaded["address"] == {"street": "渤海七路"}
    assert loaded["workers"] == [{"name": "工人甲", "owed": Decimal("9800.00"), "signed": True}]


def test_rows_keep_their_order_and_blank_ones_are_left_out() -> None:
    entered = parsed(
        Everything,
        ("workers-10-name", "丙"),
        ("workers-2-name", "乙"),
        ("workers-0-name", "  "),
        ("workers-0-owed", ""),
        ("workers-x-name", "丁"),
    )

    assert [row["name"] for row in entered["workers"]] == ["乙", "丙"]


def test_a_required_list_without_rows_is_posted_empty_and_refused() -> None:
    entered = parsed(Everything, ("workers-0-name", ""))

    assert entered["workers"] == []
    assert {
        "pointer": "/workers",
        "zh": "至少 1 项（空行不计）。",
        "en": "At least 1 entry, not counting blank ones, please.",
    } in explain_errors(Everything, Everything().validate(entered))


def test_what_is_left_blank_is_left_out_and_a_box_that_is_not_ticked_is_no() -> None:
    entered = parsed(Everything, ("title", ""), ("address-street", " "))

    assert entered == {"workers": [], "told": False, "extra": False}


def test_what_cannot_be_read_stays_as_it_was_typed() -> None:
    entered = parsed(Everything, ("count", "三个"), ("moment", "昨天"), ("more", "{"), ("agreed", "maybe"))

    assert (entered["count"], entered["moment"], entered["more"], entered["agreed"]) == ("三个", "昨天", "{", "maybe")


def test_fields_that_the_schema_does_not_have_are_ignored() -> None:
    assert "_csrf_token" not in parsed(Everything, ("_csrf_token", "x"), ("made", "x"))
    assert "made" not in parsed(Everything, ("made", "x"))


def test_files_come_as_they_were_sent() -> None:
    photo = FileStorage(filename="a.jpg")

    with_one = parse_form(Everything, MultiDict(), MultiDict([("photo", photo)]))
    without = parse_form(Everything, MultiDict(), MultiDict([("photo", FileStorage(filename=""))]))

    assert with_one["photo"] is photo
    assert "photo" not in without


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [
                    *Everything().fields,
                    "workers-0-name",
                    "workers-99-owed",
                    "team-1-signed",
                    "address-number",
                    "workers--1-x",
                ]
            ),
            st.text(max_size=30),
        ),
        max_size=12,
    )
)
def test_no_posted_form_breaks_the_door(pairs: list[tuple[str, str]]) -> None:
    entered = parsed(Everything, *pairs)

    for problem in explain_errors(Everything, Everything().validate(entered), TERMS):
        assert problem["zh"]
        assert problem["en"]


@pytest.mark.parametrize(
    ("kind", "value", "spelled"),
    [
        ("datetime", "2026-03-02T01:30:00+00:00", "2026-03-02T09:30"),
        ("datetime", "昨天", "昨天"),
        ("lines", ["一", "二"], "一\n二"),
        ("yes_no", True, "true"),
        ("text", None, ""),
        ("json", {"a": 1}, '{\n  "a": 1\n}'),
        ("money", Decimal("12.50"), "12.50"),
    ],
)
def test_a_value_is_spelled_as_its_input_wants_it(kind: str, value: object, spelled: str) -> None:
    assert for_input(kind, value) == spelled


# -- what went wrong ----------------------------------------------------------


def problems(schema: type[Schema], values: dict[str, Any]) -> dict[str, tuple[str, str]]:
    with pytest.raises(ValidationError) as caught:
        schema().load(values)
    return {one["pointer"]: (one["zh"], one["en"]) for one in explain_errors(schema, caught.value.messages, TERMS)}


def test_each_problem_points_at_its_field_in_both_languages() -> None:
    found = problems(
        Everything,
        {
            "title": "一",
            "count": 99,
            "outcome": "lost",
            "agreed": True,
            "told": False,
            "moment": "2026-03-02T09:30:00",
            "code": "abc",
            "workers": [{"owed": "很多", "name": "甲"}, {"name": "乙", "owed": "-1"}],
        },
    )

    assert found["/title"] == ("应为 2 到 80 个字。", "Between 2 and 80 characters, please.")
    assert found["/count"] == ("应在 1 到 36 之间。", "This must be between 1 and 36.")
    assert found["/outcome"] == (
        "应从中选择：已解决（solved）、部分解决（partly）。",
        "Please choose one of: solved, partly.",
    )
    assert found["/told"] == ("须予以确认。", "This must be confirmed.")
    assert found["/moment"][0].startswith("时间须带时区")
    assert found["/code"] == ("格式不对。", "This is not in the expected form.")
    assert found["/workers/0/owed"] == ("应为数字。", "This must be a number.")
    assert found["/workers/1/owed"] == ("不能小于 0。", "This must be at least 0.")


def test_a_field_that_is_not_there_is_told_beside_those_that_are() -> None:
    found = problems(Worker, {"name": "甲", "owed": "1", "nmae": "乙"})

    assert found["/nmae"] == (
        "没有“nmae”这一项；可以填写的有：name、owed、signed。",
        "There is no field “nmae”; there are: name, owed, signed.",
    )


def test_keys_are_escaped_as_pointers_want_it() -> None:
    [found] = explain_errors(FormSchema, {"a/b~c": ["Unknown field."]})

    assert found["pointer"] == "/a~1b~0c"


@pytest.mark.parametrize(
    "message",
    [
        {"zh": "金额不符", "en": "The sums differ"},
        "金额不符 / The sums differ",
        Refusal("金额不符", "The sums differ"),
    ],
)
def test_a_rule_of_ones_own_may_speak_both_languages(message: object) -> None:
    found = explain_errors(Worker, {"_schema": [message], "owed": message})

    assert found == [
        {"pointer": "", "zh": "金额不符", "en": "The sums differ"},
        {"pointer": "/owed", "zh": "金额不符", "en": "The sums differ"},
    ]


def test_an_english_sentence_of_ones_own_is_looked_up() -> None:
    terms = Terms.of({"text": {"The sums differ": "金额不符"}})

    assert explain_errors(Worker, ["The sums differ"], terms) == [
        {"pointer": "", "zh": "金额不符", "en": "The sums differ"}
    ]
    assert explain_errors(Worker, ["The sums differ"])[0]["zh"] == "The sums differ"


def test_none_of_marshmallows_own_messages_stays_english_in_chinese() -> None:
    said = {
        message
        for kind in (getattr(fields, name) for name in fields.__all__)
        for cls in kind.__mro__
        for message in getattr(cls, "default_error_messages", {}).values()
    }
    said |= {
        message.format(obj_type="datetime", awareness="aware", input="x", choices="a, b") for message in list(said)
    }
    said |= {"Unknown field.", "Invalid input type.", "Not a valid naive datetime.", "Must be equal to 3."}
    said |= {"Shorter than minimum length 2.", "Longer than maximum length 2.", "Length must be 3.", "Invalid input."}
    said |= {"Must be greater than 0.", "Must be less than 0.", "Must be greater than or equal to 0 and less than 3."}

    english = sorted(
        message for message in said if "{" not in message and explain_errors(FormSchema, [message])[0]["zh"] == message
    )

    assert english == []


def test_problems_are_sorted_by_the_field_they_belong_to() -> None:
    told = [{"pointer": "/a", "zh": "甲", "en": "A"}, {"pointer": "/a", "zh": "乙", "en": "B"}]

    assert by_pointer(told, "zh") == {"/a": ["甲", "乙"]}
    assert by_pointer(told, "en") == {"/a": ["A", "B"]}


# -- examples -----------------------------------------------------------------


class Ranges(FormSchema):
    low = fields.Integer(required=True, validate=validate.Range(max=-5))
    between = fields.Float(validate=validate.Range(0.1, 0.2, min_inclusive=False, max_inclusive=False))
    above = fields.Decimal(validate=validate.Range(min=Decimal("9.99"), min_inclusive=False))
    strict = fields.Integer(strict=True, validate=[validate.Range(min=3), validate.Range(max=3)])
    text = fields.Decimal(as_string=True)


class Texts(FormSchema):
    long = fields.String(required=True, validate=validate.Length(min=120, max=130))
    exact = fields.String(validate=validate.Length(equal=7))
    short = fields.String(validate=validate.Length(max=1))
    phone = fields.String(validate=validate.Regexp(r"^1[3-9]\d{9}$"))
    citizen = fields.String(validate=validate.Regexp(r"^\d{17}[\dX]$"))
    month = fields.String(validate=validate.Regexp(r"^\d{4}-(0[1-9]|1[0-2])$"))
    lower = fields.String(validate=validate.And(validate.Length(3, 6), validate.Regexp(r"^[a-z][a-z0-9_]*$")))
    code = fields.String(validate=validate.Regexp(r"^(?:AB|CD)-[^-]{2}(x|y)?\.\w+$"))


class Moments(FormSchema):
    aware = fields.AwareDateTime(required=True)
    plain = fields.DateTime()
    naive = fields.NaiveDateTime()
    odd = fields.DateTime(format="%Y/%m/%d %H:%M")
    stamp = fields.DateTime(format="timestamp")
    day = fields.Date()
    month = fields.Date(format="%Y%m%d")
    hour = fields.Time()
    span = fields.TimeDelta()


class Others(FactSchema):
    id = fields.UUID(required=True, data_key="case-id")
    mail = fields.Email()
    link = fields.Url()
    address = fields.IP()
    four = fields.IPv4()
    more = fields.Dict(keys=fields.String(), values=fields.Integer())
    pair = fields.Tuple((fields.String(), fields.Integer()))
    one = fields.Constant(3)
    raw = fields.Raw(required=True)
    names = fields.Pluck(Worker, "name", many=True)
    three = fields.List(fields.String(), validate=validate.Length(min=3))
    choice = fields.Enum(Trade)
    value = fields.Enum(Trade, by_value=True)
    several = fields.List(fields.String(), validate=[validate.ContainsOnly(["a", "b"]), validate.Length(min=2)])
    made = fields.Method("told")

    def told(self, _case: object) -> str:
        return ""


class OnlyOne(FormSchema):
    phone = fields.String(metadata={"example": "13800000000"})
    mail = fields.Email()
    reason = fields.String(required=True)

    @validates_schema
    def one_of_them(self, values: dict[str, Any], **_more: object) -> None:
        if "phone" in values and "mail" in values:
            raise ValidationError("只填一项 / Only one of them")


@pytest.mark.parametrize("schema", [Everything, Worker, Address, Ranges, Texts, Moments, Others])
def test_an_example_always_loads_and_fills_every_field(schema: type[Schema]) -> None:
    made = example(schema)

    schema().load(made)
    asked = {
        field.data_key or name
        for name, field in schema().fields.items()
        if not field.dump_only and not isinstance(field, fields.Method)
    }
    assert made.keys() == asked


def test_an_example_of_ones_own_counts_and_is_kept_when_the_rest_must_go() -> None:
    made = example(OnlyOne)

    assert made["phone"] == "13800000000"
    assert "mail" not in made


def test_dates_of_an_example_are_those_of_the_moment_it_is_made_for() -> None:
    made = example(Moments, at=datetime(2026, 9, 30, 18, 0, tzinfo=UTC))

    assert made["day"] == "2026-10-01"
    assert made["aware"] == "2026-10-01T02:00:00+08:00"


def test_a_schema_that_holds_itself_has_an_example_too() -> None:
    class Node(FormSchema):
        name = fields.String(required=True)
        below = fields.List(fields.Nested(lambda: Node(only=None)))

    Node().load(example(Node))


def test_a_rule_that_cannot_be_guessed_asks_for_an_example_by_name() -> None:
    def is_lucky(value: str) -> None:
        if value != "八":
            raise ValidationError("Not lucky.")

    class Lucky(FormSchema):
        number = fields.String(required=True, validate=is_lucky)

    with pytest.raises(NoExampleError, match=r"Lucky.*number"):
        example(Lucky)


def test_a_parsed_example_is_itself_again() -> None:
    made = example(Worker)
    posted = MultiDict([(name, str(value).lower() if value is True else str(value)) for name, value in made.items()])

    assert Worker().load(parse_form(Worker, posted)) == Worker().load(made)


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ("好的\n第二行\t", "好的\n第二行\t"),
        ("一家👨\u200d👩\u200d👧，❤\ufe0f", "一家👨\u200d👩\u200d👧，❤\ufe0f"),
        ("\u202d13800000000\u202c", "13800000000"),
        ("付款\u202e001\u2066元\u2069\u200f", "付款001元"),
    ],
)
def test_marks_that_nobody_sees_are_taken_out_and_emoji_and_lines_stay(written: str, taken: str) -> None:
    class Words(FormSchema):
        text = fields.String()
        lines = fields.List(fields.String())
        more = fields.Dict()

    loaded = Words().load({"text": written, "lines": [written], "more": {"deeper": [written]}})

    assert loaded == {"text": taken, "lines": [taken], "more": {"deeper": [taken]}}


@pytest.mark.parametrize(("written", "sign"), [("a\x00", "U+0000"), ("\x1b[31m", "U+001B"), ("\ud800", "U+D800")])
def test_what_no_text_is_made_of_is_refused_by_name_where_it_stands(written: str, sign: str) -> None:
    class Inner(FormSchema):
        text = fields.String()

    class Words(FormSchema):
        inner = fields.Nested(Inner)

    with pytest.raises(ValidationError) as refused:
        Words().load({"inner": {"text": written}})

    [said] = explain_errors(Words, refused.value.messages)
    assert said["pointer"] == "/inner/text"
    assert said["zh"] == f"含有不允许的控制字符 {sign}，请删除后重试。"


class Sum(FormSchema):
    """Money, and what is measured to one place."""

    yuan = fields.Decimal(required=True, places=2)
    level = fields.Decimal(load_default=None, places=1)


@pytest.mark.parametrize(
    ("written", "taken"),
    [("12", "12.00"), ("12.5", "12.50"), ("12.5000", "12.50"), (12.34, "12.34"), ("1e2", "100.00"), (7, "7.00")],
)
def test_a_number_is_taken_as_it_was_written(written: object, taken: str) -> None:
    assert Sum().load({"yuan": written})["yuan"] == Decimal(taken)


@pytest.mark.parametrize("written", ["12.345", 12.345, "0.001", "1e-3", "-0.005", f"{10**30}.001"])
def test_a_number_with_more_decimals_than_there_is_room_for_is_refused_and_not_rounded(written: object) -> None:
    with pytest.raises(ValidationError, match=r"最多2位小数.*nothing is rounded") as refused:
        Sum().load({"yuan": written, "level": "58.0"})

    assert [*refused.value.messages_dict] == ["yuan"]


@pytest.mark.parametrize("written", ["NaN", "Infinity", "", "十二", None, [], True])
def test_what_is_no_number_is_refused_by_its_field(written: object) -> None:
    with pytest.raises(ValidationError) as refused:
        Sum().load({"yuan": written})

    assert "nothing is rounded" not in str(refused.value)
