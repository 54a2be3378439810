"""The key folder: who may open what, as files that a department can be handed.

Layout of the folder (`JIESU_KEYS_DIR`)::

    private/<service>.jwk   opens what was sealed to the service   (X25519)
    private/tokens.jwk      signs tokens                           (Ed25519)
    private/<service>.records.jwk   vouches for records that the service keeps (HMAC), so that nobody changes them unseen
    private/lookup.jwk      keyed hashes, so that sealed values can be looked up
    public/<service>.jwk    seals to the service
    public/tokens.jwk       verifies tokens

Each file is a JWK set (RFC 7517, section 5), newest key first: the first one seals and signs,
all of them open and verify, and `kid` (the thumbprint of RFC 7638) says which.
A folder that holds a public key without its private half belongs to somebody who was handed it,
and no new private key is ever made there.
"""

import fcntl
import json
import os
import secrets
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet, OctKey, OKPKey

from chassis import settings

TOKENS: Final = "tokens"
LOOKUP: Final = "lookup"
#: What stands behind a service's name for the key that vouches for its records.
RECORDS: Final = ".records"
LOOKUP_BYTES: Final = 32
_FOR_ITS_OWNER: Final = 0o600
_FOR_ALL: Final = 0o644


class KeysError(Exception):
    """Raised when a key is missing, unreadable, or of the wrong kind."""

    def __init__(self, zh: str, en: str) -> None:
        """Keep the reason in both languages."""
        super().__init__(f"{zh} / {en}")
        self.zh = zh
        self.en = en


class Ring(KeySet):
    """The keys of one file, newest first; hashed by identity, so that results may be remembered."""

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        """Be equal to itself only."""
        return self is other

    @property
    def current(self) -> Key:
        """The key that seals and signs now."""
        return self.keys[0]


def ring_of(*keys: Key) -> Ring:
    """Gather keys, newest first, each with a `kid`."""
    return Ring(list(keys))


def new_sealing_key() -> OKPKey:
    """Make a key pair that others seal to."""
    return OKPKey.generate_key("X25519", parameters={"use": "enc"}, auto_kid=True)


def new_signing_key() -> OKPKey:
    """Make a key pair that signs tokens."""
    return OKPKey.generate_key("Ed25519", parameters={"use": "sig"}, auto_kid=True)


def new_lookup_key() -> OctKey:
    """Make a secret of 32 bytes for keyed hashes."""
    return OctKey.import_key(secrets.token_bytes(LOOKUP_BYTES), parameters={"use": "sig"})


def new_records_key() -> OctKey:
    """Make a secret of 32 bytes that vouches for records, with a `kid` of chance: a thumbprint would be a hash of it."""
    return OctKey.import_key(secrets.token_bytes(LOOKUP_BYTES), parameters={"use": "sig", "kid": secrets.token_hex(8)})


def public_half(ring: Ring) -> Ring:
    """Drop the private parts of each key."""
    return ring_of(*(JWKRegistry.import_key(key.as_dict(private=False)) for key in ring))


