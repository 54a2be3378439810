"""Forms read off marshmallow schemas: what a page shows, what it posts, what went wrong.

A schema's field says most of it; `metadata` says the rest:

    kind     how it is asked for, where the type does not tell: textarea, money, tel, file …
    label    an English sentence instead of the field's name
    help     an English sentence under the field
    unit     an English word behind the field
    example  a value that is valid
    begins   `now`: a moment of what has just been done, as a rule
    again    true: its page fills in what the case's last form said of it

Sub-rows (`Nested` with many) are posted as `workers-0-name`, groups (`Nested`) as
`address-street`, times without an offset, as Asia/Shanghai.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

import orjson
from marshmallow import Schema, ValidationError, fields, validate

from chassis.examples import NoExampleError, example
from chassis.problems import invalid
from chassis.terms import choices_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from marshmallow.fields import Field
    from werkzeug.datastructures import MultiDict

    from chassis.terms import Terms

__all__ = [
    "FormField",
    "NoExampleError",
    "by_pointer",
    "example",
    "explain_errors",
    "for_input",
    "form_fields",
    "kind_of",
    "loaded",
    "parse_form",
]

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
_LONG_TEXT: Final = 300
_FEW_CHOICES: Final = 4
_DEEPEST: Final = 4
_ROW: Final = re.compile(r"(\d{1,4})-.+", re.DOTALL)
_NOT_IN_NUMBERS: Final = str.maketrans("", "", ",，、 ¥￥元\u3000")

#: Kinds whose posted text is more than a text.
_TYPED: Final[tuple[tuple[type[Field[Any]], str], ...]] = (
    (fields.Enum, "select"),
    (fields.Boolean, "checkbox"),
    (fields.Number, "number"),
    (fields.Date, "date"),
    (fields.Time, "time"),
    (fields.DateTime, "datetime"),
    (fields.TimeDelta, "number"),
    (fields.Email, "email"),
    (fields.Url, "url"),
    (fields.Mapping, "json"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field as a page shows it, in one language.

    `kind` is one of text, textarea, email, url, tel, number, money, date, time, datetime,
    select, radios, yes_no, checkbox, multiselect, lines, json, file, rows, group; laid, a picture of the case, which its page
    makes a select; or hidden, what only a page fills in.
    """

    name: str
    label: str
    kind: str
    required: bool = False
    help: str = ""
    unit: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    minimum: str = ""
    maximum: str = ""
    step: str = ""
    shortest: int | None = None
    longest: int | None = None
    pattern: str = ""
    default: Any = None
    again: bool = False
    fields: tuple[FormField, ...] = ()


# -- what a page shows --------------------------------------------------------


def form_fields(schema: Schema | type[Schema], terms: Terms, lang: str, step: str = "") -> tuple[FormField, ...]:
    """Describe the fields of a form, of a step, in the order in which the schema names them."""
    return tuple(_described(field, terms, lang, step, 0) for field in _asked(_made(schema)))


def _described(field: Field[Any], terms: Terms, lang: str, within: str, depth: int) -> FormField:
    said = field.metadata
    name = field.name or ""
    here = f"{within}.{name}" if within else name
    kind = kind_of(field)
    described = FormField(
        name=_key(field),
        label=terms.text(str(said["label"]), lang) if said.get("label") else terms.field(name, lang, within),
        kind=kind,
        required=field.required,
        help=terms.text(str(said["help"]), lang) if said.get("help") else "",
        unit=terms.text(str(said["unit"]), lang) if said.get("unit") else _unit(kind, lang),
        choices=_labelled(field, terms, lang, here),
        default=_default(field),
        again=bool(said.get("again")),
    )
    if depth < _DEEPEST and (nested := _nested(field)) is not None:
        inner = tuple(_described(sub, terms, lang, here, depth + 1) for sub in _asked(nested.schema))
        described = replace(described, fields=inner)
    return _bounded(described, field)


def _unit(kind: str, lang: str) -> str:
    if kind != "money":
        return ""
    return "元" if lang == "zh" else "yuan"


