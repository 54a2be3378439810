"""Settings: read from the environment, checked at start, and clear about what is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from chassis.settings import TABLE, SettingError, load, own_address

if TYPE_CHECKING:
    from pathlib import Path


def test_without_any_setting_the_platform_is_embedded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    found = load({})

    assert found.embedded
    assert found.data == tmp_path / "var"
    assert found.keys == tmp_path / "var" / "keys"
    assert found.database_for("intake") == f"sqlite:///{tmp_path}/var/intake.sqlite3"
    assert (found.batch, found.ops_port, found.host) == (100, 0, "127.0.0.1")


def test_one_database_for_all_and_another_for_one() -> None:
    found = load(
        {
            "JIESU_AMQP_URL": "amqp://u:p@broker:5672/street",
            "JIESU_DATABASE_URL": "postgresql://u:p@db/street",
            "JIESU_WAGE_RECOVERY_DATABASE_URL": "postgresql://u:p@other/{service}",
            "JIESU_TEST_DATABASE_URL": "postgresql://u:p@nobody/asks",
        }
    )

    assert not found.embedded
    assert found.database_for("intake") == "postgresql+psycopg://u:p@db/street"
    assert found.database_for("wage_recovery") == "postgresql+psycopg://u:p@other/wage_recovery"
    assert found.database_for("test") == "postgresql+psycopg://u:p@db/street"


@pytest.mark.parametrize(
    ("gateway", "address"),
    [
        ("", ""),
        ("http://gateway:8000/", "http://gateway:8000/wage_recovery"),
        ("https://{service}-web.street", "https://wage-recovery-web.street/wage_recovery"),
    ],
)
def test_the_doors_of_another_service_are_behind_the_gateway_or_have_an_address_each(
    gateway: str, address: str
) -> None:
    assert load({"JIESU_GATEWAY": gateway}).doors_of("wage_recovery") == address


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 - nothing listens there
        ("::", "http://[::1]:8000"),
        ("10.0.0.5", "http://10.0.0.5:8000"),
    ],
)
def test_a_process_reaches_itself_where_it_listens(host: str, address: str) -> None:
    assert own_address(host, 8000) == address


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("JIESU_AMQP_URL", "http://broker", "write amqp://user:password@host:5672/vhost"),
        ("JIESU_AMQP_URL", "broker", "write amqp://"),
        ("JIESU_DATABASE_URL", "mysql://db/street", "write postgresql://user:password@host/name"),
        ("JIESU_INTAKE_DATABASE_URL", "intake.db", "write postgresql://"),
        ("JIESU_GATEWAY", "gateway:8000", "write http://host:port"),
        ("JIESU_GATEWAY", "http://user:secret@gateway", "write http://host:port"),
        ("JIESU_BATCH", "0", "write a whole number from 1 to 500"),
        ("JIESU_BATCH", "501", "write a whole number from 1 to 500"),
        ("JIESU_BATCH", "many", "write a whole number"),
        ("JIESU_OPS_PORT", "70000", "from 0 to 65535"),
        ("JIESU_LOG_LEVEL", "LOUD", "write one of DEBUG, INFO, WARNING, ERROR"),
        ("JIESU_LOG_FORMAT", "xml", "write one of json, plain"),
        ("JIESU_MECHANISMS", "street_trees", "write name:中文 of each further mechanism"),
        ("JIESU_MECHANISMS", "Street Trees:行道树管护", "write name:中文"),
        ("JIESU_MECHANISMS", "a:甲,a:乙", "each once"),
        ("JIESU_MECHANISMS", "mediation:调解", "each further mechanism"),
        ("JIESU_STREET", "彭李", "write the full name, city and district first"),
        ("JIESU_STREET", "Pengli street", "街道, 镇 or 乡 last"),
        ("JIESU_OPEN311_TEXTS", "some", "write one of yes, no"),
        ("JIESU_OPEN311_KEYS", "only-a-key-and-no-name", "write name:api_key for each client"),
        ("JIESU_OPEN311_KEYS", "bridge:short", "of 16 characters or more"),
        ("JIESU_OPEN311_KEYS", "a:0123456789abcdef,b:0123456789abcdef", "each its own key"),
    ],
)
def test_a_wrong_setting_is_named_with_what_to_write(name: str, value: str, what: str) -> None:
    with pytest.raises(SettingError) as error:
        load({name: value})

    assert str(error.value).startswith(f"{name} is ")
    assert what in str(error.value)


def test_no_password_is_shown() -> None:
    with pytest.raises(SettingError) as error:
        load({"JIESU_DATABASE_URL": "mysql://user:geheim@db/street"})

    assert "geheim" not in str(error.value)


def test_blank_settings_count_as_none() -> None:
    assert load({row.name: "  " for row in TABLE if "<" not in row.name}).embedded


def test_each_setting_says_what_it_means() -> None:
    assert all(row.means.endswith(".") and row.name.startswith("JIESU_") for row in TABLE)
