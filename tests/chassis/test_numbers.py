"""Numbers that carry their own check."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import numbers
from chassis.masking import redact

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize("number", ["11010519491231002X", "11010519491231002x", "440524188001010014"])
def test_the_examples_of_gb_11643_are_right(number: str) -> None:
    assert numbers.wrong_in_id_number(number, TODAY) is None


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("110105194912310021", "校验码不符"),
        ("11010519491232002X", "出生日期不存在"),
        ("110105199902290018", "出生日期不存在"),
        ("11010520270101001X", "出生日期晚于今天"),
        ("17010519491231002X", "前两位"),
        ("1101051949123100", "17 位数字"),
    ],
)
def test_what_no_identity_number_can_be_is_said(number: str, why: str) -> None:
    wrong = numbers.wrong_in_id_number(number, TODAY)

    assert wrong is not None
    assert why in wrong[0]


@pytest.mark.parametrize("place", range(17))
def test_one_wrong_digit_of_an_identity_number_is_always_found(place: int) -> None:
    right = "11010519491231002X"
    for digit in "0123456789".replace(right[place], ""):
        assert numbers.wrong_in_id_number(right[:place] + digit + right[place + 1 :], TODAY) is not None


def test_the_example_of_gb_32100_is_right_and_one_wrong_sign_is_not() -> None:
    assert numbers.wrong_in_credit_code("91350100M000100Y43") is None
    assert numbers.wrong_in_credit_code("91350100M000100Y44") == ("校验码不符", "its check sign is wrong")
    assert numbers.wrong_in_credit_code("91350100M000100I43") is not None
    assert numbers.wrong_in_credit_code("91350100M000100Y4") is not None


@given(st.text(alphabet="0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17))
def test_exactly_one_last_sign_fits_a_credit_code(first: str) -> None:
    fitting = [sign for sign in "0123456789ABCDEFGHJKLMNPQRTUWXY" if numbers.wrong_in_credit_code(first + sign) is None]

    assert len(fitting) == 1


def test_a_credit_code_may_begin_with_a_letter() -> None:
    assert numbers.wrong_in_credit_code("N2371602MF0000001W") is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("我的身份证110105194912310021，请核实", "身份证号 1101************21 可能有误：校验码不符"),
        ("身份证号是：１１０１０５１９４９１２３１００２１", "校验码不符"),
        ("110105 19491231 0021", "校验码不符"),
        ("110105194913310021", "出生日期不存在"),
        ("身份证号码：170105194912310021", "前两位"),
        ("打我电话12345678901", "手机号 123****8901 可能有误"),
        ("电话是1380000111", "手机号应为 11 位"),
        ("手机：138 0000 11112", "手机号应为 11 位"),
        ("请回电05439123456", "没有这样的固定电话号码"),
    ],
)
def test_a_mistyped_number_in_free_text_is_named_and_never_whole(text: str, said: str) -> None:
    [doubt] = numbers.mistyped(text, TODAY)

    assert said in doubt.zh
    assert doubt.masked in doubt.en
    assert doubt.masked.count("*") >= 3


@pytest.mark.parametrize(
    "text",
    [
        "身份证11010519491231002X，电话13800000000",
        "楼道灯不亮",
        "工单号202611231999010100，来电12345",
        "统一社会信用代码91350100M000100Y43",
        "卡号6217 0019 3000 1234 567",
        "电话 0543-3160000",
        "单号 1234567890123",
        "单号 1380000111，手机号013800001111，电话4008001234",
    ],
)
def test_what_is_right_or_no_such_number_is_left_alone(text: str) -> None:
    assert list(numbers.mistyped(text, TODAY)) == []


def test_a_wrong_check_sign_changes_nothing_about_the_mask() -> None:
    assert redact("身份证110105194912310021").text == "身份证1101************21"


@pytest.mark.parametrize("last", "0123456789X")
def test_what_is_named_as_a_mistyped_identity_number_stands_whole_in_no_text(last: str) -> None:
    number = f"11010519491331002{last}"
    text = f"我的身份证{number}，请核实"

    assert [doubt.masked for doubt in numbers.mistyped(text, TODAY)] == [f"1101************2{last}"]
    assert number not in redact(text).text


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("身份证110105194912310021", "身份证11010519491231002X"),
        ("身份证110150194912310021，110105194912310022", "11010519491231002X"),
        ("电话12345678901", "应为13900001111"),
        ("电话1380000111", "手机13800001111"),
        ("电话138000011112", "手机13800001112"),
        ("电话12812345678", "手机 +86 13812345678"),
    ],
)
def test_the_right_number_takes_the_doubt_away_of_the_one_it_was_mistyped_as(before: str, said: str) -> None:
    [doubt] = numbers.put_right(before, said, TODAY)

    assert doubt in [*numbers.mistyped(before, TODAY)]


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ("身份证110105194912310021", "电话13800001111"),
        ("身份证110105194912310021", "邻居440524188001010014"),
        ("身份证110105194912310021", "正确的是110105194912310022"),
        ("电话12345678901", "电话13900001111"),
        ("电话12345678901，手机12345678902", "应为13900001111"),
    ],
)
def test_another_number_takes_no_doubt_away(before: str, said: str) -> None:
    assert [*numbers.put_right(before, said, TODAY)] == []
