"""`jiesu keys`, as the people type it who keep a street's keys."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from chassis.keys import KeyFolder
from chassis.keys_command import keys
from chassis.sealing import seal, unseal


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JIESU_DATA", str(tmp_path))
    monkeypatch.setenv("JIESU_KEYS_DIR", str(tmp_path / "keys"))
    return tmp_path / "keys"


def run(*words: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(keys, words)


def test_made_keys_are_listed_by_their_ids(folder: Path) -> None:
    assert run("generate", "intake", "mediation").exit_code == 0

    rows = json.loads(run("list", "--json").output)
    assert [(row["name"], len(row["kids"]), row["private"]) for row in rows] == [
        ("intake", 1, True),
        ("mediation", 1, True),
        ("tokens", 1, True),
    ]
    assert rows[0]["kids"] == [KeyFolder(folder).public("intake").current.kid]
    assert "private half here" in run("list").output


def test_a_department_opens_with_its_share_what_was_sealed_to_it(folder: Path, tmp_path: Path) -> None:
    run("generate", "intake", "mediation")

    assert run("hand-out", "mediation", str(tmp_path / "theirs")).exit_code == 0

    sealed = seal({"n": 1}, KeyFolder(folder).public("mediation"))
    assert unseal(sealed, KeyFolder(tmp_path / "theirs").private("mediation")) == {"n": 1}
    assert not (tmp_path / "theirs" / "private" / "intake.jwk").exists()


def test_a_rotated_key_stands_before_the_old_one(folder: Path) -> None:
    run("generate", "relief")
    old = KeyFolder(folder).public("relief").current.kid

    assert run("rotate", "relief").exit_code == 0

    kids = [key.kid for key in KeyFolder(folder).public("relief")]
    assert kids[1:] == [old]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("list",), "缺少密钥文件"),
        (("rotate", "relief"), "缺少密钥文件"),
        (("rotate", "lookup"), "不能轮换"),
        (("hand-out", "relief", "theirs"), "缺少密钥文件"),
    ],
)
def test_a_missing_key_is_named(
    words: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    result = run(*words)

    assert result.exit_code == 1
    assert said in result.output