def _labelled(field: Field[Any], terms: Terms, lang: str, here: str) -> tuple[tuple[str, str], ...]:
    labels = [
        label
        for validator in field.validators
        if isinstance(validator, validate.OneOf)
        for label in validator.labels
        if lang == "zh" or label.isascii()
    ]
    choices = choices_of(field)
    if len(labels) == len(choices):
        return tuple((choice, terms.text(str(label), lang)) for choice, label in zip(choices, labels, strict=True))
    return tuple((choice, terms.value(choice, lang, here)) for choice in choices)


def _default(field: Field[Any]) -> Any:
    default = field.load_default
    return default if isinstance(default, (str, int, float)) and not field.required else None


def _bounded(described: FormField, field: Field[Any]) -> FormField:
    for validator in _validators(field):
        if isinstance(validator, validate.Range):
            described = replace(
                described,
                minimum=described.minimum if validator.min is None else str(validator.min),
                maximum=described.maximum if validator.max is None else str(validator.max),
            )
        elif isinstance(validator, validate.Length):
            shortest = validator.min if validator.equal is None else validator.equal
            longest = validator.max if validator.equal is None else validator.equal
            described = replace(
                described,
                shortest=described.shortest if shortest is None else shortest,
                longest=described.longest if longest is None else longest,
            )
        elif isinstance(validator, validate.Regexp) and described.kind in {"text", "tel"}:
            described = replace(described, pattern=_for_browsers(str(validator.regex.pattern), validator.regex.flags))
    if described.kind in {"number", "money"}:
        places = field.places if isinstance(field, fields.Decimal) else None
        free = "any" if isinstance(field, (fields.Float, fields.Decimal)) else "1"
        described = replace(described, step=str(places) if places is not None else free)
    return described


def _for_browsers(pattern: str, flags: int) -> str:
    """Spell a pattern for the `pattern` attribute, or not at all where the dialects differ."""
    spelled = pattern.removeprefix(r"\A").removeprefix("^")
    spelled = spelled.removesuffix(r"\Z").removesuffix("$")
    whole = spelled != pattern and pattern.endswith(("$", r"\Z"))
    portable = not flags & (re.IGNORECASE | re.VERBOSE) and not re.search(r"\(\?[^:=!]|\\[AZ]", spelled)
    return spelled if whole and portable else ""


def kind_of(field: Field[Any]) -> str:
    """Name the way in which a field is asked for."""
    said = field.metadata.get("kind")
    if said:
        return str(said)
    if (nested := _nested(field)) is not None:
        return "rows" if nested.many or isinstance(field, fields.List) else "group"
    if choices := choices_of(field):
        if isinstance(field, fields.List):
            return "multiselect"
        return "radios" if field.required and len(choices) <= _FEW_CHOICES else "select"
    if isinstance(field, fields.List):
        return "lines"
    if isinstance(field, fields.Decimal) and field.places is not None and str(field.places) == "0.01":
        return "money"
    if isinstance(field, fields.Boolean) and field.required and not _must_be_true(field):
        return "yes_no"
    for kind in (kind for type_, kind in _TYPED if isinstance(field, type_)):
        return kind
    longest = [v.max for v in _validators(field) if isinstance(v, validate.Length) and v.max is not None]
    return "textarea" if longest and min(longest) > _LONG_TEXT else "text"


def _must_be_true(field: Field[Any]) -> bool:
    return any(isinstance(v, validate.Equal) and v.comparable is True for v in _validators(field))


def _validators(field: Field[Any]) -> Iterator[Any]:
    """Yield a field's validators, those inside `And` too."""
    todo = list(field.validators)
    while todo:
        validator = todo.pop(0)
        if isinstance(validator, validate.And):
            todo = [*validator.validators, *todo]
        else:
            yield validator


def _made(schema: Schema | type[Schema]) -> Schema:
    return schema if isinstance(schema, Schema) else schema()


