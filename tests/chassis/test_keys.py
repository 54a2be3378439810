"""The key folder: made once, handed out in parts, rotated without losing what was sealed."""

import json
import multiprocessing
from datetime import UTC, datetime
from itertools import product
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from joserfc.jwk import OctKey

from chassis.access import Principal, sign_token, verify_token
from chassis.keys import LOOKUP_BYTES, KeyFolder, KeysError, generate, hand_out, rotate
from chassis.sealing import NotForUsError, seal, unseal

TURNS = 12
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
SOMEONE = Principal(id="a1", name="处办员甲", roles=frozenset({"handler"}))


def contents(folder: Path) -> dict[str, bytes]:
    """Read every key file."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*.jwk"))}


def test_a_new_folder_holds_a_pair_per_service_the_token_pair_and_the_lookup_key(
    tmp_path: Path,
) -> None:
    keys = generate(tmp_path, ["intake", "mediation"])

    assert sorted(contents(tmp_path)) == [
        "private/intake.jwk",
        "private/intake.records.jwk",
        "private/lookup.jwk",
        "private/mediation.jwk",
        "private/mediation.records.jwk",
        "private/tokens.jwk",
        "public/intake.jwk",
        "public/mediation.jwk",
        "public/tokens.jwk",
    ]
    assert keys.services() == ["intake", "mediation"]
    assert len(keys.lookup()) == LOOKUP_BYTES


def test_no_private_part_is_in_a_public_file(tmp_path: Path) -> None:
    generate(tmp_path, ["intake", "mediation"])

    for file in (tmp_path / "public").iterdir():
        assert all("d" not in key and "k" not in key for key in json.loads(file.read_text())["keys"])


def test_private_files_are_for_their_owner_only(tmp_path: Path) -> None:
    generate(tmp_path, ["intake"])

    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "private").iterdir()} == {0o600}
    assert (tmp_path / "private").stat().st_mode & 0o077 == 0


def test_a_second_start_changes_nothing_and_a_new_service_gets_its_key(tmp_path: Path) -> None:
    generate(tmp_path, ["intake"])
    before = contents(tmp_path)

    generate(tmp_path, ["intake", "relief"])

    after = contents(tmp_path)
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) == {"private/relief.jwk", "private/relief.records.jwk", "public/relief.jwk"}


def _start(folder: str, together: Barrier) -> None:
    for turn in range(TURNS):
        together.wait(timeout=60)
        generate(Path(folder) / str(turn), ["intake", "mediation", "relief"])


def test_processes_that_start_at_once_agree_on_the_keys(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    together = context.Barrier(4)
    processes = [context.Process(target=_start, args=(str(tmp_path), together)) for _ in range(4)]

    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=60)

    assert [process.exitcode for process in processes] == [0, 0, 0, 0]
    for turn, service in product(range(TURNS), ("intake", "mediation", "relief")):
        keys = KeyFolder(tmp_path / str(turn))
        assert unseal(seal({"n": 1}, keys.public(service)), keys.private(service)) == {"n": 1}
    assert not [file for file in tmp_path.rglob(".*") if file.name != ".lock"]


def test_a_public_file_that_was_lost_is_made_again_from_the_private_one(tmp_path: Path) -> None:
    keys = generate(tmp_path, ["intake"])
    sealed = seal({"n": 1}, keys.public("intake"))
    (tmp_path / "public" / "intake.jwk").unlink()

    keys = generate(tmp_path, ["intake"])

    assert keys.public("intake").current.kid == keys.private("intake").current.kid
    assert unseal(sealed, keys.private("intake")) == {"n": 1}


def test_a_department_is_handed_its_own_private_key_and_all_public_ones(tmp_path: Path) -> None:
    street = generate(tmp_path / "street", ["intake", "mediation", "relief"])

    theirs = hand_out(street.path, "mediation", tmp_path / "theirs")

    assert sorted(contents(theirs.path)) == [
        "private/mediation.jwk",
        "private/mediation.records.jwk",
        "public/intake.jwk",
        "public/mediation.jwk",
        "public/relief.jwk",
        "public/tokens.jwk",
    ]
    sealed = seal({"name": "居民甲"}, street.public("mediation"))
    assert unseal(sealed, theirs.private("mediation")) == {"name": "居民甲"}
    token = sign_token(SOMEONE, street.signing(), NOW)
    assert verify_token(token, theirs.verifying(), NOW) == SOMEONE
    with pytest.raises(KeysError, match="缺少密钥文件"):
        theirs.signing()


def test_a_folder_that_was_handed_out_never_makes_keys_of_its_own(tmp_path: Path) -> None:
    generate(tmp_path / "street", ["intake", "mediation"])
    hand_out(tmp_path / "street", "mediation", tmp_path / "theirs")
    before = contents(tmp_path / "theirs")

    generate(tmp_path / "theirs", ["intake", "mediation"])

    assert contents(tmp_path / "theirs") == before


def test_after_a_rotation_new_seals_use_the_new_key_and_old_ones_still_open(
    tmp_path: Path,
) -> None:
    keys = generate(tmp_path, ["relief"])
    old = seal({"n": "old"}, keys.public("relief"))

    rotate(tmp_path, "relief")

    new = seal({"n": "new"}, keys.public("relief"))
    assert unseal(old, keys.private("relief")) == {"n": "old"}
    assert unseal(new, keys.private("relief")) == {"n": "new"}
    assert len({key.kid for key in keys.private("relief")}) == 2


def test_a_key_that_was_rotated_out_opens_nothing_more(tmp_path: Path) -> None:
    keys = generate(tmp_path, ["relief"])
    old = seal({"n": "old"}, keys.public("relief"))

    rotate(tmp_path, "relief")
    rotate(tmp_path, "relief")

    with pytest.raises(NotForUsError):
        unseal(old, keys.private("relief"))


def test_tokens_signed_before_a_rotation_are_verified_after_it(tmp_path: Path) -> None:
    keys = generate(tmp_path, [])
    token = sign_token(SOMEONE, keys.signing(), NOW)

    rotate(tmp_path, "tokens")

    assert verify_token(token, keys.verifying(), NOW) == SOMEONE
    newer = sign_token(SOMEONE, keys.signing(), NOW)
    assert verify_token(newer, keys.verifying(), NOW) == SOMEONE


def test_the_lookup_key_is_not_rotated(tmp_path: Path) -> None:
    generate(tmp_path, [])

    with pytest.raises(KeysError, match="lookup key can't be rotated"):
        rotate(tmp_path, "lookup")


def test_rotating_a_key_that_is_not_there_says_which_file_is_missing(tmp_path: Path) -> None:
    generate(tmp_path, [])

    with pytest.raises(KeysError, match=r"relief\.jwk is missing"):
        rotate(tmp_path, "relief")


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"keys": []}', '{"keys": [{"kty": "?"}]}', "\0"])
def test_a_file_that_holds_no_keys_is_named(tmp_path: Path, content: str) -> None:
    keys = generate(tmp_path, ["intake"])
    (tmp_path / "public" / "intake.jwk").write_text(content)

    with pytest.raises(KeysError, match=r"intake\.jwk"):
        keys.public("intake")


def test_a_lookup_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    keys = generate(tmp_path, ["intake"])
    private = tmp_path / "private"
    (private / "lookup.jwk").write_bytes((private / "intake.jwk").read_bytes())

    with pytest.raises(KeysError, match=r"lookup\.jwk"):
        keys.lookup()


def test_a_folder_that_cannot_be_made_says_where_to_look(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(KeysError, match="JIESU_KEYS_DIR"):
        generate(tmp_path / "file", ["intake"])


def test_the_same_ring_is_given_until_its_file_changes(tmp_path: Path) -> None:
    keys = generate(tmp_path, ["intake"])
    first = keys.public("intake")

    assert keys.public("intake") is first
    rotate(tmp_path, "intake")
    assert keys.public("intake") is not first


def test_of_keys_that_vouch_for_records_all_are_kept(tmp_path: Path) -> None:
    keys = generate(tmp_path, ["relief"])
    [(first, secret)] = keys.records("relief").items()

    new = rotate(tmp_path, "relief.records", keep=1)
    rotate(tmp_path, "relief.records", keep=1)

    found = keys.records("relief")
    assert (len(found), found[first], list(found)[1]) == (3, secret, new.kid)
    assert keys.services() == ["relief"]
    assert not (tmp_path / "public" / "relief.records.jwk").exists()


def test_a_key_that_vouches_for_records_has_an_id_that_tells_nothing_of_it(tmp_path: Path) -> None:
    [(kid, secret)] = generate(tmp_path, ["relief"]).records("relief").items()

    assert kid != OctKey.import_key(secret).thumbprint()
    assert len(secret) == LOOKUP_BYTES


def test_what_a_service_knows_again_by_its_own_secret_is_known_after_a_rotation_too(tmp_path: Path) -> None:
    keys = generate(tmp_path, ["relief", "intake"])
    secret = keys.knowing_again("relief")

    rotate(tmp_path, "relief.records")

    assert keys.knowing_again("relief") == secret != keys.knowing_again("intake")
