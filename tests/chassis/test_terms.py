"""Tests of the catalogue of terms, the shared one included."""

from __future__ import annotations

from pathlib import Path

import pytest
from marshmallow import fields, validate

import chassis
from chassis.handling import shared_steps
from chassis.schemas import FormSchema
from chassis.terms import Terms, TermsError, in_english, sentences, untranslated
from chassis.workflow import STAGES, Role, Step, Workflow

CHASSIS = Path(chassis.__file__).parent
OWN = CHASSIS / "terms.toml"


class Payment(FormSchema):
    amount = fields.Decimal(required=True)
    paid_by = fields.String(validate=validate.OneOf(["bank", "cash"]), metadata={"help": "As the receipt says"})


PAYING = Workflow(
    "paying",
    Step("owed", "payment_made", "paid", who=Role.HANDLER, form=Payment, stops=("pay_by",), document="receipt"),
    initial="owed",
)


@pytest.mark.parametrize(
    ("identifier", "english"),
    [
        ("order_to_pay", "Order to pay"),
        ("paid", "Paid"),
        ("first-contact", "First contact"),
        ("CaseAccepted", "Case Accepted"),
        ("", ""),
    ],
)
def test_the_english_of_an_identifier_is_its_words(identifier: str, english: str) -> None:
    assert in_english(identifier) == english


def test_chinese_comes_from_the_catalogue_and_english_from_the_source() -> None:
    terms = Terms.of({"text": {"Send": "提交"}, "states": {"order_to_pay": "责令支付"}})

    assert terms.text("Send", "zh") == "提交"
    assert terms.text("Send", "en") == "Send"
    assert terms.state("order_to_pay", "zh") == "责令支付"
    assert terms.state("order_to_pay", "en") == "Order to pay"


def test_names_in_braces_are_filled_in_in_both_languages() -> None:
    terms = Terms.of({"text": {"{count} in all": "共 {count} 件"}})

    assert terms.text("{count} in all", "zh", count=3) == "共 3 件"
    assert terms.text("{count} in all", "en", count=3) == "3 in all"


def test_what_has_no_chinese_is_shown_in_english_and_remembered() -> None:
    terms = Terms()

    assert terms.field("owed_since", "zh") == "Owed since"
    assert terms.text("Nobody said so", "zh") == "Nobody said so"
    assert terms.missing() == [("fields", "owed_since"), ("text", "Nobody said so")]


def test_what_is_chinese_already_or_no_word_is_not_missed() -> None:
    terms = Terms()

    assert terms.value("东城社区", "zh") == "东城社区"
    assert terms.text("2026", "zh") == "2026"
    assert terms.missing() == []


def test_a_services_word_counts_before_the_chassis(tmp_path: Path) -> None:
    own = tmp_path / "terms.toml"
    own.write_text('[states]\nclosed = "归档"\n', encoding="utf-8")

    assert Terms(OWN, own).state("closed", "zh") == "归档"


def test_what_is_called_otherwise_in_one_place_is_told_by_the_nearest_place_that_says_so() -> None:
    terms = Terms.of(
        {
            "fields": {"way": "方式", "rows.way": "支付方式", "contact_made.way": "联系方式"},
            "values": {"explained": "解释说明", "answered.outcome.explained": "书面说明"},
        }
    )

    assert [terms.field("way", "zh", within) for within in ("", "served", "contact_made", "payment_recorded.rows")] == [
        "方式",
        "方式",
        "联系方式",
        "支付方式",
    ]
    assert terms.field("way", "en", "contact_made") == "Way"
    assert terms.value("explained", "zh", "answered.outcome") == "书面说明"
    assert terms.value("explained", "zh", "concluded.outcome") == "解释说明"
    assert terms.value("explained", "en", "answered.outcome") == "Explained"
    assert terms.missing() == []


def test_of_other_services_only_their_names_are_learnt(tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    other.write_text('[services]\nlighting = "路灯"\n[states]\nclosed = "熄灭"\n', encoding="utf-8")

    terms = Terms(OWN, names=[other])

    assert terms.service("lighting", "zh") == "路灯"
    assert terms.state("closed", "zh") == "已结案"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[moods]\nhappy = '高兴'\n", "moods"),
        ("[text]\nSend = ''\n", "Send"),
        ("[text]\nSend = 3\n", "Send"),
        ("[text\n", "not a readable catalogue"),
    ],
)
def test_a_catalogue_that_cannot_be_read_is_refused_by_name(tmp_path: Path, text: str, complaint: str) -> None:
    broken = tmp_path / "terms.toml"
    broken.write_text(text, encoding="utf-8")

    with pytest.raises(TermsError, match=complaint):
        Terms(broken)


def test_literals_are_found_however_they_are_quoted() -> None:
    template = """{{ _("It\\"s") }} {{ _( 'Two' , n=1) }} {{ not_("this") }} {{ label_('nor this') }} {{ _(name) }}"""

    assert sentences(template) == {'It"s', "Two"}


def test_whatever_a_service_shows_untranslated_is_found(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text('{{ _("Pay now") }} {{ _("Send") }}', encoding="utf-8")
    terms = Terms(OWN)

    found = untranslated(terms, templates=[tmp_path], workflow=PAYING)

    assert ("text", "Pay now") in found
    assert ("text", "As the receipt says") in found
    assert ("text", "Send") not in found
    assert ("states", "owed") in found
    assert ("triggers", "payment_made") in found
    assert ("fields", "paid_by") in found
    assert ("values", "bank") in found
    assert ("clocks", "pay_by") in found
    assert ("documents", "receipt") in found
    assert ("roles", "handler") not in found


def test_the_shared_pages_and_steps_speak_chinese_throughout() -> None:
    shared = Workflow("shared", *shared_steps(first="at_work", open_states=(), ready=("at_work",)), initial="received")

    assert untranslated(Terms(OWN), templates=[CHASSIS / "templates"], workflow=shared) == [("states", "at_work")]


def test_every_role_and_stage_has_its_chinese() -> None:
    terms = Terms(OWN)

    for role in Role:
        terms.role(role, "zh")
    for stage in STAGES:
        terms.value(stage, "zh")

    assert terms.missing() == []
