"""The portal's doors: pages for people, tokens for programs, and no way in for anybody else."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from chassis import keys, moments, settings, wire
from chassis.access import verify_token
from chassis.inbox import Inbox
from chassis.work import Work
from services.portal import accounts, demo
from services.portal.models import Base
from services.portal.service import PortalService
from services.portal.web import create_app

PASSWORD = "correct horse battery"
NEW = "staple a new horse"
CSRF = re.compile(r'name="_?csrf_token" value="([^"]+)"')


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    found = settings.load({"JIESU_DATA": str(tmp_path)})
    keys.generate(found.keys, ["portal"])
    app = create_app(found)
    at = app.extensions["jiesu"]
    Base.metadata.create_all(at.database.engine)
    with at.database.write() as session:
        work = Work(session, at.blueprint, moments.now())
        accounts.add(
            work, login="mediator", name="处办员甲", password=PASSWORD, roles=["handler"], services=["mediation"]
        )
        accounts.add(work, login="leader", name="街道领导甲", password=PASSWORD, roles=["leader"])
        accounts.add(work, login="inspector", name="督查员甲", password=PASSWORD, roles=["inspector"])
        accounts.add(work, login="fresh", name="处办员乙", password=PASSWORD, roles=["handler"], must_change=True)
        work.record()
    yield app
    at.database.close()


@pytest.fixture
def browser(app: Flask) -> FlaskClient:
    client = app.test_client()
    client.environ_base.update(HTTP_ACCEPT="text/html", HTTP_ACCEPT_LANGUAGE="zh-CN")
    return client


@pytest.fixture
def program(app: Flask) -> FlaskClient:
    return app.test_client(use_cookies=False)


def post(browser: FlaskClient, page: str, **form: str) -> TestResponse:
    """Fill in a page's form and send it, as a browser would."""
    found = CSRF.search(browser.get(page).get_data(as_text=True))
    assert found is not None
    token = found[1]
    return browser.post(page, data={"csrf_token": token, "_csrf_token": token, **form})


def sign_in(browser: FlaskClient, login: str = "leader", password: str = PASSWORD, **form: str) -> TestResponse:
    """Sign in on the page."""
    return post(browser, "/sign-in", login=login, password=password, **form)


def hear(app: Flask, *letters: tuple[str, str, dict[str, Any]]) -> None:
    """Let the portal's worker read letters."""
    at = app.extensions["jiesu"]
    inbox = Inbox(at.database, at.blueprint, PortalService(), now=moments.now)
    for key, subject, data in letters:
        letter = wire.Letter(id=wire.new_id(), key=key, subject=subject, time=moments.now(), data=data)
        inbox.take([(wire.encode(letter), key)])


# -- pages --------------------------------------------------------------------


def test_the_front_door_has_three_doors_for_residents_and_one_for_staff(browser: FlaskClient) -> None:
    page = browser.get("/").get_data(as_text=True)

    for address in ("/intake/report", "/intake/track", "/feedback/rate", "/sign-in"):
        assert f'href="{address}"' in page
    assert "我要反映" in page


def test_the_front_door_speaks_english_when_asked(browser: FlaskClient) -> None:
    page = browser.get("/?lang=en").get_data(as_text=True)

    assert "Say what is wrong and where" in page


def test_signing_in_leads_to_the_board_and_sets_cookies_that_no_script_reads(browser: FlaskClient) -> None:
    response = sign_in(browser)

    assert response.status_code == 303
    assert response.location.endswith("/board")
    cookies = [cookie for cookie in response.headers.getlist("Set-Cookie") if "csrf" not in cookie]
    assert {cookie.split("=")[0] for cookie in cookies} == {"jiesu_token", "jiesu_session"}
    assert all("HttpOnly" in cookie and "SameSite=Lax" in cookie for cookie in cookies)
    assert browser.get("/board").status_code == 200


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/mediation/cases/7?lang=zh", "/mediation/cases/7?lang=zh"),
        ("https://evil.example/", "/board"),
        ("//evil.example/", "/board"),
    ],
)
def test_signing_in_goes_on_to_where_one_came_from_but_never_to_another_site(
    browser: FlaskClient, wanted: str, reached: str
) -> None:
    assert sign_in(browser, next=wanted).location == reached


