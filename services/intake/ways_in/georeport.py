"""Open311 GeoReport v2: the services on offer, and how what is answered is spelled in JSON and XML.

https://wiki.open311.org/GeoReport_v2/
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

from chassis.wire import dumps

if TYPE_CHECKING:
    from collections.abc import Mapping

_DATA: Final = Path(__file__).parents[1] / "data" / "open311.toml"
#: What one member of each list is called in XML.
_ONE_OF: Final = {
    "services": "service",
    "attributes": "attribute",
    "values": "value",
    "service_requests": "request",
    "notes": "note",
    "endpoints": "endpoint",
    "formats": "format",
    "errors": "error",
}
#: https://www.w3.org/TR/xml/#charsets
_NOT_IN_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
TYPES: Final = {"json": "application/json; charset=utf-8", "xml": "text/xml; charset=utf-8"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """What is asked beside the standard's fields; `values` are the choices, by key."""

    code: str
    datatype: str
    zh: str
    en: str
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A service that residents may choose; `listed` ones are shown to anybody."""

    code: str
    group: str
    zh: str
    en: str
    listed: bool
    attributes: tuple[Attribute, ...]

    def shown(self) -> dict[str, Any]:
        """Return it as the list of services has it."""
        openly = (
            "类别、状态和大致位置向公众公开。 / Its category, status and rough place are public."
            if self.listed
            else "不公开，仅凭编号查询。 / It is not public: only its id leads to it."
        )
        return {
            "service_code": self.code,
            "service_name": self.zh,
            "description": f"{self.zh} / {self.en}。{openly}",
            "metadata": bool(self.attributes),
            "type": "realtime",
            "keywords": ",".join(self.en.split()),
            "group": self.group,
        }

    def definition(self) -> dict[str, Any]:
        """Return what is asked, as a service definition."""
        return {
            "service_code": self.code,
            "attributes": [
                {
                    "variable": True,
                    "code": one.code,
                    "datatype": one.datatype,
                    "required": False,
                    "datatype_description": None,
                    "order": place,
                    "description": f"{one.zh} / {one.en}",
                    "values": [{"key": key, "name": name} for key, name in one.values.items()],
                }
                for place, one in enumerate(self.attributes, 1)
            ],
        }


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(_DATA.read_text(encoding="utf-8"))


@cache
def offers() -> Mapping[str, Offer]:
    """Return the services by their codes, as shipped or changed by the street."""
    table = _table()
    asked = [
        (tuple(row.pop("of")), Attribute(**{"values": {}, **row})) for row in (dict(row) for row in table["attributes"])
    ]
    return {
        code: Offer(
            code=code,
            group=group,
            zh=zh,
            en=en,
            listed=code in table["listed"],
            attributes=tuple(one for of, one in asked if code.startswith(of)),
        )
        for group, rows in table["services"].items()
        for code, (zh, en) in rows.items()
    }


def changeset() -> str:
    """Return when the services were last changed."""
    return str(_table()["changeset"])


def spelled(form: str, root: str, value: Any) -> bytes:
    """Spell an answer; `root` names the whole in XML, where JSON has no name for it."""
    if form == "json":
        return dumps(value)
    written: bytes = ET.tostring(_element(root, value), encoding="utf-8", xml_declaration=True)
    return written


def _element(name: str, value: Any) -> ET.Element:
    element = ET.Element(name)
    if isinstance(value, dict):
        element.extend(_element(inner, one) for inner, one in value.items())
    elif isinstance(value, list):
        element.extend(_element(_ONE_OF[name], one) for one in value)
    elif value is not None:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        element.text = _NOT_IN_XML.sub("", text)
    return element
