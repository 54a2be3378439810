"""One appeal by hand: a resident at a phone, staff at their desks, and nothing in the console."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from chassis.workcalendar import local_date
from services.portal.demo import demo_accounts
from tests.browser.browsing import DESK, PHONE, launched, sign_in
from tests.nodes.street import Embedded

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from playwright.sync_api import Browser, ConsoleMessage, Page

pytestmark = pytest.mark.alone

_TEXT = "黄河八路路灯坏了一周,晚上出行不便,请尽快维修。"
_ADDED = "补充:第三根灯杆,晚上七点后最暗。"
_PASSWORD_FILE = "demo-password"
_PATIENCE = 30_000
_HEADINGS = 8
_TRIAGE = {
    "kind": "help",
    "matter": "路灯不亮,夜间通行不便",
    "competent_authority": "街道城建办",
    "in_petition_system": "false",
    "wants_written_opinion": "false",
}
_REPLY = {
    "facts": "经核查,诉求人反映情况属实。",
    "measures": "已协调维修并恢复使用。",
    "outcome": "solved",
    "reply": "您好，您反映的路灯问题已修复,感谢您的监督。",
    "handler_claims_solved": "true",
}


class Visitors:
    """People with a browser each, and all that the browsers complained of."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url
        self.complaints: list[str] = []

    def resident(self) -> Page:
        """Give a page at phone size."""
        return self._page(PHONE)

    def staff(self, login: str, password: str, size: dict[str, object] = DESK) -> Page:
        """Give a page at desk size, signed in."""
        page = self._page(size)
        sign_in(page, self.url, login, password)
        return page

    def _page(self, size: dict[str, object]) -> Page:
        page = self.browser.new_context(**size, locale="zh-CN").new_page()  # type: ignore[arg-type]
        page.set_default_timeout(_PATIENCE)
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        # Violations of the content security policy are errors of the console.
        expected = any(one in message.text.upper() for one in ("409 (CONFLICT)", "422 (UNPROCESSABLE"))
        if message.type in ("error", "warning") and not expected:
            self.complaints.append(f"{message.location.get('url')}: {message.text}")


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Embedded]:
    """Give a demo street."""
    made = Embedded(tmp_path)
    made.up.arguments.append("--demo")
    with made:
        yield made


@pytest.fixture
def visitors(street: Embedded, chromium: Path) -> Iterator[Visitors]:
    """Give the people, and demand in the end that no browser complained."""
    assert chromium.exists()
    with sync_playwright() as playwright, launched(playwright) as browser:
        made = Visitors(browser, street.url)
        yield made
    assert made.complaints == []


def test_an_appeal_goes_from_a_phone_over_desks_to_its_rating(street: Embedded, visitors: Visitors) -> None:
    password = (street.folder / _PASSWORD_FILE).read_text(encoding="ascii").strip()
    resident = visitors.resident()

    code = _report(resident, street.url)
    _track(resident, street.url, code, "已派单")
    _add_words(resident)
    _handle(visitors.staff("hotline", password), visitors.staff("reviewer", password), street.url)
    _rate(resident, street.url, code)
    _track(resident, street.url, code, "已办结")
    _look_from_above(visitors.staff("leader", password), street.url)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_an_operator_registers_a_work_order_by_keyboard_and_loses_nothing_on_the_way(
    street: Embedded, visitors: Visitors, size: dict[str, object]
) -> None:
    password = (street.folder / _PASSWORD_FILE).read_text(encoding="ascii").strip()
    page = visitors.staff("operator", password, size)
    page.locator(".nav summary", has_text="受理").press("Enter")
    page.get_by_role("link", name="登记诉求").press("Enter")
    page.get_by_role("link", name="来信").click()
    page.fill("[name=text]", _TEXT)

    page.get_by_role("button", name="12345 热线").click()
    expect(page.locator("[name=external-number]")).to_be_focused()
    expect(page.locator("[name=text]")).to_have_value(_TEXT)
    page.fill("[name=external-number]", "20261125-0001")
    page.fill("[name=external-due_at]", f"{_tomorrow():%Y-%m-%d}T17:00")
    page.fill("[name=contact-phone]", "12")
    page.keyboard.press("Enter")
    expect(page.locator(".error")).to_contain_text("电话号码格式不正确")
    expect(page.locator("[name=contact-phone]")).to_be_focused()
    expect(page.locator("[name=external-number]")).to_have_value("20261125-0001")
    _nothing_sticks_out(page)
    page.fill("[name=contact-phone]", "0543-3160000")
    page.keyboard.press("Enter")

    page.wait_for_url("**/desk/registered?*")
    # The ledger's number comes by itself, once a street that has just begun knows its letters, and the promise with it: the
    # hotline's deadline.
    expect(page.locator("main")).to_contain_text("彭李诉", timeout=60_000)
    expect(page.locator("main")).to_contain_text("答复时限")
    expect(page.get_by_text(f"{_tomorrow():%Y-%m-%d} 17:00")).to_have_count(2)
    _nothing_sticks_out(page)
    page.get_by_role("link", name="再登记一件").press("Enter")
    expect(page.locator("[name=external-number]")).to_have_value("")