def test_a_wrong_password_is_said_on_the_page_and_the_login_is_kept(browser: FlaskClient) -> None:
    response = sign_in(browser, password="wrong")

    page = response.get_data(as_text=True)
    assert response.status_code == 401
    assert "登录名或密码不正确" in page
    assert 'value="leader"' in page
    assert "wrong" not in page
    assert browser.get("/board").status_code == 303


def test_too_many_wrong_passwords_are_told_how_long_to_wait(browser: FlaskClient) -> None:
    for _ in range(5):
        sign_in(browser, password="wrong")

    response = sign_in(browser)

    assert response.status_code == 429
    assert "秒后再试" in response.get_data(as_text=True)


def test_a_form_without_the_visitors_own_token_signs_nobody_in(browser: FlaskClient) -> None:
    browser.get("/sign-in")

    response = browser.post("/sign-in", data={"login": "leader", "password": PASSWORD, "_csrf_token": "x"})

    assert response.status_code == 403
    assert browser.get_cookie("jiesu_token") is None


def test_a_sign_in_that_still_holds_renews_the_token_without_asking(browser: FlaskClient) -> None:
    sign_in(browser)
    browser.delete_cookie("jiesu_token")

    response = browser.get("/sign-in?next=/routing/cases")

    assert response.location == "/routing/cases"
    assert browser.get_cookie("jiesu_token") is not None


def test_signing_out_ends_it_also_for_a_copied_cookie(browser: FlaskClient) -> None:
    sign_in(browser)
    secret = browser.get_cookie("jiesu_session", path="/")
    assert secret is not None
    found = CSRF.search(browser.get("/password").get_data(as_text=True))
    assert found is not None

    response = browser.post("/sign-out", data={"csrf_token": found[1], "_csrf_token": found[1]})

    assert response.status_code == 303
    assert browser.get_cookie("jiesu_token") is None
    browser.set_cookie("jiesu_session", secret.value)
    assert browser.get("/board").status_code == 303
    assert browser.get("/sign-in").status_code == 200


def test_the_board_asks_strangers_to_sign_in_and_brings_them_back(browser: FlaskClient) -> None:
    assert browser.get("/board").location == "/sign-in?next=/board"


def test_each_number_on_the_board_leads_to_the_list_behind_it(app: Flask, browser: FlaskClient) -> None:
    hear(
        app,
        ("intake.appeal_registered.v1", "A1", {}),
        ("intake.appeal_registered.v1", "A2", {}),
        ("routing.appeal_dispatched.v1", "A2", {"mechanism": "mediation", "lead_unit": "north"}),
    )
    sign_in(browser)

    page = browser.get("/board").get_data(as_text=True)

    assert re.search(r'data-count="came">\s*2', page)
    assert "/routing/cases?open=1&amp;stage=collect" in page
    assert "/mediation/cases?open=1&amp;stage=handle" in page
    assert "邻里纠纷调解" in page


def test_a_number_leads_only_where_its_reader_may_go(app: Flask, browser: FlaskClient) -> None:
    hear(
        app,
        ("intake.appeal_registered.v1", "A1", {}),
        ("routing.appeal_dispatched.v1", "A2", {"mechanism": "mediation", "lead_unit": "north"}),
        ("routing.appeal_dispatched.v1", "A3", {"mechanism": "relief", "lead_unit": "north"}),
    )
    sign_in(browser, login="mediator")

    page = browser.get("/board").get_data(as_text=True)

    assert "/mediation/cases?" in page
    assert "/relief/cases?" not in page
    assert "/routing/cases?" not in page


