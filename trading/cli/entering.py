"""Coming in at the command line: sessions, the bidder's certificate, and where everything stands."""

import secrets
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from archive.errors import Denied, Invalid
from archive.values import DAY, Instant
from bidding.sealing import certificates, signing
from bidding.sealing.keyfile import read_certificate
from bidding.tool import Identity
from trading.cli.handing import Chain
from trading.cli.sealing import sealed_of
from trading.cli.terminal import countdown, data, tell
from trading.cli.work import SESSION, Session, Work, opened
from trading.client.terms import LotTerms
from trading.client.web import Web, own_clock

YEAR: Instant = 365 * DAY
CERTIFICATE = "certificate.json"


class Demonstration(Struct, frozen=True):
    """A certificate made here, for demonstrations: DER in hex, the bidder's first, and its Ed25519 key."""

    chain: tuple[str, ...]
    sk: str
    code: str
    label: str = certificates.DEMONSTRATION


def enter(work: Work, login: str, key: Path | None, password: Callable[[str], str]) -> Session:
    """Begin a session with a password or the account's key, and keep it in the folder.

    Raises:
        Denied: what the platform said.
    """
    web = opened(Web(work.terms().base))
    if key is None:
        wanted = {"login": login, "password": password(login)}
    else:
        asked = web.post("/api/session/challenges", {"login": login}).json()
        signature = signing.sign(signing.ED25519, _key_of(key), str(asked["text"]).encode())
        wanted = {"nonce": str(asked["nonce"]), "signature": b64encode(signature).decode()}
    answer = web.post("/api/session", wanted).json()
    web.token = str(answer["token"])
    desk = web.get("/api/desk").json()
    session = Session(web.token, str(answer["org"]), str(desk["org_name"] or answer["name"]), login)
    work.keep_json(session, SESSION, secret=True)
    return session


def _key_of(path: Path) -> bytes:
    try:
        return bytes.fromhex(path.read_text("ascii").strip())
    except ValueError:
        raise Invalid("keyfile.form", why="32 bytes hex") from None


def signer(
    work: Work, code: str, name: str, submit_sk: bytes, certificate: Path | None, key: Path | None, demonstration: bool
) -> Identity:
    """Who bids, with a certificate where one is given or made.

    Raises:
        Invalid: ``keyfile.pem``.
    """
    if certificate is not None:
        chain, alg, sk = read_certificate(certificate.read_bytes(), (key or certificate).read_bytes(), None)
        return Identity(code, submit_sk, chain, sk, alg)
    if not demonstration:
        return Identity(code, submit_sk)
    known = work.json(Demonstration, CERTIFICATE)
    if known is None or known.code != code:
        known = _demonstration(code, name)
        work.keep_json(known, CERTIFICATE, secret=True)
    tell(f"使用{known.label}。", f"Signed with a demonstration certificate ({known.label}).", "yellow")
    return Identity(code, submit_sk, tuple(map(bytes.fromhex, known.chain)), bytes.fromhex(known.sk))


def _demonstration(code: str, name: str) -> Demonstration:
    now, sk, root = own_clock(), secrets.token_bytes(32), secrets.token_bytes(32)
    span = (now - DAY, now + YEAR)
    authority = certificates.demonstration_authority(root, "演示认证机构", 1 + secrets.randbits(64), *span)
    pk = signing.public_key(signing.ED25519, sk)
    own = certificates.demonstration_certificate(authority, root, pk, name, code, 1 + secrets.randbits(64), *span)
    return Demonstration((own.hex(), authority.hex()), sk.hex(), code)


def shown_status(work: Work, lot: LotTerms) -> None:
    """One lot: what is sealed, sent and in force here, and what the platform says where one is logged in."""
    data(lot=lot.id)
    for stage in lot.stages:
        for number, sealed in enumerate(sealed_of(work, lot.id, stage), 1):
            sent = sum(bool(url) for url in sealed.draft.uploads)
            tried = "rehearsed" if sealed.draft.rehearsed else "untried"
            data(sealed=f"{sealed.draft.envelope} stage {stage} version {number} {tried} uploads {sent}")
    for each in Chain(work, lot.id).sent():
        what = "submission" if each.envelopes else "withdrawal"
        data(**{what: f"{each.n} seq {each.seq} {each.state} {each.code}".rstrip()})
    standing = Chain(work, lot.id).standing()
    in_force = standing is not None and bool(standing.envelopes)
    if work.session() is not None:
        _platform_says(work, lot)
    clock = work.clock(work.web(work.terms().base))
    countdown(lot.closes_at, clock, draft=not in_force)


def _platform_says(work: Work, lot: LotTerms) -> None:
    terms = work.terms()
    try:
        bids = work.web(terms.base, logged_in=True).get("/api/desk").json()["bids"]
    except Denied:
        return  # the session is over; what stands here is shown all the same
    for each in bids:
        if (each["tender"], each["lot"]) == (terms.tender, lot.id):
            data(platform=f"{each['standing']} seq {each['seq']} {each['submission_hash']}")