def _asked(schema: Schema) -> list[Field[Any]]:
    return [field for field in schema.fields.values() if not field.dump_only and not isinstance(field, fields.Constant)]


def _key(field: Field[Any]) -> str:
    return field.data_key or field.name or ""


def _nested(field: Field[Any]) -> fields.Nested | None:
    inner = field.inner if isinstance(field, fields.List) else field
    return inner if isinstance(inner, fields.Nested) and not isinstance(inner, fields.Pluck) else None


# -- what a page posts --------------------------------------------------------


def parse_form(
    schema: Schema | type[Schema], posted: MultiDict[str, str], files: MultiDict[str, Any] | None = None
) -> dict[str, Any]:
    """Turn a posted form into the plain values that the schema loads.

    What was left blank is left out; a row of which nothing was filled in as well. What
    can't be read stays as it was typed, so that the schema refuses it and the page shows
    it again. Fields that the schema does not have are ignored. Raises nothing.
    """
    return _parsed(_made(schema), posted, files, "", 0)


def _parsed(
    schema: Schema, posted: MultiDict[str, str], files: MultiDict[str, Any] | None, prefix: str, depth: int
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for field in _asked(schema):
        value = _posted(field, posted, files, prefix + _key(field), depth)
        if value is not None:
            found[_key(field)] = value
    return found


def _posted(
    field: Field[Any], posted: MultiDict[str, str], files: MultiDict[str, Any] | None, name: str, depth: int
) -> Any:
    kind = kind_of(field)
    nested = _nested(field)
    if nested is not None:
        if depth >= _DEEPEST:
            return None
        if kind == "group":
            group = _parsed(nested.schema, posted, files, f"{name}-", depth + 1)
            return None if _is_blank(group) else group
        rows = [
            _parsed(nested.schema, posted, files, f"{name}-{index}-", depth + 1) for index in _indices(name, posted)
        ]
        filled = [row for row in rows if not _is_blank(row)]
        return filled if filled or field.required else None
    if kind == "file":
        return _files(field, files, name)
    if kind == "checkbox":
        return bool(posted.get(name)) and posted.get(name) not in {"false", "0", "off"}
    if isinstance(field, fields.List):
        return _several(field, posted, name, kind)
    return _one(field, kind, posted.get(name, ""))


def _indices(name: str, posted: MultiDict[str, str]) -> list[int]:
    ends = (key[len(name) + 1 :] for key in posted if key.startswith(f"{name}-"))
    return sorted({int(found[1]) for end in ends if (found := _ROW.fullmatch(end))})


def _is_blank(row: Mapping[str, Any]) -> bool:
    return all(value is False or value == [] for value in row.values())


def _files(field: Field[Any], files: MultiDict[str, Any] | None, name: str) -> Any:
    chosen = [file for file in (files.getlist(name) if files else []) if getattr(file, "filename", "")]
    if isinstance(field, fields.List):
        return chosen or None
    return chosen[0] if chosen else None


def _several(field: fields.List[Any], posted: MultiDict[str, str], name: str, kind: str) -> list[Any] | None:
    texts = posted.getlist(name)
    if kind == "lines":
        texts = [line for text in texts for line in text.splitlines()]
    inner = kind_of(field.inner)
    values = [_one(field.inner, inner, text) for text in texts]
    filled = [value for value in values if value is not None]
    return filled or None


def _one(field: Field[Any], kind: str, text: str) -> Any:
    text = text.replace("\r\n", "\n").strip()
    if not text:
        return None
    if kind == "yes_no":
        return {"true": True, "false": False}.get(text, text)
    if isinstance(field, fields.Number):
        return _number(field, text)
    if kind == "datetime" and not isinstance(field, fields.NaiveDateTime):
        return _with_offset(text)
    if kind == "json":
        try:
            return orjson.loads(text)
        except orjson.JSONDecodeError:
            return text
    return _choice(field, text)


def _number(field: Field[Any], text: str) -> Any:
    plain = unicodedata.normalize("NFKC", text).translate(_NOT_IN_NUMBERS)
    if isinstance(field, fields.Integer):
        try:
            return int(plain)
        except ValueError:
            return text
    return plain or text


def _with_offset(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (moment if moment.tzinfo else moment.replace(tzinfo=SHANGHAI)).isoformat()


def _choice(field: Field[Any], text: str) -> Any:
    """Give a choice its own type back, for choices that are no texts."""
    for validator in field.validators:
        if isinstance(validator, validate.OneOf):
            return next((choice for choice in validator.choices if str(choice) == text), text)
    if isinstance(field, fields.Enum) and field.by_value:
        return next((member.value for member in field.enum if str(member.value) == text), text)
    return text


def for_input(kind: str, value: Any) -> str:
    """Spell a value for an `<input>` of a kind; times as they are in Asia/Shanghai."""
    if value is None:
        return ""
    if kind == "lines" and isinstance(value, (list, tuple)):
        return "\n".join(str(line) for line in value)
    if kind == "json" and not isinstance(value, str):
        return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    if isinstance(value, bool):
        return str(value).lower()
    if kind == "datetime":
        try:
            moment = datetime.fromisoformat(str(value))
        except ValueError:
            return str(value)
        local = moment.astimezone(SHANGHAI) if moment.tzinfo else moment
        return f"{local:%Y-%m-%dT%H:%M}"
    return str(value)


# -- what went wrong ----------------------------------------------------------

#: marshmallow's messages for texts and numbers: pattern, Chinese, English; groups fill `{0}`, `{1}`.
_SAID: Final[tuple[tuple[re.Pattern[str], str, str], ...]] = tuple(
    (re.compile(pattern), zh, en)
    for pattern, zh, en in (
        (r"Missing data for required field\.", "此项必填。", "Please fill this in."),
        (r"Unknown field\.", "没有这一项。", "There is no such field."),
        (r"Field may not be null\.", "此项不能为空。", "This may not be empty."),
        (r"Invalid type\.|Invalid input type\.", "这里应为一个 JSON 对象。", "A JSON object is expected here."),
        (r"Not a valid string\.", "应为文字。", "This must be a text."),
        (r"Not a valid utf-8 string\.", "文字编码应为 UTF-8。", "The text must be in UTF-8."),
        (r"Not a valid UUID\.", "应为 UUID 编号。", "This must be a UUID."),
        (r"Not a valid number\.", "应为数字。", "This must be a number."),
        (r"Not a valid integer\.", "应为整数。", "This must be a whole number."),
        (r"Number too large\.", "数字过大。", "This number is too large."),
        (
            r"Special numeric values \(nan or infinity\) are not permitted\.",
            "应为有限的数字。",
            "This must be a finite number.",
        ),
        (r"Not a valid boolean\.", "应为“是”或“否”。", "This must be yes or no."),
        (
            r"Not a valid aware datetime\.",
            "时间须带时区，例如 2026-03-01T09:30:00+08:00。",
            "The time needs its offset, such as 2026-03-01T09:30:00+08:00.",
        ),
        (
            r"Not a valid naive datetime\.",
            "时间不应带时区，例如 2026-03-01T09:30:00。",
            "The time must have no offset, such as 2026-03-01T09:30:00.",
        ),
        (
            r"Not a valid datetime\.",
            "应为日期和时间，例如 2026-03-01T09:30:00+08:00。",
            "This must be a date with a time, such as 2026-03-01T09:30:00+08:00.",
        ),
        (r"Not a valid date\.", "应为日期，例如 2026-03-01。", "This must be a date, such as 2026-03-01."),
        (r"Not a valid time\.", "应为时刻，例如 09:30。", "This must be a time of day, such as 09:30."),
        (r"Not a valid period of time\.", "应为一段时长。", "This must be a length of time."),
        (
            r'["\'](.*)["\'] cannot be formatted as a \w+\.',
            "“{0}”无法写成日期或时间。",
            "“{0}” can't be written as a date or time.",
        ),
        (r"Not a valid list\.|Not a valid tuple\.", "应为列表。", "This must be a list."),
        (r"Not a valid mapping type\.", "应为键值对象。", "This must be an object."),
        (
            r"Not a valid URL\.",
            "应为网址，例如 https://example.com/。",
            "This must be an address such as https://example.com/.",
        ),
        (
            r"Not a valid email address\.",
            "应为电子邮箱，例如 name@example.com。",
            "This must be an e-mail address such as name@example.com.",
        ),
        (r"Not a valid IP(?:v[46])? (?:address|interface)\.", "应为 IP 地址。", "This must be an IP address."),
        (
            r"Must be greater than or equal to (.+) and less than or equal to (.+)\.",
            "应在 {0} 到 {1} 之间。",
            "This must be between {0} and {1}.",
        ),
        (r"Must be greater than or equal to (.+)\.", "不能小于 {0}。", "This must be at least {0}."),
        (r"Must be less than or equal to (.+)\.", "不能大于 {0}。", "This must be at most {0}."),
        (
            r"Must be greater than (.+) and less than (.+)\.",
            "应大于 {0} 且小于 {1}。",
            "This must be more than {0} and less than {1}.",
        ),
        (r"Must be greater than (.+)\.", "应大于 {0}。", "This must be more than {0}."),
        (r"Must be less than (.+)\.", "应小于 {0}。", "This must be less than {0}."),
        (r"Must be equal to True\.", "须予以确认。", "This must be confirmed."),
        (r"Must be equal to (.+)\.", "应为 {0}。", "This must be {0}."),
        (r"String does not match expected pattern\.", "格式不对。", "This is not in the expected form."),
        (r"Invalid value\.|Invalid input\.", "这个值不能用。", "This value can't be used."),
    )
)
_LENGTHS: Final = (
    (re.compile(r"Shorter than minimum length (\d+)\."), "至少 {0} {unit}。", "At least {0} {unit}, please."),
    (re.compile(r"Longer than maximum length (\d+)\."), "最多 {0} {unit}。", "At most {0} {unit}, please."),
    (
        re.compile(r"Length must be between (\d+) and (\d+)\."),
        "应为 {0} 到 {1} {unit}。",
        "Between {0} and {1} {unit}, please.",
    ),
    (re.compile(r"Length must be (\d+)\."), "应为 {0} {unit}。", "Exactly {0} {unit}, please."),
)
_ONE_OF: Final = re.compile(
    r"(?:Must be one of: |One or more of the choices you made was not in: )(?P<choices>.*)\.", re.DOTALL
)
_BILINGUAL: Final = re.compile(r"(?P<zh>.*[\u3400-\u9fff].*?)\s+/\s+(?P<en>[^\u3400-\u9fff]+)", re.DOTALL)
_FEW_NAMES: Final = 12


def loaded(schema: type[Schema], form: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a schema makes of a form. Raises ProblemError, field by field."""
    made = schema()
    try:
        found: dict[str, Any] = made.load(form)
    except ValidationError as error:
        raise invalid(explain_errors(made, error.messages_dict)) from None
    return found


def explain_errors(
    schema: Schema | type[Schema], messages: Mapping[Any, Any] | Sequence[Any], terms: Terms | None = None
) -> list[dict[str, str]]:
    """Say marshmallow's messages in Chinese and English, each with its JSON pointer (RFC 6901).

    A validator of one's own may say `{"zh": …, "en": …}` or "中文 / English"; an English
    sentence alone is looked up in `terms`.
    """
    made = _made(schema)
    if not isinstance(messages, dict):
        messages = {"_schema": list(messages)}
    return [{"pointer": pointer, **said} for pointer, said in _told(made, messages, "", terms)]


def _told(
    place: Schema | Field[Any] | None, messages: Any, pointer: str, terms: Terms | None
) -> Iterator[tuple[str, dict[str, str]]]:
    if isinstance(messages, dict) and not _is_bilingual(messages):
        for key, inner in messages.items():
            below = pointer if key == "_schema" else f"{pointer}/{_escaped(key)}"
            yield from _told(_below(place, key), _hinted(place, key, inner), below, terms)
    elif isinstance(messages, (list, tuple)):
        for message in messages:
            yield from _told(place, message, pointer, terms)
    else:
        yield pointer, _said(place, messages, terms)


def _is_bilingual(message: Mapping[Any, Any]) -> bool:
    return message.keys() == {"zh", "en"} and all(isinstance(said, str) for said in message.values())


def _escaped(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")


def _below(place: Schema | Field[Any] | None, key: Any) -> Schema | Field[Any] | None:
    """Find what a key of the messages speaks of, as far as the schema tells."""
    if key == "_schema":
        return place
    if isinstance(place, Schema):
        return next((field for field in place.fields.values() if _key(field) == key or field.name == key), None)
    if isinstance(place, fields.List):
        return place.inner
    if isinstance(place, fields.Nested):
        return place if isinstance(key, int) else _below(place.schema, key)
    return None


def _hinted(place: Schema | Field[Any] | None, key: Any, messages: Any) -> Any:
    """Name the fields that there are beside one that there is not."""
    schema = place.schema if isinstance(place, fields.Nested) else place
    if messages != ["Unknown field."] or not isinstance(schema, Schema):
        return messages
    names = [_key(field) for field in _asked(schema)][:_FEW_NAMES]
    return {
        "zh": f"没有“{key}”这一项；可以填写的有：{'、'.join(names)}。",
        "en": f"There is no field “{key}”; there are: {', '.join(names)}.",
    }


def _said(place: Schema | Field[Any] | None, message: Any, terms: Terms | None) -> dict[str, str]:
    if isinstance(message, dict):
        return {"zh": str(message["zh"]), "en": str(message["en"])}
    if hasattr(message, "zh") and hasattr(message, "en"):
        return {"zh": str(message.zh), "en": str(message.en)}
    text = str(message)
    if found := _BILINGUAL.fullmatch(text):
        return {"zh": found["zh"], "en": found["en"]}
    return _known(place, text, terms) or {"zh": terms.text(text, "zh") if terms else text, "en": text}


def _known(place: Schema | Field[Any] | None, text: str, terms: Terms | None) -> dict[str, str] | None:
    if found := _ONE_OF.fullmatch(text):
        told = choices_of(place) if not isinstance(place, Schema) and place is not None else []
        # Nothing at all may be chosen as well; it has no name.
        choices = [choice for choice in told or found["choices"].split(", ") if choice]
        field = (getattr(place, "name", None) or "") if place is not None else ""
        named = [f"{terms.value(choice, 'zh', field)}（{choice}）" if terms else choice for choice in choices]
        return {"zh": f"应从中选择：{'、'.join(named)}。", "en": f"Please choose one of: {', '.join(choices)}."}
    listed = isinstance(place, fields.List) or (isinstance(place, fields.Nested) and place.many)
    for pattern, zh, en in _LENGTHS:
        if found := pattern.fullmatch(text):
            many = found[found.lastindex or 1] != "1"
            unit = ("entries" if many else "entry") if listed else ("characters" if many else "character")
            rows = listed and isinstance(getattr(place, "inner", place), fields.Nested)
            return {
                "zh": zh.format(*found.groups(), unit="项（空行不计）" if rows else "项" if listed else "个字"),
                "en": en.format(*found.groups(), unit=f"{unit}, not counting blank ones" if rows else unit),
            }
    for pattern, zh, en in _SAID:
        if found := pattern.fullmatch(text):
            return {"zh": zh.format(*found.groups()), "en": en.format(*found.groups())}
    return None


def by_pointer(problems: Iterable[Mapping[str, str]], lang: str) -> dict[str, list[str]]:
    """Sort problems by their pointers, for a page that shows each beside its field."""
    sorted_: dict[str, list[str]] = {}
    for problem in problems:
        sorted_.setdefault(problem["pointer"], []).append(problem["en" if lang == "en" else "zh"])
    return sorted_
