"""What other services hold of an appeal: fetched at their doors for its file, and named where it can't be had."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from threading import Thread
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from structlog import make_filtering_bound_logger, wrap_logger
from structlog.testing import LogCapture
from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from chassis import web
from chassis.testing import Room
from services.feedback import enclosing, files
from services.feedback.enclosing import Doors, Enclosed, Holder, Limits
from tests.services.feedback.conftest import CONCLUDED, Say
from tests.services.feedback.test_files import archived, taken, unpacked

__all__ = ["archived"]

Answer = Response | Callable[[], Response]
_PHOTO = b"\xff\xd8 a picture"
_PAGE = "<!doctype html><p>调解协议书</p>"
BOUNDS = Limits(seconds=5, bytes=100_000, at_once=1)
SURELY = [Holder("intake", "A1"), Holder("mediation", "A1")]


def told(body: Any, status: int = 200) -> Response:
    return Response(json.dumps(body), status, mimetype="application/json")


def paper(name: str, **more: Any) -> dict[str, Any]:
    known = {"id": name, "title": f"文书{name}", "number": "", "version": 1, "issued_at": name, "as_issued": True}
    return {**known, **more}


@dataclass
class Hall:
    """The other services: what each door answers, and who has knocked, with which token and what for."""

    url: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    knocked: list[tuple[str, str, str]] = field(default_factory=list)

    def answer(self, request: Request) -> Response:
        """Answer, and remember who asked."""
        path = request.full_path.rstrip("?")
        purpose = unquote(request.headers.get("X-Purpose", ""))
        self.knocked.append((path, request.headers.get("Authorization", ""), purpose))
        found = self.answers.get(path) or told({"detail": "没有找到", "detail_en": "Not found"}, 404)
        return found if isinstance(found, Response) else found()

    def keep(
        self, service: str, *papers: dict[str, Any], pictures: int = 0, evidence: Iterable[str] = (), **details: Any
    ) -> None:
        """Give a service a case of the appeal A1, with documents, pictures and what staff have laid to it."""
        at = f"/{service}/api/v1/cases"
        case = {"id": "c1", "number": "N-1", "title": "楼上漏水", "details": details, "actions": [{"trigger": "x"}]}
        shown = [
            {"name": f"{n}.png", "href": f"{at}/c1/attachments/p{n}", "size": len(_PHOTO)} for n in range(pictures)
        ]
        self.answers |= {
            f"{at}?subject=A1": told({"items": [{"id": "c1"}], "next": None}),
            f"{at}/c1": told(case),
            f"{at}/c1/papers": told({"items": papers}),
            f"{at}/c1/attachments": told({"items": shown}),
            f"{at}/c1/evidence": told(
                {"items": [{"id": f"e-{one}", "shows": one, "size": len(_PHOTO)} for one in evidence]}
            ),
            **{f"{at}/c1/evidence/e-{one}": Response(_PHOTO) for one in evidence},
            **{f"{at}/c1/attachments/p{n}": Response(_PHOTO) for n in range(pictures)},
            **{f"{at}/c1/papers/{one['id']}?as=html": Response(_PAGE) for one in papers},
        }

    def ask(self, *holders: Holder, whole: bool = True, bounds: Limits = BOUNDS) -> Enclosed:
        """Fetch what it holds."""
        with Doors(lambda service: f"{self.url}/{service}", "a-token", "归档检查", bounds=bounds) as doors:
            return enclosing.enclosed(doors, holders or SURELY, whole=whole)


@pytest.fixture
def hall() -> Iterator[Hall]:
    found = Hall()
    server = make_server("127.0.0.1", 0, Request.application(found.answer), threaded=True)
    found.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever)
    thread.start()
    found.keep("intake", pictures=2)
    found.keep("mediation", paper("2", as_issued=False), paper("1"))
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


def names(found: Enclosed) -> list[str]:
    return [one.name for one in found.parts]


def reasons(found: Enclosed) -> dict[str, str]:
    return {f"{one.service} {one.title}": one.zh for one in found.missing}


def test_records_pictures_and_documents_come_in_their_order_asked_for_by_one_person_for_one_purpose(hall: Hall) -> None:
    found = hall.ask()

    assert names(found) == [
        "intake/case.json",
        "intake/photos/01-0.jpg",
        "intake/photos/02-1.jpg",
        "mediation/case.json",
        "mediation/documents/case-01-文书1-1.html",
        "mediation/documents/case-02-文书2-1.html",
    ]
    assert found.missing == []
    assert [one.remark for one in found.parts if one.kind == "document"] == ["", "与签发时不一致"]
    assert b"actions" not in (found.parts[0].content or b"")
    assert {(token, purpose) for _, token, purpose in hall.knocked} == {("Bearer a-token", "归档检查")}


def test_what_staff_have_laid_to_a_case_comes_with_its_documents(hall: Hall) -> None:
    hall.keep("mediation", paper("1"), evidence=["天花板水渍", "双方签字的协议"])
    hall.answers["/mediation/api/v1/cases/c1/evidence/e-双方签字的协议"] = Response(b"cut")

    found = hall.ask()

    [laid] = [one for one in found.parts if one.kind == "evidence"]
    assert (laid.name, laid.title, laid.content) == ("mediation/material/case-01-天花板水渍.jpg", "天花板水渍", _PHOTO)
    assert reasons(found) == {"mediation 材料《双方签字的协议》": "材料与登记的大小不符"}
    listed = hall.ask(whole=False)
    assert [one.content for one in listed.parts if one.kind == "evidence"] == [None, None]


def test_evidence_comes_after_all_records_and_documents_and_a_release_without_it_is_whole(hall: Hall) -> None:
    hall.keep("intake", pictures=1, evidence=["到场照片"])
    del hall.answers["/mediation/api/v1/cases/c1/evidence"]

    found = hall.ask()

    assert names(found)[-2:] == ["mediation/documents/case-02-文书2-1.html", "intake/material/case-01-到场照片.jpg"]
    assert found.missing == []


def test_a_list_fetches_no_picture_and_opens_no_document(hall: Hall) -> None:
    found = hall.ask(whole=False)

    assert len(found.parts) == 6
    assert [one.sha256 for one in found.parts if one.kind != "case"] == [""] * 4
    assert not [path for path, _, _ in hall.knocked if "as=" in path or path.endswith(("p0", "p1"))]


@pytest.mark.parametrize(
    ("path", "answer", "missing"),
    [
        (
            "/mediation/api/v1/cases/c1/papers/1?as=html",
            told({"detail": "只有办理本案的人员可以打开", "detail_en": "Not yours"}, 403),
            {"mediation 文书《文书1》": "只有办理本案的人员可以打开"},
        ),
        (
            "/mediation/api/v1/cases/c1/papers",
            Response("<h1>Bad Gateway</h1>", 502),
            {"mediation 文书": "该服务未能给出（502）"},
        ),
        ("/mediation/api/v1/cases?subject=A1", told([1, 2]), {"mediation 案件": "该服务的应答无法识别"}),
        ("/mediation/api/v1/cases/c1", told({"details": None}), {"mediation 案件记录": "该服务的应答无法识别"}),
        (
            "/mediation/api/v1/cases?subject=A1",
            told({"items": [], "next": None}),
            {"mediation 案件": "该服务没有这件诉求的案件，或您无权查看"},
        ),
        ("/intake/api/v1/cases/c1/attachments/p1", Response(b"half"), {"intake 照片 1.png": "照片与登记的大小不符"}),
    ],
)
def test_what_a_door_does_not_give_is_named_with_the_reason_and_the_rest_is_there(
    hall: Hall, path: str, answer: Response, missing: dict[str, str]
) -> None:
    hall.answers[path] = answer

    found = hall.ask()

    assert reasons(found) == missing
    assert "intake/photos/01-0.jpg" in names(found)


def test_a_service_that_is_away_is_named(hall: Hall) -> None:
    with Doors(
        lambda service: "http://127.0.0.1:9/mediation" if service == "mediation" else f"{hall.url}/{service}", "t", "p"
    ) as doors:
        found = enclosing.enclosed(doors, SURELY, whole=True)

    assert reasons(found) == {"mediation 案件": "该服务没有应答，请稍后再取"}
    assert len(found.parts) == 3


def test_a_door_that_leads_elsewhere_is_not_followed_with_the_persons_token(hall: Hall) -> None:
    elsewhere = f"{hall.url}/elsewhere"
    hall.answers["/intake/api/v1/cases?subject=A1"] = Response(status=302, headers={"Location": elsewhere})

    found = hall.ask(Holder("intake", "A1"))

    assert reasons(found) == {"intake 案件": "该服务未能给出（302）"}
    assert not [path for path, _, _ in hall.knocked if "elsewhere" in path]


def test_a_picture_that_came_with_the_same_matter_again_is_taken_once_where_the_mechanism_names_it(hall: Hall) -> None:
    at = "/intake/api/v1/cases"
    again = [{"name": name, "href": f"{at}/{name}"} for name in ("c1/attachments/p0", "c2/attachments/p7")]
    hall.keep("mediation", pictures=0)
    hall.answers["/mediation/api/v1/cases/c1"] = told({"details": {"pictures": again}})
    hall.answers[f"{at}/c2/attachments/p7"] = Response(_PHOTO)

    found = hall.ask()

    assert [name for name in names(found) if "photos" in name] == [
        "intake/photos/01-0.jpg",
        "intake/photos/02-1.jpg",
        "intake/photos/03-c2_attachments_p7.jpg",
    ]
    assert found.missing == []


@pytest.mark.parametrize(
    "href", ["/portal/api/v1/me", "/intake/api/v1/cases/c1/reveal", "/intake/api/v1/cases/../callers/attachments/p1"]
)
def test_an_address_elsewhere_in_a_record_is_not_visited(hall: Hall, href: str) -> None:
    outside = [{"name": "a", "href": href}]
    hall.answers["/mediation/api/v1/cases/c1"] = told({"details": {"pictures": outside}})

    assert reasons(hall.ask()) == {"intake 照片 a": "该服务的应答无法识别"}


def test_what_weighs_too_much_is_named_and_what_is_lighter_still_comes(hall: Hall) -> None:
    hall.answers["/mediation/api/v1/cases/c1/papers/1?as=html"] = Response(b"x" * BOUNDS.bytes)

    found = hall.ask()

    assert reasons(found) == {"mediation 文书《文书1》": "全部附件超过 0 MB，未收入"}
    assert "mediation/documents/case-02-文书2-1.html" in names(found)


def test_who_is_slow_costs_no_more_than_the_time_for_all(hall: Hall) -> None:
    def dribble() -> Iterator[bytes]:
        for _ in range(100):
            time.sleep(0.05)
            yield b" " * 65536

    hall.answers["/intake/api/v1/cases/c1/attachments/p0"] = lambda: Response(dribble())
    began = time.monotonic()

    found = hall.ask(bounds=Limits(seconds=0.5, bytes=10**9, at_once=1))

    assert time.monotonic() - began < 3
    assert reasons(found)["intake 照片 0.png"] == "取件超过 0.5 秒，未及取到"
    assert reasons(found)["mediation 案件"] == "取件超过 0.5 秒，未及取到"


@pytest.mark.parametrize("head", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
def test_who_sends_a_byte_now_and_then_costs_no_more_than_the_time_for_all(head: str) -> None:
    with raw_door(head, (b"1\r\n \r\n" if "chunked" in head else b" " for _ in range(100)), pause=0.05) as url:
        began = time.monotonic()

        with Doors(lambda _: url, "a-token", "归档检查", bounds=replace(BOUNDS, seconds=0.5)) as doors:
            found = enclosing.enclosed(doors, [Holder("intake", "A1")], whole=True)

    assert time.monotonic() - began < 3
    assert reasons(found) == {"intake 案件": "取件超过 0.5 秒，未及取到"}


@pytest.mark.parametrize("head", ["Content-Length: 1000", "Transfer-Encoding: chunked"])
def test_what_broke_off_is_named_and_not_taken_for_the_whole(head: str) -> None:
    said = b'{"items": [], "next": null}'
    pieces = [b"1b\r\n" + said + b"\r\n" if "chunked" in head else said]

    with raw_door(head, pieces) as url, Doors(lambda _: url, "a-token", "归档检查", bounds=BOUNDS) as doors:
        found = enclosing.enclosed(doors, [Holder("intake", "A1", surely=False)], whole=True)

    assert reasons(found) == {"intake 案件": "该服务没有应答，请稍后再取"}


@contextmanager
def raw_door(head: str, pieces: Iterable[bytes], pause: float = 0.0) -> Iterator[str]:
    """Give the address of a door that answers whoever comes first with pieces, and then hangs up."""

    def serve() -> None:
        caller, _ = listener.accept()
        with caller, suppress(OSError):
            caller.recv(65536)
            caller.sendall(f"HTTP/1.1 200 OK\r\n{head}\r\n\r\n".encode())
            for piece in pieces:
                caller.sendall(piece)
                time.sleep(pause)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize("name", ["elsewhere.example/", "../intake", "intake@elsewhere.example", ""])
def test_a_name_that_is_no_service_leads_to_no_address(hall: Hall, name: str) -> None:
    assert reasons(hall.ask(Holder(name, "A1"))) == {f"{name} 案件": "该服务的应答无法识别"}
    assert hall.knocked == []


def test_who_may_have_no_case_is_not_missing(hall: Hall) -> None:
    hall.answers["/routing/api/v1/cases?subject=A1"] = told({"items": [], "next": None})

    assert reasons(hall.ask(Holder("routing", "A1", surely=False))) == {}
    assert reasons(hall.ask(Holder("routing", "A1"))) == {"routing 案件": "该服务没有这件诉求的案件，或您无权查看"}


# -- in the file ---------------------------------------------------------------------


def test_a_file_says_on_its_first_page_and_in_its_name_what_it_lacks(app: Flask, archived: str) -> None:
    answer = taken(app, archived)

    parts = unpacked(answer.data)
    manifest = json.loads(parts["manifest.json"])
    assert (manifest["complete"], [one["service"] for one in manifest["missing"]]) == (
        False,
        ["intake", "routing", "mediation"],
    )
    page = parts["file.html"].decode()
    assert page.index("档案不完整：3 项未能收入") < page.index("基本情况")
    assert "请运维人员设置 JIESU_GATEWAY" in page
    assert "%E4%B8%8D%E5%AE%8C%E6%95%B4" in answer.headers["Content-Disposition"]


def test_a_zip_has_what_others_hold_with_hashes_and_typeset_documents(
    app: Flask, room: Room, hall: Hall, archived: str
) -> None:
    _move(app, hall, room.blueprint.case, archived)
    signature = {
        "signature": "QP-1",
        "signer": "街道领导甲",
        "signed_at": "2026-11-23T01:00:00Z",
        "verified": "verified",
    }
    hall.keep("routing", signatures=[{**signature, "delegation_id": ""}])

    parts = unpacked(taken(app, archived).data)

    manifest, page = json.loads(parts["manifest.json"]), parts["file.html"].decode()
    assert (manifest["complete"], manifest["missing"]) == (True, [])
    assert {*parts} - {"manifest.json"} == {*manifest["sha256"]}
    assert parts["intake/photos/01-0.jpg"] == _PHOTO
    documents = [name for name in parts if "/documents/" in name]
    assert documents == ["mediation/documents/case-01-文书1-1.pdf", "mediation/documents/case-02-文书2-1.pdf"]
    for name in documents:
        assert parts[name].startswith(b"%PDF-")
        assert manifest["sha256"][name] in page
    assert ("QP-1" in page, "校验通过" in page, "与签发时不一致" in page) == (True, True, True)


def _move(app: Flask, hall: Hall, kind: Any, case_id: str) -> None:
    """Let feedback's web know where the others are, and let its case be of the appeal that they know."""
    at = app.extensions["jiesu"]
    with at.database.write() as session:
        session.get_one(kind, case_id).subject = "A1"
    at.settings = replace(at.settings, gateway=hall.url)


