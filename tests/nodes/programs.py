"""Finds the foreign programs that the tests stand on, and installs Debian's packages of them where it may.

`python -m tests.nodes.programs` does it for all of them. A program that is missing is a failure, never a skip.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager
from ctypes.util import find_library
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

POLICY = Path("/usr/sbin/policy-rc.d")
CHINESE_FONTS = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")


class MissingProgramError(Exception):
    """A program that the tests need is not here; the message says what to install."""


@cache
def rabbitmq() -> Path:
    """Return the folder of RabbitMQ's own scripts, past Debian's wrappers, which insist on one user."""
    return _found_or_installed(_rabbitmq, "RabbitMQ", ("rabbitmq-server",), "JIESU_TEST_AMQP_URL")


@cache
def postgres() -> Path:
    """Return the folder of the newest PostgreSQL's programs."""
    return _found_or_installed(_postgres, "PostgreSQL", ("postgresql",), "JIESU_TEST_DATABASE_URL")


@cache
def chromium() -> Path:
    """Return a Chromium that can show Chinese."""
    if _ubuntu() and _chromium() is None:
        # Ubuntu's package only points to a snap, which needs a running snapd.
        _run_as_root([sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"])
    found = _found_or_installed(_chromium, "Chromium", ("chromium",), None)
    _found_or_installed(_chinese_fonts, "a Chinese font", ("fonts-noto-cjk",), None)
    return found


@cache
def pango() -> Path:
    """Return the library that lays out PDFs, beside fonts to do it with."""
    found = _found_or_installed(_pango, "Pango", ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0"), None)
    _found_or_installed(_chinese_fonts, "a Chinese font", ("fonts-noto-cjk",), None)
    return found


@cache
def promtool() -> Path:
    """Return what checks Prometheus's rules."""
    return _found_or_installed(lambda: _on_path("promtool"), "Prometheus's promtool", ("prometheus",), None)


@cache
def nginx() -> Path:
    """Return the web server that the gateway is made of."""
    return _found_or_installed(lambda: _on_path("nginx"), "nginx", ("nginx-light",), None)


@cache
def clamd() -> Path:
    """Return the virus scanner's daemon."""
    return _found_or_installed(lambda: _on_path("clamd"), "ClamAV's clamd", ("clamav-daemon",), None)


@cache
def npm() -> Path:
    """Return npm, beside a Node to run what it installs."""
    return _found_or_installed(_npm, "Node with npm", ("nodejs", "npm"), None)


def _found_or_installed(
    look: Callable[[], Path | None], name: str, packages: tuple[str, ...], setting: str | None
) -> Path:
    found = look()
    if found is None:
        _install(packages)
        found = look()
    if found is None:
        instead = f", or set {setting}" if setting else ""
        message = f"The tests need {name}: install it (Debian, Ubuntu: apt-get install {' '.join(packages)}){instead}."
        raise MissingProgramError(message)
    return found


def _rabbitmq() -> Path | None:
    debian = Path("/usr/lib/rabbitmq/bin")
    if (debian / "rabbitmq-server").exists():
        return debian
    elsewhere = shutil.which("rabbitmq-server")
    return Path(elsewhere).parent if elsewhere else None


def _postgres() -> Path | None:
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if debian:
        return debian[-1].parent
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).resolve().parent if elsewhere else None


def _on_path(name: str) -> Path | None:
    # Servers stand where only root looks.
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None


def _npm() -> Path | None:
    found = shutil.which("npm")
    return Path(found) if found and shutil.which("node") else None


def _chromium() -> Path | None:
    for name in ("chromium", "google-chrome", *(() if _ubuntu() else ("chromium-browser",))):
        if elsewhere := shutil.which(name):
            return Path(elsewhere)
    downloaded = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache/ms-playwright")
    return next(iter(sorted(downloaded.glob("chromium-*/chrome-linux*/chrome"))), None)


def _pango() -> Path | None:
    found = find_library("pangoft2-1.0")
    return Path(found) if found else None


def _chinese_fonts() -> Path | None:
    if CHINESE_FONTS.exists():
        return CHINESE_FONTS
    fc_list = shutil.which("fc-list")
    if fc_list is None:
        return None
    listed = subprocess.run([fc_list, ":lang=zh-cn", "file"], capture_output=True, text=True, check=False).stdout
    return Path(listed.splitlines()[0].rstrip(": ")) if listed.strip() else None


def _ubuntu() -> bool:
    release = Path("/etc/os-release")
    return release.exists() and "\nID=ubuntu" in "\n" + release.read_text(encoding="utf-8")


def _install(packages: tuple[str, ...]) -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return
    sys.stderr.write(f"Installing Debian's {', '.join(packages)} …\n")
    epmd_ran_before = _epmd_runs()
    with _no_service_starts():
        install = ["apt-get", "install", "--yes", "--quiet=2", "--no-install-recommends", *packages]
        if _run_as_root(install) != 0:
            _run_as_root(["apt-get", "update", "--quiet=2"])
            _run_as_root(install)
    epmd = shutil.which("epmd")
    if epmd and not epmd_ran_before:
        subprocess.run([epmd, "-kill"], capture_output=True, check=False)


def _epmd_runs() -> bool:
    epmd = shutil.which("epmd")
    return epmd is not None and subprocess.run([epmd, "-names"], capture_output=True, check=False).returncode == 0


def _run_as_root(command: list[str]) -> int:
    if os.geteuid() != 0:
        return 1
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        sys.stderr.write(done.stderr[-2000:])
    return done.returncode


@contextmanager
def _no_service_starts() -> Iterator[None]:
    """Keep the packages from starting their own servers.

    https://people.debian.org/~hmh/invokerc.d-policyrc.d-specification.txt
    """
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n", encoding="utf-8")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def main() -> int:
    """Find or install all of them, saying in one sentence what is missing."""
    wanted: list[Callable[[], Path]] = [rabbitmq, postgres, chromium, promtool, nginx, clamd, npm]
    try:
        for find in wanted:
            find()
    except MissingProgramError as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
