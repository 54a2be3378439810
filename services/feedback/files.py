"""The electronic file of an appeal (电子档案), as far as feedback has it: what goes in, as a PDF and as a zip.

It holds what others told of the handling (`heard`), the callback with its ratings, decisions and findings, the
timeline, and the chain of hashes by which the timeline proves that nobody has edited it. Personal data is masked.
What other services hold, such as photos and documents, is in their own files; the file page leads there.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from chassis import views
from chassis.cases import verify
from chassis.pages import case_context, tree
from chassis.paper import Part, paper
from chassis.wire import dumps
from services.feedback.models import Case, Heard

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from chassis.access import Principal
    from chassis.blueprint import Blueprint
    from chassis.terms import Terms

#: Times in a zip begin here, and must not tell one export from another.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


def gather(
    session: Session, case: Case, blueprint: Blueprint, who: Principal, now: datetime, *, lang: str
) -> dict[str, Any]:
    """Return what the file of an appeal holds, personal data masked."""
    shown = views.whole(session, case, blueprint, who, now, lang=lang)
    table = blueprint.store.timeline
    stored = session.execute(select(table).where(table.c.case_id == case.id).order_by(table.c.seq))
    entries = [dict(entry) for entry in stored.mappings()]
    heard = session.scalars(select(Heard).where(Heard.subject == case.subject).order_by(Heard.at, Heard.id))
    return {
        "case": {name: value for name, value in shown.items() if name not in ("actions", "sealed")},
        "handling": [{"at": views.when(one.at), "what": one.what, "told": one.told} for one in heard],
        "hashes": [entry["hash"] for entry in entries],
        "digest": case.chain,
        "archived_as": case.details.get("digest", ""),
        "unedited": verify(entries, case.chain),
    }


def as_pdf(file: Mapping[str, Any], terms: Terms, *, lang: str, watermark: str, at: datetime) -> bytes:
    """Set a file as a PDF."""
    case = file["case"]
    context = case_context(case, {}, terms=terms, lang=lang)

    def said(sentence: str) -> str:
        return terms.text(sentence, lang)

    handling = [
        (_minute(one["at"]), terms.trigger(one["what"], lang), _pairs(_tree_of(one["told"], terms, lang)))
        for one in file["handling"]
    ]
    timeline = [
        (_minute(entry["at"]), f"{entry['label']}\n{entry['who']}", _pairs(entry["form"]) if entry["form"] else "")
        for entry in context["timeline"]
    ]
    proof = [
        (said("Timeline"), said("unedited") if file["unedited"] else said("does not fit its chain of hashes")),
        (said("Digest"), file["digest"]),
        *([(said("Digest when archived"), file["archived_as"])] if file["archived_as"] else []),
    ]
    what = (said("Time"), said("Step"), said("Content"))
    record = [(one["label"], _pairs(one["tree"])) for one in context["record"]]
    parts = [
        Part(title=said("The matter"), pairs=[(said("State"), terms.state(case["state"], lang)), *context["facts"]]),
        Part(title=said("Handling, as the services told it"), head=what, rows=handling, widths=(2, 3, 5)),
        Part(title=said("Forms, ratings and decisions"), pairs=record),
        Part(title=said("Callback, step by step"), head=what, rows=timeline, widths=(2, 3, 5)),
        Part(title=said("Proof"), pairs=proof),
    ]
    subtitle = f"{case['number'] or said('No number yet')}  {case['title']}"
    return paper(title=said("Electronic file"), subtitle=subtitle, parts=parts, watermark=watermark, at=at)


def as_zip(file: Mapping[str, Any], pdf: bytes, *, taken: Mapping[str, Any]) -> bytes:
    """Pack a file: as people read it, as programs do, and who took it, with the hash of each."""
    parts = {"file.pdf": pdf, "file.json": dumps(dict(file))}
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}
    manifest = {"taken": dict(taken), "digest": file["digest"], "sha256": hashes}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in {**parts, "manifest.json": dumps(manifest)}.items():
            packed.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _minute(moment: str) -> str:
    return moment[:16].replace("T", " ")


def _tree_of(value: Mapping[str, Any], terms: Terms, lang: str) -> Mapping[str, Any]:
    """Lay out what a letter said."""
    return tree({name: one for name, one in value.items() if one not in ("", None)}, terms, lang)


def _pairs(laid_out: Mapping[str, Any]) -> str:
    """Write a value that a page lays out as pairs, tables and lists, line by line."""
    kind = laid_out["kind"]
    if kind == "pairs":
        return "\n".join(f"{label}：{_pairs(inner)}" for label, inner in laid_out["pairs"])
    if kind == "table":
        return "\n".join(
            "；".join(f"{label}：{cell}" for label, cell in zip(laid_out["head"], row, strict=True))
            for row in laid_out["rows"]
        )
    if kind == "list":
        return "\n".join(_pairs(inner) for inner in laid_out["items"])
    return str(laid_out["text"])
