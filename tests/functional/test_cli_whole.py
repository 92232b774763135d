"""Whole sessions of a bidder at the command line, terms to opening: a P-256 certificate, X-Wing trustees, two stages."""

import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from archive.values import Actor
from bidding.box import OpenStage
from bidding.sealing import parse_submission
from bidding.tool import Place
from tests.between import between
from tests.functional import test_cli_trustee
from tests.functional.test_cli_bid import BETTER, FORM, SECRET
from tests.functional.test_cli_trustee import Hall
from tests.market import BIDDING, CLOSES, NAME, account_key, founded_market
from tests.sessions import inside, play, run
from trading.cli.handing import Chain
from trading.cli.sealing import Sealed, sealed_of
from trading.cli.work import Work
from trading.demo import cast, works
from trading.demo.players import supplier
from trading.desk import facts, opening

UNIT = cast.SUPPLIERS[1]


@pytest.fixture
def hall(tmp_path: Path) -> Iterator[Hall]:
    """A market, and one folder for trustees and bidder."""
    with founded_market(tmp_path / "market") as market:
        folder = tmp_path / "desk"
        folder.mkdir()
        (folder / "form.toml").write_text(FORM)
        (folder / "better.json").write_text(BETTER)
        (folder / "technical.toml").write_text('manager = "钱演"\nquality = "合格"\n')
        (folder / "offer.pdf").write_bytes(SECRET * 8000)
        (folder / "bidder1.key").write_text(account_key("bidder1").hex())
        yield Hall(market, folder)


def session(hall: Hall, script: str, places: Mapping[str, str], more: Mapping[str, Callable[[], object]]) -> None:
    """Play a script; the trustees have joined before it."""
    hall.join("notary", "regulator")

    def closes() -> None:
        hall.market.ring(CLOSES)
        hall.login_again("notary", "regulator")
        hall.market.show()

    cues: dict[str, Callable[[], object]] = {
        "the deadline passes and the bell rings": closes,
        "the opening ends": hall.finish,
        **more,
    }
    play(script, hall.folder, lambda cue: cues[cue](), {"url": hall.market.url, **places}, "en")


def rivals(hall: Hall, stages: tuple[int, ...]) -> None:
    """Two bids by others."""
    platform = hall.market.platform
    for unit in cast.SUPPLIERS[2:4]:
        who, rules = supplier(unit, platform.random), opening.policy_of(platform, NAME, "1")
        form = works.form(unit, 4_500_000, 100, "演示")
        made = [who.seal(platform, Place(NAME, "1", stage), rules, form, {}, BIDDING) for stage in stages]
        who.hand_in(platform, Place(NAME, "1"), made, platform.clock())


def p256_certificate(folder: Path) -> str:
    """A certificate of the bidder's own with a P-256 key, as PEM files; the options that name them."""
    subject = f"/CN={UNIT.name}/serialNumber={UNIT.code}"
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(folder / "bidder.key.pem")]
    made = ["openssl", "req", "-x509", *key, "-utf8", "-subj", subject, "-days", "300", "-out", str(folder / "bidder.pem")]
    subprocess.run(made, check=True, capture_output=True)
    return "--certificate bidder.pem --certificate-key bidder.key.pem"


def test_a_whole_session_under_a_p256_certificate(hall: Hall) -> None:
    rivals(hall.keys().published(), (1,))
    session(hall, "bid-whole.txt", {"what": "a P-256 certificate", "certificate": p256_certificate(hall.folder)}, {})
    assert [b.verdict for b in hall.box.ballots] == ["opened"] * 3
    with inside(hall.folder):
        [sealed] = sealed_of(Work(hall.folder / "work"), "1", 1)
    assert len(sealed.seeds.index["certificates"]) == 1 and sealed.seeds.index["signature"]


def test_a_whole_session_under_x_wing_trustees(hall: Hall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_cli_trustee, "SUITES", dict.fromkeys(("agency", "regulator", "notary"), "xwing"))
    rivals(hall.keys().published(), (1,))
    session(hall, "bid-whole.txt", {"what": "X-Wing trustees", "certificate": ""}, {})
    assert [b.verdict for b in hall.box.ballots] == ["opened"] * 3
    with inside(hall.folder):
        [sealed] = sealed_of(Work(hall.folder / "work"), "1", 1)
    assert [len(line.sealed) for line in sealed.envelope.shares] == [1201] * 3


def test_a_whole_session_of_two_stages_with_a_corrected_price(hall: Hall) -> None:
    rivals(hall.keys().published(envelopes=2), (1, 2))

    def price() -> Sealed:
        with inside(hall.folder):
            return sealed_of(Work(hall.folder / "work"), "1", 2)[-1]

    def technical_stays() -> None:
        work = Work(hall.folder / "work")
        first, second = (parse_submission(Chain(work, "1").raw(n)).envelopes for n in (1, 2))
        assert first[0] == second[0] and first[1] != second[1]
        assert watched.sent("PATCH") == price().length

    def admitted() -> None:
        hall.finish()
        stage = OpenStage(tuple(b.stream for b in hall.box.listed), "技术标合格")
        hall.market.platform.ledger.act(facts.box(NAME, "1"), stage, actor=Actor.system("desk"))
        hall.market.show()
        assert run(["bid", "login", "work", "bidder1", "--key", "bidder1.key"], hall.folder).code == 0

    with between(hall.market.url) as watched:
        session(
            hall,
            "bid-stages.txt",
            {"url": watched.url},
            {
                "the line is watched": watched.passed.clear,
                "only the price went over the line": technical_stays,
                "the technical stage ends and the bid is admitted": admitted,
            },
        )
    assert [(b.stage, b.verdict) for b in hall.box.ballots] == [(1, "opened")] * 3 + [(2, "opened")] * 3
    read = {b.envelope: b.form.price for b in hall.box.ballots if b.stage == 2 and b.form}
    assert read[price().draft.envelope] == "449800000"
