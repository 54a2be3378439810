"""The electronic file of an appeal (电子档案), as far as feedback has it: what goes in, as a PDF and as a zip.

It holds what others told of the handling (`heard`), the callback with its ratings, decisions and findings, the
timeline, and the chain of hashes by which the timeline proves that nobody has edited it. Personal data is masked.
What other services hold, such as photos and documents, is in their own files; the file page leads there.
"""

from __future__ import annotations

import hashlib
import io
import subprocess
import zipfile
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import structlog
from flask import render_template
from sqlalchemy import select

from chassis import typeset, views
from chassis.cases import verify
from chassis.pages import case_context, language, terms, tree
from chassis.wire import dumps
from services.feedback.models import Case, Heard

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from chassis.access import Principal
    from chassis.blueprint import Blueprint

log = structlog.get_logger(__name__)

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


def as_page(file: Mapping[str, Any], watermark: str) -> str:
    """Write a file as a page of HTML to print, each sheet under a watermark that says who took it and what for."""
    words, lang = terms(), language()
    handling = [
        {"at": one["at"], "label": words.trigger(one["what"], lang), "form": tree(_said(one["told"]), words, lang)}
        for one in file["handling"]
    ]
    shown = case_context(file["case"], {}, terms=words, lang=lang)
    return render_template("printed.html", **shown, file=file, handling=handling, watermark=watermark)


def as_pdf(page: str, case_id: str) -> bytes | None:
    """Typeset a file's page, or return None where this server can't at the moment; its log says why."""
    try:
        return typeset.pdf(page)
    except (typeset.NoPdfError, subprocess.TimeoutExpired) as error:
        log.error("no pdf", case_id=case_id, error=str(error))  # noqa: TRY400 - what the other process said is in it
        return None


def as_zip(file: Mapping[str, Any], page: str, pdf: bytes | None, *, taken: Mapping[str, Any]) -> bytes:
    """Pack a file: as people read it, as programs do, and who took it, with the hash of each; without a PDF if need be."""
    parts = {"file.html": page.encode(), "file.json": dumps(dict(file))}
    if pdf is not None:
        parts["file.pdf"] = pdf
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in parts.items()}
    manifest = {"taken": dict(taken), "digest": file["digest"], "sha256": hashes}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in {**parts, "manifest.json": dumps(manifest)}.items():
            packed.writestr(zipfile.ZipInfo(name, _EPOCH), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _said(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: one for name, one in told.items() if one not in ("", None)}