def test_a_first_password_must_be_changed_before_anything_else(browser: FlaskClient) -> None:
    response = sign_in(browser, login="fresh", next="/mediation/cases")
    assert response.location == "/password?next=/mediation/cases"
    assert browser.get_cookie("jiesu_token") is None
    assert browser.get("/sign-in?next=/mediation/cases").status_code == 200
    assert browser.get_cookie("jiesu_token") is None

    response = post(browser, "/password?next=/mediation/cases", current=PASSWORD, new=NEW, again=NEW)

    assert response.location == "/mediation/cases"
    assert browser.get_cookie("jiesu_token") is not None


@pytest.mark.parametrize(
    ("current", "new", "again", "said"),
    [
        (PASSWORD, NEW, "other", "两次输入"),
        (PASSWORD, "short", "short", "密码至少"),
        ("wrong", NEW, NEW, "当前密码不正确"),
        (PASSWORD, PASSWORD, PASSWORD, "不能与当前密码相同"),
    ],
)
def test_a_password_that_will_not_do_is_said_beside_its_field(
    browser: FlaskClient, current: str, new: str, again: str, said: str
) -> None:
    sign_in(browser)

    response = post(browser, "/password", current=current, new=new, again=again)

    assert response.status_code == 422
    assert said in response.get_data(as_text=True)
    browser.get("/")


def test_a_changed_password_lets_in_at_once_and_ends_other_sign_ins(app: Flask, browser: FlaskClient) -> None:
    other = app.test_client()
    other.environ_base.update(HTTP_ACCEPT="text/html")
    sign_in(other)
    sign_in(browser)

    assert post(browser, "/password", current=PASSWORD, new=NEW, again=NEW).status_code == 303

    assert browser.get("/password").status_code == 200
    assert other.get("/password").status_code == 303


# -- programs -----------------------------------------------------------------


def token_of(program: FlaskClient, **asked: str) -> TestResponse:
    """Ask for a token."""
    return program.post("/api/v1/tokens", json={"login": "mediator", "password": PASSWORD, **asked})


def test_a_program_gets_a_token_that_every_service_can_verify_alone(app: Flask, program: FlaskClient) -> None:
    response = token_of(program)

    assert response.status_code == 201
    assert response.headers["Cache-Control"] == "no-store"
    body = response.get_json()
    principal = verify_token(body["token"], app.extensions["jiesu"].keys.verifying(), moments.now())
    assert (principal.name, principal.roles, principal.services) == (
        "处办员甲",
        frozenset({"handler"}),
        frozenset({"mediation"}),
    )
    me = program.get("/api/v1/me", headers={"Authorization": f"Bearer {body['token']}"}).get_json()
    assert me["name"] == "处办员甲"


def test_a_programs_wrong_password_is_a_problem_in_both_languages(program: FlaskClient) -> None:
    response = token_of(program, password="wrong")

    assert response.status_code == 401
    assert response.mimetype == "application/problem+json"
    assert response.get_json()["title"].startswith("登录名或密码不正确，请核对大小写后再试")
    assert "wrong" in response.get_json()["title_en"]


def test_a_program_that_guesses_is_told_when_to_come_again(program: FlaskClient) -> None:
    for _ in range(5):
        token_of(program, password="wrong")

    response = token_of(program)

    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 6


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/login"),
        ({"login": "a"}, "/password"),
        ({"login": 7, "password": "x"}, "/login"),
        ({"login": "a", "password": "x", "y": 1}, "/y"),
    ],
)
def test_a_wrong_request_for_a_token_is_explained_by_field(
    program: FlaskClient, body: dict[str, Any], pointer: str
) -> None:
    response = program.post("/api/v1/tokens", json=body)

    assert response.status_code == 422
    assert pointer in [error["pointer"] for error in response.get_json()["errors"]]


def test_a_program_renews_its_token_until_it_ends_the_sign_in(program: FlaskClient) -> None:
    session = token_of(program).get_json()["session"]

    assert program.post("/api/v1/tokens/renewal", json={"session": session}).status_code == 201
    assert program.post("/api/v1/tokens/end", json={"session": session}).status_code == 200
    assert program.post("/api/v1/tokens/renewal", json={"session": session}).status_code == 401


