"""Tokens that prove who is asking, and the decision what he may do."""

import base64
import json
import timeit
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import ECKey, OctKey

from chassis.access import (
    ANY,
    LONGEST_TOKEN,
    ExpiredTokenError,
    ForgedTokenError,
    MalformedTokenError,
    Principal,
    TokenError,
    acting_role,
    may,
    sign_token,
    verify_token,
)
from chassis.keys import Ring, new_signing_key, public_half, ring_of
from chassis.workflow import Role

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
KEYS = ring_of(new_signing_key())
PUBLIC = public_half(KEYS)
HANDLER = Principal(
    id="a1",
    name="处办员甲",
    roles=frozenset({Role.HANDLER}),
    services=frozenset({"mediation"}),
    units=frozenset({"north"}),
)


def part(content: object) -> str:
    """Encode one part of a token as base64url."""
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


def claims(**changes: Any) -> dict[str, Any]:
    """Make the claims of a good token, changed."""
    good = {
        "iss": "jiesu",
        "sub": "a1",
        "name": "处办员甲",
        "roles": ["handler"],
        "services": ["mediation"],
        "units": ["north"],
        "lang": "zh",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 60,
    }
    return {name: value for name, value in {**good, **changes}.items() if value is not ...}


def signed(content: object, ring: Ring = KEYS, **header: Any) -> str:
    """Sign any content with our key."""
    heading = {"alg": "Ed25519", "kid": ring.current.kid, **header}
    return jws.serialize_compact(heading, json.dumps(content), ring.current, algorithms=["Ed25519"])


def test_a_token_tells_who_signed_in() -> None:
    token = sign_token(HANDLER, KEYS.current, NOW)

    assert verify_token(token, PUBLIC, NOW) == HANDLER


names = st.frozensets(st.text(min_size=1, max_size=12), max_size=4)


@given(
    name=st.text(min_size=1, max_size=40),
    roles=st.frozensets(st.sampled_from([Role.OPERATOR, Role.DESK, Role.LEADER, Role.HANDLER])),
    services=names | st.just(ANY),
    units=names | st.just(ANY),
    lang=st.sampled_from(["zh", "en"]),
)
def test_whoever_is_signed_is_verified_as_the_same(
    name: str, roles: frozenset[str], services: frozenset[str], units: frozenset[str], lang: str
) -> None:
    someone = Principal(id="a1", name=name, roles=roles, services=services, units=units, lang=lang)

    assert verify_token(sign_token(someone, KEYS.current, NOW), PUBLIC, NOW) == someone


def test_a_token_ends_after_thirty_minutes_also_when_it_is_remembered() -> None:
    token = sign_token(HANDLER, KEYS.current, NOW)

    assert verify_token(token, PUBLIC, NOW + timedelta(minutes=29, seconds=59)) == HANDLER
    with pytest.raises(ExpiredTokenError, match="登录已过期"):
        verify_token(token, PUBLIC, NOW + timedelta(minutes=30))


def test_a_token_of_another_key_is_forged_though_it_claims_ours() -> None:
    stranger = ring_of(new_signing_key())
    token = signed(claims(), stranger, kid=KEYS.current.kid)

    with pytest.raises(ForgedTokenError):
        verify_token(token, PUBLIC, NOW)


def test_an_unknown_key_id_is_forged() -> None:
    token = sign_token(HANDLER, new_signing_key(), NOW)

    with pytest.raises(ForgedTokenError):
        verify_token(token, PUBLIC, NOW)


def test_a_token_without_a_key_id_is_forged_though_our_key_signed_it() -> None:
    heading = {"alg": "Ed25519"}
    token = jws.serialize_compact(heading, json.dumps(claims()), KEYS.current, algorithms=["Ed25519"])

    with pytest.raises(ForgedTokenError):
        verify_token(token, PUBLIC, NOW)


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "", "EdDSA", "HS256", "RS256", 1, None, []])
@pytest.mark.parametrize("signature", ["", "x", "AAAA"])
def test_a_token_that_claims_another_algorithm_is_refused(alg: object, signature: str) -> None:
    heading = {"alg": alg, "typ": "JWT", "kid": KEYS.current.kid}
    token = f"{part(heading)}.{part(claims())}.{signature}"

    with pytest.raises((ForgedTokenError, MalformedTokenError)):
        verify_token(token, PUBLIC, NOW)


def test_our_public_key_used_as_a_shared_secret_is_forged() -> None:
    secret = OctKey.import_key(json.dumps(PUBLIC.current.as_dict()).encode())
    heading = {"alg": "HS256", "kid": PUBLIC.current.kid}
    token = jws.serialize_compact(heading, json.dumps(claims()), secret, algorithms=["HS256"])

    with pytest.raises(ForgedTokenError):
        verify_token(token, PUBLIC, NOW)


def test_a_key_carried_in_the_token_itself_is_not_believed() -> None:
    stranger = ECKey.generate_key("P-256")
    heading = {"alg": "ES256", "kid": KEYS.current.kid, "jwk": stranger.as_dict(private=False)}
    token = jws.serialize_compact(heading, json.dumps(claims()), stranger, algorithms=["ES256"])

    with pytest.raises(ForgedTokenError):
        verify_token(token, PUBLIC, NOW)


def test_a_changed_claim_is_forged() -> None:
    head, _, signature = sign_token(HANDLER, KEYS.current, NOW).split(".")
    token = f"{head}.{part(claims(roles=['admin']))}.{signature}"

    with pytest.raises(ForgedTokenError):
        verify_token(token, PUBLIC, NOW)


