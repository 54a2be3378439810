"""A real browser, as residents and staff use it: at two sizes, and complaining of whatever the console says."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from tests.nodes import programs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page, Playwright

PHONE: Final[dict[str, Any]] = {"viewport": {"width": 375, "height": 812}, "is_mobile": True, "has_touch": True}
DESK: Final[dict[str, Any]] = {"viewport": {"width": 1280, "height": 900}}
_ARGUMENTS: Final = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def launched(playwright: Playwright) -> Iterator[Browser]:
    """Give a browser without a window."""
    browser = playwright.chromium.launch(executable_path=str(programs.chromium()), args=[*_ARGUMENTS])
    yield browser
    browser.close()


def sign_in(page: Page, url: str, login: str, password: str) -> None:
    """Sign in as one of the staff."""
    page.goto(f"{url}/portal/sign-in")
    page.fill("[name=login]", login)
    page.fill("[name=password]", password)
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/portal/board")
