"""`jiesu users`, as an administrator types it."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chassis import keys, moments, settings
from chassis.access import verify_token
from chassis.database import Database
from services.portal import accounts
from services.portal.models import Base
from services.portal.users_command import users

PASSWORD = "correct horse battery"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    for name in ("JIESU_DATABASE_URL", "JIESU_PORTAL_DATABASE_URL", "JIESU_KEYS_DIR"):
        monkeypatch.delenv(name, raising=False)
    found = settings.load()
    keys.generate(found.keys, ["portal"])
    database = Database(found.database_for("portal"), "portal")
    Base.metadata.create_all(database.engine)
    database.close()
    return tmp_path


def run(*words: str, typed: str = "") -> Result:
    """Run the command."""
    return CliRunner().invoke(users, words, input=typed)


def add(*more: str, login: str = "mediator") -> Result:
    """Add an account with a password from standard input."""
    given = ("--name", "处办员甲", "--role", "handler", "--password-stdin")
    return run("add", login, *given, *more, typed=PASSWORD + "\n")


@pytest.mark.usefixtures("data")
def test_an_added_account_is_listed_with_what_it_may_do() -> None:
    assert add("--service", "mediation", "--unit", "north").exit_code == 0

    [listed] = json.loads(run("list", "--json").output)
    assert (listed["login"], listed["roles"], listed["services"], listed["units"], listed["active"]) == (
        *("mediator", ["handler"], ["mediation"], ["north"]),
        True,
    )
    assert "处办员甲" in run("list").output


@pytest.mark.usefixtures("data")
def test_a_service_that_is_not_installed_is_named_and_the_account_made_all_the_same() -> None:
    added = add("--service", "mediaton", "--service", "*")

    assert added.exit_code == 0
    assert "no service mediaton is installed here" in added.stderr
    assert "no service *" not in added.stderr
    assert "处办员甲" not in added.stderr


@pytest.mark.usefixtures("data")
def test_who_adds_a_second_account_of_one_name_is_told_that_it_is_the_same_person() -> None:
    first, second = add(), add("--service", "mediation", login="other")

    assert (first.stderr, second.exit_code) == ("", 0)
    assert "账号 mediator 也叫处办员甲" in second.stderr


@pytest.mark.usefixtures("data")
def test_a_prompted_password_is_asked_for_twice_and_never_shown() -> None:
    result = run("add", "desk", "--name", "信息中心甲", "--role", "desk", typed=f"{PASSWORD}\n{PASSWORD}\n")

    assert result.exit_code == 0
    assert PASSWORD not in result.output


@pytest.mark.usefixtures("data")
def test_a_generated_password_is_shown_once_and_must_be_changed() -> None:
    result = run("add", "desk", "--name", "信息中心甲", "--role", "desk", "--generate", "--json")

    shown = json.loads(result.output)
    assert len(shown["password"]) == 19
    assert shown["password"] not in run("list", "--json").output


@pytest.mark.usefixtures("data")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "No Good", "--name", "甲", "--role", "desk", "--generate"), "登录名须为"),
        (("add", "desk", "--name", "甲", "--role", "king", "--generate"), "king"),
        (("add", "desk", "--name", "甲", "--role", "clock", "--generate"), "clock"),
        (("add", "desk", "--role", "desk", "--generate"), "--name"),
        (("add", "desk", "--name", "甲", "--role", "desk", "--generate", "--password-stdin"), "只能选一个"),
        (("disable", "nobody"), "没有账号 nobody"),
        (("set-password", "nobody", "--generate"), "没有账号 nobody"),
        (("token", "nobody"), "没有账号 nobody"),
    ],
)
def test_a_wrong_command_says_what_is_wrong_and_changes_nothing(words: tuple[str, ...], said: str) -> None:
    result = run(*words)

    assert result.exit_code != 0
    assert said in result.output
    assert json.loads(run("list", "--json").output) == []


@pytest.mark.usefixtures("data")
def test_a_login_that_is_taken_and_a_weak_password_are_refused() -> None:
    assert add().exit_code == 0

    assert "已存在" in add().output
    given = ("add", "other", "--name", "乙", "--role", "desk", "--password-stdin")
    assert "密码至少" in run(*given, typed="short\n").output


@pytest.mark.usefixtures("data")
def test_a_disabled_account_is_marked_and_gets_no_token_until_it_is_enabled() -> None:
    add()

    assert run("disable", "mediator").exit_code == 0
    assert "停用" in run("list").output
    assert run("token", "mediator").exit_code != 0
    assert run("enable", "mediator").exit_code == 0
    assert run("token", "mediator").exit_code == 0


def test_a_token_for_scripts_says_who_it_stands_for_and_lasts_as_asked(data: Path) -> None:
    add("--service", "mediation")

    token = run("token", "mediator", "--minutes", "90").output.strip()

    ring = keys.KeyFolder(data / "keys").verifying()
    principal = verify_token(token, ring, moments.now() + timedelta(minutes=89))
    assert (principal.name, principal.roles) == ("处办员甲", frozenset({"handler"}))


def test_a_token_without_the_signing_key_says_what_is_missing(data: Path) -> None:
    add()
    (data / "keys" / "private" / "tokens.jwk").unlink()

    result = run("token", "mediator")

    assert result.exit_code != 0
    assert "缺少密钥文件" in result.output


def test_a_new_password_replaces_the_old_one(data: Path) -> None:
    add()

    assert run("set-password", "mediator", "--password-stdin", typed="staple a new horse\n").exit_code == 0

    database = Database(settings.load({"JIESU_DATA": str(data)}).database_for("portal"), "portal")
    with database.read() as session:
        account = accounts.by_login(session, "mediator")
        assert account is not None
        assert accounts._fits(account.password, "staple a new horse")
    database.close()


def test_without_tables_the_command_says_to_migrate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path / "empty"))

    result = run("list")

    assert result.exit_code != 0
    assert "jiesu migrate portal" in result.output


@pytest.mark.usefixtures("data")
def test_without_accounts_the_list_says_how_to_add_one() -> None:
    assert "jiesu users add" in run("list").output