def test_whoever_comes_while_too_many_files_are_made_is_asked_to_come_again(
    app: Flask, archived: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Whatever level other tests have set.
    logged = LogCapture()
    monkeypatch.setattr(
        web, "log", wrap_logger(None, processors=[logged], wrapper_class=make_filtering_bound_logger(0))
    )
    held = [enclosing.turns().acquire(blocking=False) for _ in range(enclosing.limits().at_once)]
    try:
        answer = taken(app, archived)
    finally:
        for _ in held:
            enclosing.turns().release()

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
    [line] = [one for one in logged.entries if one["event"] == "request_failed"]
    assert (line["log_level"], line["problem"], line.get("exc_info")) == ("warning", "busy", None)
    assert taken(app, archived).status_code == 200


def test_a_file_has_its_turn_until_it_is_typeset(app: Flask, archived: str, monkeypatch: pytest.MonkeyPatch) -> None:
    free: list[bool] = []

    def typeset(page: str, case_id: str) -> bytes:
        others = [enclosing.turns().acquire(blocking=False) for _ in range(enclosing.limits().at_once)]
        free.extend(others)
        for _ in filter(None, others):
            enclosing.turns().release()
        return f"%PDF {case_id} {len(page)}".encode()

    monkeypatch.setattr(files, "as_pdf", typeset)

    assert taken(app, archived, kind="pdf").status_code == 200
    assert free == [True, True, False]


def test_the_file_of_one_voice_has_his_own_letter_and_the_handling_that_he_is_heard_under(
    app: Flask, room: Room, conclude: Say, hall: Hall
) -> None:
    conclude(subject="P1", **CONCLUDED)
    room.hear("intake.appeal_merged.v1", "A2", {"into": "P1", "own_voice": True, "reason": "同一事项"})
    room.run("call_voices_back")
    app.extensions["jiesu"].settings = replace(app.extensions["jiesu"].settings, gateway=hall.url)

    taken(app, str(room.case("A2").id), kind="pdf")

    assert [path for path, _, _ in hall.knocked] == [
        "/intake/api/v1/cases?subject=A2",
        "/routing/api/v1/cases?subject=P1",
        "/mediation/api/v1/cases?subject=P1",
    ]
