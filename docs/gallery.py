"""`make gallery`: pictures of the pages of a demo street, at phone and desk size, in `docs/gallery/`."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from playwright.sync_api import sync_playwright

from tests.browser.browsing import DESK, PHONE, launched, sign_in
from tests.journeys.town import MECHANISMS, PLAIN, VAGUE, Town
from tests.nodes.street import Embedded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

    from tests.journeys.town import Appeal

OUT = Path(__file__).parent / "gallery"
_SIZES = {"375": PHONE, "1280": DESK}
#: What may stand in Latin letters on a Chinese page.
_ENGLISH = re.compile(r"[A-Za-z][A-Za-z_]{2,}")
_TEXTS = {
    "mediation": "楼上住户卫生间漏水,把我家天花板泡坏了,多次协商赔偿没有结果,请求调解。",
    "enforcement": "夜市烧烤店占道经营,油烟直排,请执法部门查处。",
    "hotline": PLAIN,
    "wage_recovery": "工地拖欠二十名农民工三个月工资共18万元,包工头失联,请帮忙讨薪。",
    "relief": "家里老人重病住院,花费很大,生活困难,想申请临时救助和低保。",
    "property": "小区物业公司不打扫卫生,电梯长期不维修,还乱收物业费,要求更换物业。",
}


class Gallery:
    """Takes each picture at both sizes."""

    def __init__(self, browser: Browser, url: str, password: str) -> None:
        self.browser = browser
        self.url = url
        self.password = password
        self.count = 0
        self.complaints: list[str] = []

    @contextmanager
    def visitors(self, login: str = "") -> Iterator[dict[str, Page]]:
        """Give a page per size, signed in if a login is named."""
        contexts = {name: self.browser.new_context(**size, locale="zh-CN") for name, size in _SIZES.items()}
        pages = {name: context.new_page() for name, context in contexts.items()}
        if login:
            for page in pages.values():
                sign_in(page, self.url, login, self.password)
        yield pages
        for context in contexts.values():
            context.close()

    def take(self, pages: dict[str, Page], name: str, path: str = "", *, click: str = "") -> None:
        """Take a picture of a path, or of the page that is open."""
        for size, page in pages.items():
            if path:
                page.goto(self.url + path)
            if click:
                page.locator(click).first.click()
                page.wait_for_load_state()
            page.screenshot(path=OUT / f"{name}-{size}.png", full_page=True)
            self.count += 1
            if not page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"):
                self.complaints.append(f"{name}-{size}: wider than the screen")
        pages["1280"].eval_on_selector_all("details", "all => all.forEach(one => { one.open = true })")
        english = sorted({*_ENGLISH.findall(pages["1280"].locator("body").inner_text())})
        if english and "docs" not in name:
            self.complaints.append(f"{name}: {', '.join(english)}")


def main() -> None:
    """Take all pictures anew."""
    shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True)
    folder = Path(tempfile.mkdtemp(prefix="jiesu-gallery-"))
    try:
        street = Embedded(folder)
        street.up.arguments.append("--demo")
        with street, sync_playwright() as playwright, launched(playwright) as browser:
            gallery = Gallery(browser, street.url, (folder / "demo-password").read_text(encoding="ascii").strip())
            _take_all(gallery, Town(street))
            sys.stdout.write(f"{gallery.count} pictures in {OUT}\n")
            sys.stdout.writelines(f"  look at {complaint}\n" for complaint in gallery.complaints)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _take_all(gallery: Gallery, town: Town) -> None:
    begun = {name: _begun(town, name) for name in MECHANISMS}
    done = {name: _done(town, name) for name in ("hotline", "relief")}
    unclear, unsigned = town.report("请街道派人来了解一下具体情况。"), _unsigned(town)
    _of_residents(gallery, town, begun["mediation"], done)
    _of_staff(gallery, town, {"triage": unclear, "signoff": unsigned, **begun})


def _begun(town: Town, mechanism: str) -> Appeal:
    appeal = town.report(_TEXTS[mechanism])
    town.await_case(mechanism, appeal, "received")
    town.handle(mechanism, appeal, most=7)
    return appeal


def _done(town: Town, mechanism: str) -> Appeal:
    appeal = town.report(_TEXTS[mechanism])
    town.await_case(mechanism, appeal, "received")
    town.handle(mechanism, appeal)
    town.await_public(appeal, "callback_due")
    return appeal


def _unsigned(town: Town) -> Appeal:
    appeal = town.report(VAGUE)
    town.await_case("routing", appeal, "triage_due")
    decided = {"mechanism": "mediation", "category": "0101", "urgency": "III", "severity": "moderate"}
    town.act(town.desk, "routing", appeal, "corrected", **decided, reason="按诉求内容人工核定")
    return appeal


def _of_residents(gallery: Gallery, town: Town, open_one: Appeal, done: dict[str, Appeal]) -> None:
    with gallery.visitors() as pages:
        gallery.take(pages, "01-home", "/portal/")
        gallery.take(pages, "02-report", "/intake/report")
        for page in pages.values():
            page.fill("textarea[name=text]", "漏")
            page.eval_on_selector_all("form", "forms => forms.forEach(form => form.noValidate = true)")
        gallery.take(pages, "03-report-refused", click="main button[type=submit]")
        gallery.take(pages, "04-receipt", f"/intake/receipt?code={open_one.code}")
        gallery.take(pages, "05-track-empty", "/intake/track")
        gallery.take(pages, "06-track-handled", f"/intake/track?code={open_one.code}")
        gallery.take(pages, "07-track-concluded", f"/intake/track?code={done['hotline'].code}")
        gallery.take(pages, "08-rate-empty", "/feedback/rate")
        gallery.take(pages, "09-rate", f"/feedback/rate?code={done['hotline'].code}")
        gallery.take(pages, "10-track-wrong-code", "/intake/track?code=ABCD-EFGH-JKMN")
        gallery.take(pages, "11-nowhere", "/intake/nowhere")
    town.rate(done["relief"])
    town.await_public(done["relief"], "closed")
    with gallery.visitors() as pages:
        gallery.take(pages, "12-track-closed", f"/intake/track?code={done['relief'].code}")
        gallery.take(pages, "13-rate-again", f"/feedback/rate?code={done['relief'].code}")


def _of_staff(gallery: Gallery, town: Town, appeals: dict[str, Appeal]) -> None:
    with gallery.visitors() as pages:
        gallery.take(pages, "20-sign-in", "/portal/sign-in")
        for page in pages.values():
            page.fill("[name=login]", "desk")
            page.fill("[name=password]", "wrong")
        gallery.take(pages, "21-sign-in-refused", click="main button[type=submit]")
    with gallery.visitors("leader") as pages:
        gallery.take(pages, "22-board", "/portal/board")
        for name in ("intake", "routing", *MECHANISMS, "feedback"):
            gallery.take(pages, f"23-list-{name}", f"/{name}/cases")
        case = town.case("routing", appeals["signoff"])
        gallery.take(pages, "24-case-routing-signoff", f"/routing/cases/{case['id']}")
        gallery.take(pages, "25-password", "/portal/password")
    with gallery.visitors("desk") as pages:
        gallery.take(pages, "26-case-routing-triage", f"/routing/cases/{town.case('routing', appeals['triage'])['id']}")
        gallery.take(pages, "27-case-intake", f"/intake/cases/{town.case('intake', appeals['mediation'])['id']}")
        gallery.take(pages, "28-not-mine", "/mediation/cases")
    for login, mechanism in zip(
        ("mediation", "enforcement", "hotline", "wages", "relief", "property"), MECHANISMS, strict=True
    ):
        with gallery.visitors(login) as pages:
            case = town.case(mechanism, appeals[mechanism])
            gallery.take(pages, f"30-case-{mechanism}", f"/{mechanism}/cases/{case['id']}")
    with gallery.visitors("operator") as pages:
        case = town.leader.get("/feedback/api/v1/cases?state=callback_due")["items"][0]
        gallery.take(pages, "40-case-feedback", f"/feedback/cases/{case['id']}")
        gallery.take(pages, "41-docs", "/intake/docs")


if __name__ == "__main__":
    main()
