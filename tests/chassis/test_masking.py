"""Masks hide enough whatever they are given, and free text loses its numbers only."""

import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.masking import (
    _NUMBERS,
    LIKELY,
    mask_bank_card,
    mask_id_number,
    mask_name,
    mask_phone,
    redact,
)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"),
        ("王小明", "王**"),
        ("欧阳小红", "欧阳**"),
        ("欧阳", "欧*"),
        ("诸葛亮", "诸葛*"),
        ("阿依古丽·买买提", "阿**"),
        ("John Smith", "J***"),
        ("张", "*"),
        ("  张三 ", "张*"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_name_keeps_its_surname(name: object, masked: str) -> None:
    assert mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13800001234", "138****1234"),
        ("138 0000 1234", "138****1234"),
        ("+86 138-0000-1234", "138****1234"),
        ("１３８００００１２３４", "138****1234"),
        ("0543-3200000", "0543***0000"),
        ("3200000", "*******"),
        ("110", "***"),
        ("", ""),
        (None, ""),
        (13800001234, "138****1234"),
    ],
)
def test_a_phone_number_keeps_its_ends(phone: object, masked: str) -> None:
    assert mask_phone(phone) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("37230119900101123X", "3723************3X"),
        ("372301900101123", "3723*********23"),
        ("123", "***"),
        (None, ""),
    ],
)
def test_an_identity_number_hides_the_birthday(number: object, masked: str) -> None:
    assert mask_id_number(number) == masked


@pytest.mark.parametrize(
    ("number", "masked"),
    [
        ("6222021234567890123", "***************0123"),
        ("6222 0212 3456 7890", "************7890"),
        ("1234", "****"),
        ("", ""),
    ],
)
def test_a_bank_card_keeps_its_last_four_digits(number: object, masked: str) -> None:
    assert mask_bank_card(number) == masked


@pytest.mark.parametrize(
    ("text", "left", "counts"),
    [
        ("我电话13800001234，请回复", "我电话138****1234，请回复", {"phone": 1}),
        ("138 0000 1234或159-0000-5678", "138****1234或159****5678", {"phone": 2}),
        ("1380 000 1234", "138****1234", {"phone": 1}),
        ("+8613800001234", "138****1234", {"phone": 1}),
        ("１３８００００１２３４", "138****1234", {"phone": 1}),
        ("13800001234 15900005678", "138****1234 159****5678", {"phone": 2}),
        ("座机0543-3200000转8", "座机0543***0000转8", {"phone": 1}),
        ("座机（0543）3200000", "座机0543***0000", {"phone": 1}),
        ("请打我电话12345678901", "请打我电话123****8901", {"phone": 1}),
        ("号12345678901", "号123****8901", {"phone": 1}),
        ("手机号是138 0000 111", "手机号是138***0111", {"phone": 1}),
        ("联系电话：138000011112", "联系电话：138*****1112", {"phone": 1}),
        ("拨打013800001111", "拨打0138****1111", {"phone": 1}),
        ("电话0543-3200000，座机 05439123456", "电话0543***0000，座机 05439123456", {"phone": 1}),
        ("身份证37230119900101123X。", "身份证3723************3X。", {"id_number": 1}),
        ("372301 19900101 123x", "3723************3x", {"id_number": 1}),
        ("老证372301900101123", "老证3723*********23", {"id_number": 1}),
        ("卡号6222021234567890123", "卡号***************0123", {"bank_card": 1}),
        ("卡号 4111 1111 1111 1111", "卡号 ************1111", {"bank_card": 1}),
        ("卡号4111111111111111", "卡号************1111", {"bank_card": 1}),
        (
            "张三13800001234证37230119900101123X卡6222021234567890",
            "张三138****1234证3723************3X卡************7890",
            {"phone": 1, "id_number": 1, "bank_card": 1},
        ),
    ],
)
def test_numbers_of_a_person_are_masked_in_free_text(text: str, left: str, counts: dict[str, int]) -> None:
    redacted = redact(text)

    assert redacted.text == left
    assert redacted.counts == counts
    assert redacted.total == sum(counts.values())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "楼下烧烤店油烟扰民，夜里12点还在营业",
        "打过12345和110，还有4008001234",
        "2026年3月2日20:30，3号楼2单元501室",
        "工单号20260302000000001234567890",
        "订单1234567890123453（未通过校验）",
        "单号1380000111，电表138000011112",
        "订单号 12012345678，工单10234567890，受理编号：12000345678",
        "合同金额12345678901元，欠 10000000000.00 元，经度0.12345678901",
        "打电话问了合同号1234567890，电话费1234567890元",
        "来电反映工单202611231030，电话单号 1380000111",
        "欠薪12000.50元，共23人",
        "已脱敏138****1234",
        "统一社会信用代码91371600MA3ABCDE1X",
    ],
)
def test_other_numbers_stay(text: str) -> None:
    assert redact(text).text == text
    assert redact(text).total == 0


def test_redacting_twice_changes_nothing_more() -> None:
    once = redact("13800001234，37230119900101123X，6222021234567890").text

    assert redact(once).text == once


@given(st.text())
def test_text_without_digits_is_left_as_it_is(text: str) -> None:
    plain = "".join(sign for sign in text if not sign.isdigit())

    assert redact(plain).text == plain


anything: st.SearchStrategy[Any] = st.one_of(
    st.none(), st.integers(), st.floats(), st.text(), st.binary(), st.lists(st.text())
)


@given(anything)
def test_nothing_raises_whatever_is_given(value: object) -> None:
    for mask in (mask_name, mask_phone, mask_id_number, mask_bank_card):
        assert isinstance(mask(value), str)
    assert isinstance(redact(value).text, str)


@given(
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.text(alphabet="张三电话微信，。 ：", max_size=6),
    st.text(alphabet="号谢谢，。 ：", max_size=6),
)
def test_no_mobile_number_survives_in_a_sentence(number: str, before: str, after: str) -> None:
    redacted = redact(before + number + after)

    assert number not in redacted.text
    assert redacted.counts == {"phone": 1}


@given(st.from_regex(_NUMBERS, fullmatch=True), st.booleans())
def test_a_number_is_looked_at_however_it_is_spelled(number: str, full_width: bool) -> None:  # noqa: FBT001
    spelled = (
        number.translate(str.maketrans("0123456789+- ()", "０１２３４５６７８９＋－　（）")) if full_width else number
    )

    assert LIKELY.search(spelled)


@pytest.mark.parametrize("text", ["1" * 300_000, "1380000 " * 40_000, "4 " * 150_000, "+86" * 100_000])
def test_a_hostile_text_takes_no_longer_than_its_length_deserves(text: str) -> None:
    started = time.process_time()

    redact(text)

    assert time.process_time() - started < 5
