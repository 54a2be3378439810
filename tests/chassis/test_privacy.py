"""Personal fields of forms are masked until they are revealed."""

from __future__ import annotations

from marshmallow import fields, validate

from chassis.privacy import Veil
from chassis.schemas import FormSchema
from chassis.workflow import Role, Step, Workflow


class Party(FormSchema):
    """One row."""

    name = fields.String(metadata={"personal": True})
    side = fields.String()


class Meeting(FormSchema):
    """A form with personal fields at several depths."""

    parties = fields.List(fields.Nested(Party))
    guests = fields.List(fields.String(), metadata={"personal": True})
    phone = fields.String(metadata={"personal": True})
    story = fields.String(metadata={"personal": True})
    room = fields.String()


FORM = {
    "parties": [{"name": "居民甲", "side": "a"}, {"name": "居民乙", "side": "b"}],
    "guests": ["居民丙"],
    "phone": "13800000000",
    "story": "一段很长的个人经历" * 5,
    "room": "调解室",
}
VEIL = Veil(
    Workflow(
        "made_up",
        Step("open", "met", "open", who=Role.HANDLER, form=Meeting, keeps="meetings", repeatable=True),
        Step("open", "closed", "closed", who=Role.HANDLER),
        initial="open",
    )
)


def test_names_keep_their_first_character_and_all_else_is_hidden() -> None:
    shown = VEIL.over_details({"meetings": [FORM], "text": "公开"})

    [meeting] = shown["meetings"]
    assert [party["name"] for party in meeting["parties"]] == ["居**", "居**"]
    assert [party["side"] for party in meeting["parties"]] == ["a", "b"]
    assert meeting["guests"] == ["居**"]
    assert meeting["phone"] == meeting["story"] == "＊＊＊"
    assert meeting["room"] == "调解室"
    assert shown["text"] == "公开"


def test_the_timeline_is_masked_like_the_details() -> None:
    assert VEIL.over_form("met", FORM) == VEIL.over_details({"meetings": [FORM]})["meetings"][0]
    assert VEIL.over_form("closed", {}) == {}


def test_it_knows_whether_it_hides_anything() -> None:
    assert VEIL.hides({"meetings": [FORM]})
    assert not VEIL.hides({"meetings": [{"room": "调解室"}], "text": "公开"})


def test_what_may_be_long_is_hidden_whole_however_short_it_is() -> None:
    class Asked(FormSchema):
        name = fields.String(validate=validate.Length(2, 60), metadata={"personal": True})
        hardship = fields.String(validate=validate.Length(5, 2000), metadata={"personal": True})

    veil = Veil(Workflow("asked", Step("open", "asked", "closed", who=Role.HANDLER, form=Asked), initial="open"))

    shown = veil.over_form("asked", {"name": "居民甲", "hardship": "老人突发脑梗住院"})

    assert shown == {"name": "居**", "hardship": "＊＊＊"}


def test_in_free_words_numbers_are_masked_and_the_rest_is_read() -> None:
    class Said(FormSchema):
        comment = fields.String(metadata={"words": True})

    veil = Veil(
        Workflow(
            "rated",
            Step("due", "rated", "closed", who=Role.PUBLIC, form=Said),
            initial="due",
            stages={"due": "feedback", "closed": "feedback"},
            ends=("closed",),
        )
    )
    raw = {"rated": {"comment": "没修好，请打 13800000000。"}}

    shown = veil.over_details(raw)

    assert shown["rated"]["comment"].startswith("没修好，请打 138")
    assert "13800000000" not in str(shown)
    assert (veil.hides(raw), veil.hides({"rated": {"comment": "没修好。"}})) == (True, False)


def test_rows_that_a_change_has_kept_by_themselves_are_masked_like_those_of_the_form() -> None:
    shown = VEIL.over_details({"parties": FORM["parties"], "left": [{"parties": FORM["parties"], "why": "公开"}]})

    assert [party["name"] for party in shown["parties"]] == ["居**", "居**"]
    assert [party["name"] for party in shown["left"][0]["parties"]] == ["居**", "居**"]
    assert shown["left"][0]["why"] == "公开"