def test_a_first_password_gives_a_program_no_token_until_it_is_changed(program: FlaskClient) -> None:
    assert token_of(program, login="fresh").status_code == 403

    changed = program.post("/api/v1/password", json={"login": "fresh", "current": PASSWORD, "new": NEW})

    assert changed.status_code == 201
    assert token_of(program, login="fresh", password=NEW).status_code == 201


def test_a_new_password_that_will_not_do_is_explained_by_field(program: FlaskClient) -> None:
    response = program.post("/api/v1/password", json={"login": "mediator", "current": PASSWORD, "new": "short"})

    assert response.status_code == 422
    assert response.get_json()["errors"][0]["pointer"] == "/new"


def test_the_board_is_for_programs_too_and_only_for_those_signed_in(app: Flask, program: FlaskClient) -> None:
    hear(app, ("intake.appeal_registered.v1", "A1", {}))
    token = token_of(program).get_json()["token"]

    assert program.get("/api/v1/board").status_code == 401
    board = program.get("/api/v1/board", headers={"Authorization": f"Bearer {token}"}).get_json()
    assert board["stages"]["collect"] == {"open": 1, "overdue": 0}


# -- the demo -----------------------------------------------------------------


def test_the_demos_staff_sign_in_with_the_one_password_made_up_for_it(app: Flask, program: FlaskClient) -> None:
    folder = app.extensions["jiesu"].settings.data
    hints = list(demo.prepare(app.extensions["jiesu"].settings))
    again = list(demo.prepare(app.extensions["jiesu"].settings))

    password = demo.demo_password(folder)
    assert password in hints[-1]
    assert again == hints
    assert token_of(program, login="mediation", password=password).status_code == 201


# -- looks at personal data ----------------------------------------------------


def look(number: int, **more: Any) -> tuple[str, str, dict[str, Any]]:
    return (
        "mediation.reveal_logged.v1",
        f"A{number}",
        {
            "case_id": f"C{number}",
            "number": f"彭李诉〔2026〕{number:06}号",
            "unit": "mediation_committee",
            "what": ["phone", "forms"],
            "purpose": "电话联系诉求人",
            "by": "p1",
            "by_name": "处办员甲",
            "at": f"2026-11-{1 + number // 24:02}T{number % 24:02}:00:00+00:00",
            **more,
        },
    )


def test_an_inspector_sees_who_looked_at_what_when_and_why(app: Flask, browser: FlaskClient) -> None:
    hear(app, look(1), look(2, by_name="处办员乙", purpose="<b>核实</b>", what=["case_file"]))
    sign_in(browser, "inspector")

    page = browser.get("/reveals").get_data(as_text=True)
    found = browser.get("/reveals?q=处办员乙").get_data(as_text=True)

    assert page.index("处办员乙") < page.index("处办员甲")
    for said in (
        "邻里纠纷调解",
        "街道人民调解委员会",
        "彭李诉〔2026〕000001号",
        "电话、案卷中的隐去内容",
        "&lt;b&gt;核实",
        "<td>文书</td>",
    ):
        assert said in page
    assert "Case file" not in page
    assert "2026-11-01 09:00" in page
    assert ("处办员乙" in found, "处办员甲" in found) == (True, False)


def test_looks_are_paged_newest_first_and_none_is_shown_twice(app: Flask, browser: FlaskClient) -> None:
    hear(app, *(look(number) for number in range(205)))
    sign_in(browser, "inspector")
    seen: list[str] = []

    after = ""
    while True:
        found = browser.get(f"/api/v1/reveals?before={after}").get_json()
        seen += [item["case_id"] for item in found["items"]]
        after = found["next"]
        if not after:
            break

    assert seen == [f"C{number}" for number in reversed(range(205))]


@pytest.mark.parametrize("login", ["leader", "mediator"])
def test_nobody_but_an_inspector_sees_the_looks(browser: FlaskClient, login: str) -> None:
    stranger = browser.get("/reveals")
    sign_in(browser, login)

    assert stranger.status_code == 303
    assert browser.get("/reveals").status_code == 403
    assert "个人信息查看记录" not in browser.get("/board").get_data(as_text=True)
