"""The electronic file of an appeal (电子档案): what goes in, as a PDF and as a zip.

It holds what others told of the handling (`heard`), the callback with its ratings, decisions and findings, the
timeline, and the chain of hashes by which the timeline proves that nobody has edited it; personal data is masked. What
other services hold, such as records, photos, documents and signatures, is fetched from them (`enclosing`): the zip has
it whole, the PDF is its index.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import structlog
from flask import render_template
from sqlalchemy import select

from chassis import papers, typeset, views
from chassis.cases import verify
from chassis.pages import case_context, language, terms, tree
from chassis.wire import dumps
from services.feedback.enclosing import Holder, Part, evidence_name, plain_name
from services.feedback.models import AGAIN, Case, Heard

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from chassis.access import Principal
    from chassis.blueprint import Blueprint
    from services.feedback.enclosing import Enclosed

log = structlog.get_logger(__name__)

#: Times in a zip begin here, and must not tell one export from another.
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)


_NO_PDF: Final = {
    "service": "feedback",
    "title": "file.pdf",
    "zh": "PDF 暂时无法生成，请打印其中的网页",
    "en": "No PDF can be made at the moment: print the pages in it",
}


def gather(
    session: Session, case: Case, blueprint: Blueprint, who: Principal, now: datetime, *, lang: str
) -> dict[str, Any]:
    """Return what the file of an appeal holds, personal data masked."""
    shown = views.whole(session, case, blueprint, who, now, lang=lang)
    table = blueprint.store.timeline
    stored = session.execute(select(table).where(table.c.case_id == case.id).order_by(table.c.seq))
    entries = [dict(entry) for entry in stored.mappings()]
    heard = session.scalars(
        select(Heard).where(Heard.subject == case.subject, Heard.what != AGAIN).order_by(Heard.at, Heard.id)
    )
    return {
        "case": {name: value for name, value in shown.items() if name not in ("actions", "sealed")},
        "handling": [{"at": views.when(one.at), "what": one.what, "told": one.told} for one in heard],
        "hashes": [entry["hash"] for entry in entries],
        "digest": case.chain,
        "archived_as": case.details.get("digest", ""),
        "unedited": verify(entries, case.chain),
    }


def holders(session: Session, case: Case) -> list[Holder]:
    """Return who holds something of an appeal: intake, the ledger, and each mechanism that had to do with it.

    Who is heard under another's handling has his own letter and photos; the rest is with the appeal that is handled.
    """
    handled = case.voice_of or case.subject
    told = session.execute(select(Heard.what, Heard.told).where(Heard.subject == handled)).all()
    mechanisms = {one.get("mechanism", "") for _, one in told} | {case.mechanism}
    was_sent = any(what == "dispatched" for what, _ in told)
    return [
        Holder("intake", case.subject),
        Holder("routing", handled, surely=was_sent),
        *(Holder(name, handled) for name in sorted(mechanisms - {"", "intake", "routing"})),
    ]


def with_enclosed(file: Mapping[str, Any], found: Enclosed) -> dict[str, Any]:
    """Add to a file what was had of other services, and what was not, without the bytes."""
    return {
        **file,
        "enclosed": [
            {
                **{name: getattr(one, name) for name in ("service", "kind", "title", "name", "remark", "sha256")},
                "bytes": None if one.content is None else len(one.content),
            }
            for one in found.parts
        ],
        "missing": [{"service": one.service, "title": one.title, "zh": one.zh, "en": one.en} for one in found.missing],
        "signatures": found.signatures,
    }


def as_page(file: Mapping[str, Any], watermark: str) -> str:
    """Write a file as a page of HTML to print, each sheet under a watermark that says who took it and what for."""
    words, lang = terms(), language()
    handling = [
        {"at": one["at"], "label": words.trigger(one["what"], lang), "form": tree(_said(one["told"]), words, lang)}
        for one in file["handling"]
    ]
    shown = case_context(file["case"], {}, terms=words, lang=lang)
    return render_template("printed.html", **shown, file=file, handling=handling, watermark=watermark, lang=lang)


def own_documents(session: Session, case: Case, blueprint: Blueprint, *, whole: bool) -> list[Part]:
    """Return the documents that feedback itself has issued, as pages to print; `whole` brings their bytes as well."""
    table = blueprint.papers
    rows = session.execute(select(table).where(table.c.case_id == case.id).order_by(table.c.issued_at, table.c.id))
    found = []
    for number, row in enumerate(rows, 1):
        remark = "" if papers.is_as_issued(row) else "与签发时不一致"
        page = typeset.html(papers.of_row(row), remark).encode() if whole else None
        title = f"{row.head['title']} {row.number}"
        name = f"feedback/documents/case-{number:02}-{plain_name(str(row.head['title']))}-{row.version}.html"
        found.append(Part(service="feedback", kind="document", title=title, name=name, content=page, remark=remark))
    return found


def add_own_evidence(found: Enclosed, session: Session, case: Case, blueprint: Blueprint, *, whole: bool) -> None:
    """Add what was laid to the callback itself, such as why an appeal is not counted; `whole` brings the bytes as well."""
    table = blueprint.evidence
    wanted = [table.c.shows, *([table.c.whole] if whole else [])]
    rows = session.execute(select(*wanted).where(table.c.case_id == case.id).order_by(table.c.place)).all()
    found.parts += [
        Part(
            service="feedback",
            kind="evidence",
            title=row.shows,
            name=evidence_name("feedback", f"case-{number:02}", row.shows),
            content=row.whole if whole else None,
        )
        for number, row in enumerate(rows, 1)
    ]


def typeset_documents(found: Enclosed, case_id: str) -> None:
    """Turn the documents of others into PDF; where this server can't at the moment, they stay pages to print."""
    pages = [one for one in found.parts if one.kind == "document" and one.content is not None]
    made = _pdfs([(one.content or b"").decode(errors="replace") for one in pages], case_id) if pages else []
    done = {
        one.name: replace(one, name=one.name.removesuffix("html") + "pdf", content=content)
        for one, content in zip(pages, made or (), strict=made is not None)
    }
    found.parts = [done.get(one.name, one) for one in found.parts]