@dataclass
class KeyFolder:
    """Reads the keys of one folder and notices when a file was replaced."""

    path: Path
    _read: dict[Path, tuple[tuple[int, int, int], Ring]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _files: dict[tuple[str, str], Path] = field(default_factory=dict, init=False, repr=False, compare=False)

    def private(self, service: str) -> Ring:
        """Read all keys that open what was sealed to a service; raises KeysError."""
        return self._ring("private", service)

    def public(self, service: str) -> Ring:
        """Read all public keys of a service, the first one for sealing; raises KeysError."""
        return self._ring("public", service)

    def signing(self) -> Key:
        """Read the key that signs tokens now; raises KeysError."""
        return self._ring("private", TOKENS).current

    def verifying(self) -> Ring:
        """Read all keys that verify tokens; raises KeysError."""
        return self._ring("public", TOKENS)

    def lookup(self) -> bytes:
        """Read the secret of keyed hashes, 32 bytes; raises KeysError."""
        key = self._ring("private", LOOKUP).current
        if not isinstance(key, OctKey):
            raise _of_the_wrong_kind(self._file("private", LOOKUP))
        return key.raw_value

    def knowing_again(self, service: str) -> bytes:
        """Read the secret by which a service hashes what it must know again; raises KeysError.

        It is the oldest of those for its records, so that a rotation loses no hash.
        """
        return list(self.records(service).values())[-1]

    def records(self, service: str) -> dict[str, bytes]:
        """Read all secrets that vouch for a service's records, by `kid`, the newest first; raises KeysError."""
        ring = self._ring("private", service + RECORDS)
        return {str(key.kid): key.raw_value for key in ring if isinstance(key, OctKey)}

    def services(self) -> list[str]:
        """List the services that can be sealed to."""
        names = {file.stem for file in (self.path / "public").glob("*.jwk")}
        return sorted(names - {TOKENS})

    def _file(self, half: str, name: str) -> Path:
        return self.path / half / f"{name}.jwk"

    def _ring(self, half: str, name: str) -> Ring:
        file = self._files.get((half, name)) or self._files.setdefault((half, name), self._file(half, name))
        try:
            found = file.stat()
        except OSError as error:
            raise _missing(file) from error
        stamp = (found.st_mtime_ns, found.st_size, found.st_ino)
        known = self._read.get(file)
        if known is not None and known[0] == stamp:
            return known[1]
        ring = _load(file)
        self._read[file] = (stamp, ring)
        return ring


def here() -> KeyFolder:
    """Return the key folder of this process's settings."""
    return _here(os.environ.get("JIESU_KEYS_DIR", ""), os.environ.get("JIESU_DATA", ""))


@cache
def _here(_keys: str, _data: str) -> KeyFolder:
    return KeyFolder(settings.load().keys)


def generate(folder: Path, services: Collection[str], *, tokens: bool = True, lookup: bool = True) -> KeyFolder:
    """Make every key that is missing and leave the others; safe when several processes start."""
    with _only_one_at_a_time(folder):
        for service in sorted(services):
            _make_pair(folder, service, new_sealing_key)
            _make_records_key(folder, service)
        if tokens:
            _make_pair(folder, TOKENS, new_signing_key)
        secret = folder / "private" / f"{LOOKUP}.jwk"
        if lookup and not secret.exists() and not _was_handed_out(folder):
            _save(secret, ring_of(new_lookup_key()), private=True)
    return KeyFolder(folder)


def rotate(folder: Path, name: str, *, keep: int = 2) -> Key:
    """Put a new key before those of a service, or of the tokens, and keep so many of them in all.

    Others must be given the new public file; what was sealed or signed before is opened
    by the older keys as long as they are kept. Of keys for records all are kept, since records
    are for good. The lookup key can't be rotated: all hashes made with it would have to be made
    again. Raises KeysError.
    """
    if name == LOOKUP:
        raise KeysError(
            "查询密钥不能轮换：已保存的散列值将全部失效。",
            "The lookup key can't be rotated: every hash made with it would be lost.",
        )
    with _only_one_at_a_time(folder):
        file = folder / "private" / f"{name}.jwk"
        if not file.exists():
            raise _missing(file)
        if name.endswith(RECORDS):
            secret = new_records_key()
            _save(file, ring_of(secret, *_load(file)), private=True)
            return secret
        key = new_signing_key() if name == TOKENS else new_sealing_key()
        ring = ring_of(key, *list(_load(file))[: max(keep, 1) - 1])
        # The public half goes last: nobody must seal with a key that its owner can't open yet.
        _save(file, ring, private=True)
        _save(folder / "public" / f"{name}.jwk", public_half(ring), private=False)
    return key


def hand_out(folder: Path, service: str, target: Path, *, tokens: bool = False, lookup: bool = False) -> KeyFolder:
    """Copy one service's share to a folder of its own: its private key and all public ones."""
    private = [service, *([TOKENS] if tokens else []), *([LOOKUP] if lookup else [])]
    if (folder / "private" / f"{service}{RECORDS}.jwk").exists():
        private.append(service + RECORDS)
    with _only_one_at_a_time(target):
        for name in private:
            _copy(folder / "private" / f"{name}.jwk", target, private=True)
        for file in sorted((folder / "public").glob("*.jwk")):
            _copy(file, target, private=False)
    return KeyFolder(target)


def _was_handed_out(folder: Path) -> bool:
    public = (folder / "public").glob("*.jwk")
    return any(not (folder / "private" / file.name).exists() for file in public)


def _make_pair(folder: Path, name: str, make: Callable[[], Key]) -> None:
    private, public = folder / "private" / f"{name}.jwk", folder / "public" / f"{name}.jwk"
    if private.exists():
        if not public.exists():
            _save(public, public_half(_load(private)), private=False)
    elif not public.exists():
        ring = ring_of(make())
        _save(private, ring, private=True)
        _save(public, public_half(ring), private=False)


def _make_records_key(folder: Path, service: str) -> None:
    """Make the secret for a service's records where its private key is kept."""
    private = folder / "private"
    secret = private / f"{service}{RECORDS}.jwk"
    if (private / f"{service}.jwk").exists() and not secret.exists():
        _save(secret, ring_of(new_records_key()), private=True)


def _copy(source: Path, target: Path, *, private: bool) -> None:
    if not source.exists():
        raise _missing(source)
    half = "private" if private else "public"
    _save(target / half / source.name, _load(source), private=private)


def _load(file: Path) -> Ring:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        return Ring.import_key_set(content)
    except OSError as error:
        raise _missing(file) from error
    except (ValueError, TypeError, KeyError, AttributeError, JoseError) as error:
        raise _of_the_wrong_kind(file) from error


def _save(file: Path, ring: Ring, *, private: bool) -> None:
    """Replace the file in one step, so that a reader sees the old keys or the new, never half."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700 if private else 0o755)
    content = json.dumps(ring.as_dict(private=private), indent=2).encode()
    beside = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    mode = _FOR_ITS_OWNER if private else _FOR_ALL
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    beside.replace(file)


@contextmanager
def _only_one_at_a_time(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which the system frees when its holder dies."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, _FOR_ITS_OWNER)
    except OSError as error:
        raise KeysError(
            f"密钥目录 {folder} 不可写：{error.strerror}。请检查 JIESU_KEYS_DIR。",
            f"The key folder {folder} can't be written: {error.strerror}. Check JIESU_KEYS_DIR.",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _missing(file: Path) -> KeysError:
    return KeysError(
        f"缺少密钥文件 {file}。请检查 JIESU_KEYS_DIR，或向保管密钥的部门索取。",
        f"The key file {file} is missing. Check JIESU_KEYS_DIR, or ask for it where keys are kept.",
    )


def _of_the_wrong_kind(file: Path) -> KeysError:
    return KeysError(
        f"密钥文件 {file} 无法读取：内容不是所需的 JWK 集。",
        f"The key file {file} can't be read: it isn't a JWK set of the expected kind.",
    )