def test_every_entry_of_everybody_s_menu_is_in_sight_and_opens(street: Embedded, visitors: Visitors) -> None:
    password = (street.folder / _PASSWORD_FILE).read_text(encoding="ascii").strip()
    for login in [one.login for one in demo_accounts()]:
        page = visitors.staff(login, password)
        links = page.locator(".nav a")
        for address in links.evaluate_all("all => all.map(one => one.href)"):
            assert page.request.get(address).status == 200, (login, address)
        _every_entry_is_in_sight(page)
        page.set_viewport_size(PHONE["viewport"])
        page.goto(f"{street.url}{links.last.get_attribute('href')}")
        expect(page.locator(".nav > ul > li :is(a, summary)[aria-current]").first).to_be_in_viewport(ratio=0.9)
        _every_entry_is_in_sight(page)
        page.context.close()


def _every_entry_is_in_sight(page: Page) -> None:
    """Open the headings of the menu one after the other: there are few, and what stands under each is seen whole."""
    assert page.locator(".nav > ul > li").count() <= _HEADINGS
    for heading in page.locator(".nav summary").all():
        heading.press("Enter")
        for link in heading.locator("xpath=..").get_by_role("link").all():
            expect(link).to_be_in_viewport(ratio=0.99)
        expect(page.locator(".nav details[open]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator(".nav details[open]")).to_have_count(0)


def _tomorrow() -> date:
    return local_date(datetime.now(UTC)) + timedelta(days=1)


def _report(page: Page, url: str) -> str:
    page.goto(f"{url}/")
    page.get_by_role("link", name=re.compile("我要反映")).click()
    page.fill("textarea[name=text]", _TEXT)
    page.fill("[name=place-text]", "黄河八路与渤海十二路交叉口")
    page.set_input_files("[name=photos]", {"name": "灯.jpg", "mimeType": "image/jpeg", "buffer": _photo()})
    page.fill("[name=contact-name]", "居民甲")
    page.fill("[name=contact-phone]", "13800000000")
    _nothing_sticks_out(page)
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/intake/receipt?**")
    found = re.search(r"code=([0-9A-Z-]+)", page.url)
    assert found
    expect(page.locator("main")).to_contain_text(found[1])
    _nothing_sticks_out(page)
    return found[1]


def _photo() -> bytes:
    file = BytesIO()
    Image.new("RGB", (640, 480), "orange").save(file, "JPEG")
    return file.getvalue()


def _track(page: Page, url: str, code: str, said: str) -> None:
    page.goto(f"{url}/intake/track")
    page.fill("[name=code]", code.lower())
    page.get_by_role("button", name="查询").click()
    _reload_until(page, said)
    expect(page.locator("main img").first).to_be_visible()
    _stands_in_line(page)
    _nothing_sticks_out(page)


def _stands_in_line(page: Page) -> None:
    """Demand that the four stages stand at one height, and that no bullet stands between them."""
    stages = page.locator(".stage-line li")
    seen = stages.evaluate_all("all => all.map(one => [one.offsetTop, getComputedStyle(one).listStyleType])")
    assert [tuple(one) for one in seen] == [(seen[0][0], "none")] * 4


def _add_words(page: Page) -> None:
    page.locator("summary", has_text="补充情况").click()
    page.fill("textarea[name=text]", _ADDED)
    page.get_by_role("button", name="提交补充").click()
    expect(page.locator(".timeline")).to_contain_text(_ADDED)


def _reload_until(page: Page, said: str) -> None:
    """Look again until the page says it: it follows the others' letters by a second or two."""
    for _ in range(60):
        if said in page.locator("main").inner_text():
            return
        page.wait_for_timeout(250)
        page.reload()
    expect(page.locator("main")).to_contain_text(said)


def _handle(handler: Page, reviewer: Page, url: str) -> None:
    menu = handler.get_by_role("navigation").first
    expect(menu).to_contain_text("为民热线")
    expect(menu).not_to_contain_text("邻里纠纷")
    handler.goto(f"{url}/hotline/cases")
    handler.locator("td.c-number a").first.click()
    expect(handler.locator("h1")).to_contain_text("路灯")
    assert "13800000000" not in handler.content()

    _sees_the_photo(handler)
    _act(handler, "case_accepted")
    handler.locator(".clock summary").first.click()
    expect(handler.locator(".clock .because").first).to_be_visible()
    _nothing_sticks_out(handler)
    _act(handler, "triaged", **_TRIAGE)
    _act(
        handler,
        "site_visited",
        visited_at="2026-11-23T10:00",
        visitors="网格员乙",
        method="work_at_front",
        findings="线路老化",
    )
    _act(handler, "reply_drafted", **_REPLY)
    reviewer.goto(handler.url)
    _act(reviewer, "reply_approved", opinion="事实清楚,同意答复。")
    handler.goto(reviewer.url)
    refused = handler.locator("#action-concluded.refused")
    expect(refused.locator("button")).to_be_disabled()
    expect(refused.locator(".reasons")).to_contain_text("尚未联系诉求人")
    _act(handler, "contact_made", way="phone", note="已电话联系，说明办理结果")
    _act(handler, "concluded", way="phone")
    expect(handler.locator(".case-state")).to_contain_text("已办结")


def _sees_the_photo(page: Page) -> None:
    """Demand the resident's photo and words on the case, the photo loaded from where it is kept, and large at a click."""
    _reload_until(page, _ADDED)
    thumbnail = page.locator(".pictures img")
    thumbnail.scroll_into_view_if_needed()
    expect(thumbnail).to_have_js_property("complete", value=True)
    assert thumbnail.evaluate("image => image.naturalWidth") == 360
    case = page.url
    thumbnail.click()
    expect(page.locator("img")).to_have_js_property("naturalWidth", 640)
    page.goto(case)


def _act(page: Page, trigger: str, **form: str) -> None:
    action = page.locator(f"#action-{trigger}")
    if not action.evaluate("box => box.open"):
        action.locator("summary").first.click()
    for name, value in form.items():
        field = action.locator(f"[name='{name}']")
        if field.first.evaluate("box => box.type") in ("radio", "checkbox"):
            action.locator(f"[name='{name}'][value='{value}']").check()
        elif field.first.evaluate("box => box.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)
    action.locator("form > .send button").click()
    page.wait_for_load_state()
    expect(page.locator(".alert")).to_have_count(0)


def _rate(page: Page, url: str, code: str) -> None:
    page.goto(f"{url}/intake/track?code={code}")
    _reload_until(page, "请您评价")
    page.get_by_role("link", name=re.compile("评价")).first.click()
    for name, mark in (("attitude", "5"), ("process", "4"), ("result", "5")):
        page.locator(f"[name={name}][value='{mark}']").check()
    page.locator("[name=solved][value=true]").check()
    page.fill("[name=comment]", "路灯亮了,谢谢。")
    _nothing_sticks_out(page)
    page.get_by_role("button", name="提交评价").click()
    expect(page.locator("main")).to_contain_text("感谢您的评价")


def _look_from_above(page: Page, url: str) -> None:
    for _ in range(60):
        if page.locator("[data-count=ended]").inner_text() == "1":
            break
        page.wait_for_timeout(250)
        page.reload()
    expect(page.locator("[data-count=came]")).to_have_text("1")
    expect(page.locator("[data-count=ended]")).to_have_text("1")
    page.goto(f"{url}/routing/cases")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.locator("td.c-number a").first.click()
    expect(page.locator(".case-state")).to_contain_text("已结案")


def _nothing_sticks_out(page: Page) -> None:
    """Demand that nothing is wider than the screen."""
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url