def as_pdf(page: str, case_id: str) -> bytes | None:
    """Typeset a file's page, or return None where this server can't at the moment."""
    made = _pdfs([page], case_id)
    return made[0] if made else None


def _pdfs(pages: list[str], case_id: str) -> list[bytes] | None:
    """Typeset pages, or return None where this server can't at the moment; its log says why."""
    try:
        return typeset.pdfs(pages)
    except (typeset.NoPdfError, subprocess.TimeoutExpired) as error:
        log.error("no pdf", case_id=case_id, error=str(error))  # noqa: TRY400 - what the other process said is in it
        return None


def as_zip(
    file: Mapping[str, Any], page: str, pdf: bytes | None, found: Enclosed, *, taken: Mapping[str, Any]
) -> bytes:
    """Pack a file: as people read it, as programs do, what others hold, and who took it, with the hash of each.

    It comes without a PDF if need be. `missing` of the manifest names all that is not in it.
    """
    parts = {"file.html": page.encode(), "file.json": dumps(dict(file))}
    if pdf is not None:
        parts["file.pdf"] = pdf
    parts |= {one.name: one.content for one in found.parts if one.content is not None}
    missing = [*file["missing"], *([] if pdf is not None else [_NO_PDF])]
    manifest = {
        "taken": dict(taken),
        "digest": file["digest"],
        "complete": not missing,
        "missing": missing,
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()},
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in {**parts, "manifest.json": dumps(manifest)}.items():
            packed.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _said(told: Mapping[str, Any]) -> dict[str, Any]:
    # When the clocks end stands beside them; how they are counted is for a rework.
    return {
        name: one for name, one in told.items() if one not in ("", None) and name not in ("clocks", "contact_counts")
    }