@given(st.data())
def test_any_changed_character_is_refused(data: st.DataObject) -> None:
    token = sign_token(HANDLER, KEYS.current, NOW)
    # The last character of base64url carries bits that no byte uses.
    place = data.draw(st.integers(0, len(token) - 2))
    other = data.draw(st.sampled_from("AQgwBRhx.").filter(lambda sign: sign != token[place]))

    with pytest.raises(TokenError):
        verify_token(token[:place] + other + token[place + 1 :], PUBLIC, NOW)


@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda raw: raw.decode("latin-1")))
def test_anything_else_is_refused_in_words(token: str) -> None:
    with pytest.raises(TokenError, match="请重新登录"):
        verify_token(token, PUBLIC, NOW)


@pytest.mark.parametrize("token", ["", "a", "a.b", "...", "a.b.c", "张.三.丰", "x" * LONGEST_TOKEN * 2])
def test_what_is_no_token_is_malformed(token: str) -> None:
    with pytest.raises(MalformedTokenError):
        verify_token(token, PUBLIC, NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": ...},
        {"sub": ""},
        {"sub": 7},
        {"name": ...},
        {"exp": ...},
        {"exp": "2030"},
        {"exp": True},
        {"exp": 1.5},
        {"iat": ...},
        {"roles": "handler"},
        {"roles": [1]},
        {"services": None},
        {"units": {"north": 1}},
        {"lang": 1},
    ],
)
def test_claims_that_make_no_sense_are_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(MalformedTokenError):
        verify_token(signed(claims(**changes)), PUBLIC, NOW)


@pytest.mark.parametrize("content", [[], "a", 1, None])
def test_a_signed_thing_that_is_no_object_is_malformed(content: object) -> None:
    with pytest.raises(MalformedTokenError):
        verify_token(signed(content), PUBLIC, NOW)


def test_another_issuer_is_forged() -> None:
    with pytest.raises(ForgedTokenError):
        verify_token(signed(claims(iss="elsewhere")), PUBLIC, NOW)


@pytest.mark.parametrize("role", ["clock", "bus", "public"])
def test_no_person_signs_in_as_the_system(role: str) -> None:
    with pytest.raises(ValueError, match="no token may carry"):
        sign_token(Principal(id="x", name="x", roles=frozenset({role})), KEYS.current, NOW)
    with pytest.raises(ForgedTokenError):
        verify_token(signed(claims(roles=["handler", role])), PUBLIC, NOW)


def test_a_token_needs_an_aware_time_and_some_time_to_live() -> None:
    with pytest.raises(ValueError, match="aware time"):
        sign_token(HANDLER, KEYS.current, NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="time to live"):
        sign_token(HANDLER, KEYS.current, NOW, timedelta(0))


def test_a_role_of_a_newer_portal_is_carried_along() -> None:
    principal = verify_token(signed(claims(roles=["handler", "surveyor"])), PUBLIC, NOW)

    assert principal.roles == {"handler", "surveyor"}


def test_an_unknown_language_falls_back_to_chinese() -> None:
    assert verify_token(signed(claims(lang="fr")), PUBLIC, NOW).lang == "zh"


def test_what_one_keyset_verified_is_not_believed_of_another() -> None:
    token = sign_token(HANDLER, KEYS.current, NOW)
    verify_token(token, PUBLIC, NOW)

    with pytest.raises(ForgedTokenError):
        verify_token(token, ring_of(new_signing_key()), NOW)


def test_verifying_again_costs_less_than_fifty_microseconds() -> None:
    token = sign_token(HANDLER, KEYS.current, NOW)
    verify_token(token, PUBLIC, NOW)

    best = min(timeit.repeat(lambda: verify_token(token, PUBLIC, NOW), number=200, repeat=5)) / 200

    assert best < 50e-6


@pytest.mark.parametrize(
    ("roles", "service", "unit", "allowed"),
    [
        (Role.HANDLER, "mediation", "north", True),
        ((Role.LEADER, Role.HANDLER), "mediation", "north", True),
        (Role.HANDLER, "mediation", None, True),
        (Role.HANDLER, "mediation", "", True),
        (Role.HANDLER, None, None, True),
        (Role.LEADER, "mediation", "north", False),
        (Role.HANDLER, "relief", "north", False),
        (Role.HANDLER, "mediation", "south", False),
        (Role.CLOCK, "mediation", "north", False),
        ((), "mediation", "north", False),
        (Role.PUBLIC, "mediation", "north", False),
    ],
)
def test_role_and_service_and_unit_decide(
    *, roles: Role | tuple[Role, ...], service: str | None, unit: str | None, allowed: bool
) -> None:
    assert may(HANDLER, roles=roles, service=service, unit=unit) is allowed


def test_everything_is_covered_by_a_star() -> None:
    leader = Principal(id="l", name="领导甲", roles=frozenset({"leader"}), services=ANY, units=ANY)

    assert may(leader, roles=Role.LEADER, service="relief", unit="south")


def test_nobody_known_may_only_what_is_public() -> None:
    assert may(None, roles=Role.PUBLIC, service="intake")
    assert not may(None, roles=Role.HANDLER)
    assert not may(None, roles=())


def test_no_role_implies_another() -> None:
    admin = Principal(id="x", name="x", roles=frozenset({"admin"}), services=ANY, units=ANY)

    assert not may(admin, roles=Role.HANDLER, service="mediation", unit="north")


def test_the_first_fitting_role_is_acted_in() -> None:
    both = Principal(id="x", name="x", roles=frozenset({"desk", "leader"}), services=ANY, units=ANY)

    assert acting_role(both, roles=(Role.LEADER, Role.DESK)) is Role.LEADER
    assert acting_role(both, roles=(Role.HANDLER, Role.PUBLIC)) is None
    assert acting_role(None, roles=(Role.HANDLER, Role.PUBLIC)) is Role.PUBLIC
    assert acting_role(both, roles=Role.HANDLER) is None
