"""Errors as RFC 9457 problem details, in Chinese and English, field by field."""

from __future__ import annotations

from typing import Any


class ProblemError(Exception):
    """An answer that says what is wrong, where, and what to do.

    `errors` are dicts with `pointer` (RFC 6901), `zh` and `en`; `more` are further
    members of the problem, such as the steps that are allowed.
    """

    def __init__(
        self,
        status: int,
        name: str,
        zh: str,
        en: str,
        *,
        errors: list[dict[str, str]] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(en)
        self.status = status
        self.name = name
        self.zh = zh
        self.en = en
        self.errors = errors or []
        self.more = more

    def told(self) -> list[dict[str, str]]:
        """Return what a page has to say: what is wrong field by field, or as a whole."""
        return self.errors or [{"pointer": "", "zh": self.zh, "en": self.en}]

    def body(self) -> dict[str, Any]:
        """Return the problem as JSON has it."""
        body: dict[str, Any] = {
            "type": f"urn:jiesu:problem:{self.name}",
            "title": self.zh,
            "title_en": self.en,
            "status": self.status,
            "detail": "；".join(_at(error, "：") + error["zh"].rstrip("。") for error in self.errors) or self.zh,
            "detail_en": "; ".join(_at(error, ": ") + error["en"].rstrip(".") for error in self.errors) or self.en,
        }
        if self.errors:
            body["errors"] = self.errors
        return {**body, **self.more}


def _at(error: dict[str, str], sign: str) -> str:
    """Name the field that an error is about, as whoever sent it spells it; nothing where it is about the whole."""
    name = error["pointer"].lstrip("/?").replace("/", ".")
    return f"{name}{sign}" if name else ""


def not_found(zh: str = "没有找到", en: str = "Not found") -> ProblemError:
    """Make a 404."""
    return ProblemError(404, "not-found", zh, en)


def invalid(errors: list[dict[str, str]]) -> ProblemError:
    """Make a 422 out of field errors."""
    return ProblemError(422, "invalid", "提交的内容有误", "What was sent is not valid", errors=errors)


def unstorable() -> ProblemError:
    """Make the 422 of what no database keeps, such as a NUL character, and no form has refused."""
    return ProblemError(
        422,
        "unstorable",
        "提交的内容含有无法保存的字符或者超出范围的数字，请删改后重试；本次没有保存",
        "What was sent holds a character, or a number, that can't be stored: correct it. Nothing was stored",
    )
