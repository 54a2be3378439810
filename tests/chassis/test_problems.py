"""Problems as RFC 9457 has them, in both languages."""

from __future__ import annotations

from chassis.problems import ProblemError, invalid, not_found


def test_a_problem_says_what_where_and_in_both_languages() -> None:
    problem = invalid(
        [
            {"pointer": "/text", "zh": "不能为空", "en": "must not be empty"},
            {"pointer": "/place", "zh": "过长", "en": "too long"},
        ]
    )

    assert problem.body() == {
        "type": "urn:jiesu:problem:invalid",
        "title": "提交的内容有误",
        "title_en": "What was sent is not valid",
        "status": 422,
        "detail": "text：不能为空；place：过长",
        "detail_en": "text: must not be empty; place: too long",
        "errors": problem.errors,
    }


def test_sentences_that_are_joined_end_once() -> None:
    two = [
        {"pointer": "/text", "zh": "应为 2 到 200 个字。", "en": "Between 2 and 200 characters."},
        {"pointer": "/text", "zh": "不能只有空白。", "en": "This must not be blank."},
    ]

    body = invalid(two).body()

    assert body["detail"] == "text：应为 2 到 200 个字；text：不能只有空白"
    assert body["detail_en"] == "text: Between 2 and 200 characters; text: This must not be blank"


def test_a_problem_without_fields_repeats_its_title() -> None:
    body = not_found("没有这个案件", "There is no such case").body()

    assert (body["status"], body["title"], body["detail"]) == (404, "没有这个案件", "没有这个案件")
    assert "errors" not in body


def test_a_problem_carries_what_helps() -> None:
    problem = ProblemError(409, "illegal-step", "不能执行", "No such step", state="open", allowed=["closed"])

    assert problem.body()["allowed"] == ["closed"]
    assert str(problem) == "No such step"
