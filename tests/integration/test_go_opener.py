"""A third implementation of SBE/1, in Go and from the text of the format alone, opens what ours seal and judges as ours judge."""

import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from bidding import sealing
from bidding.index import encode_index, padme
from tests.market import CLOSES
from tests.outsider import build
from tests.sessions import run
from tests.unit.bidding import parties
from trading.cli.work import TERMS, Work
from trading.client.terms import LotTerms, Terms
from trading.client.web import Clock

VECTORS = Path(__file__).parents[1] / "vectors"
FILES = ("sbe-public.json", "sbe-more.json")
KINDS = ("envelope", "trustee", "opening", "policy")
SUITES = {"X25519": (1, 1, 1), "P-256": (2, 2, 2), "X-Wing": (3, 3, 3), "mixed": (1, 2, 3)}
Case = dict[str, Any]


@pytest.fixture(scope="session")
def opener(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("go"), "opener")


def judged(opener: Path, *files: Path) -> tuple[int, dict[str, str]]:
    """The exit code, and by case what the opener says."""
    done = subprocess.run([str(opener), *map(str, files)], capture_output=True, text=True, check=False)
    assert done.stderr == "", done.stderr
    return done.returncode, dict(line.split(": ", 1) for line in done.stdout.splitlines())


def written(folder: Path, *cases: Case) -> Path:
    """A file of vectors."""
    path = folder / "cases.json"
    path.write_text(json.dumps({"format": "sbe/1 vectors", "cases": cases}))
    return path


def vectors() -> list[Case]:
    """All cases of the kinds that the opener knows."""
    found = [case for name in FILES for case in json.loads((VECTORS / name).read_text())["cases"]]
    return [case for case in found if case["kind"] in KINDS]


def test_every_vector_comes_out_alike(opener: Path) -> None:
    code, said = judged(opener, *(VECTORS / name for name in FILES))
    assert code == 0 and set(said.values()) == {"ok"}
    assert len(said) == len(vectors()) > 150


def test_it_does_not_say_that_all_is_well_whatever_it_is_given(opener: Path, tmp_path: Path) -> None:
    bent = []
    for number, case in enumerate(vectors()):
        name = next(n for n in ("verdict", "envelope") if n in case["out"])
        told = case["out"][name]
        bent.append(case | {"id": str(number), "out": case["out"] | {name: "other" if name == "verdict" else "00" + told[2:]}})
    code, said = judged(opener, written(tmp_path, *bent))
    assert code == 1 and len(said) == len(bent) and "ok" not in said.values()


@pytest.mark.parametrize("suites", SUITES.values(), ids=SUITES)
def test_a_bid_of_the_command_line_is_opened_by_the_trustees_keys_and_by_the_seed(
    opener: Path, tmp_path: Path, suites: tuple[int, ...]
) -> None:
    policy = parties.policy(suites=suites)
    raw = sealing.encode_policy(policy)
    lot = LotTerms("1", raw.hex(), sealing.policy_hash(raw).hex(), 0, CLOSES, (1,), 1, 0, 30, 30, (), "accepting", False)
    work = Work(tmp_path / "work")
    work.keep_json(Terms("http://127.0.0.1:9", "T-1", "x", "", "", (lot,), Clock(), 0), TERMS)
    (tmp_path / "form.toml").write_text('price = "4586000.00"\n')
    (tmp_path / "offer.pdf").write_bytes(b"%PDF an offer " * 160_000)
    command = ["bid", "seal", "work", "--bidder", "X", "--form", "form.toml", "--attach", "offer.pdf"]
    assert run(command, tmp_path).code == 0
    folder = tmp_path / "work/lot-1/stage-1/1"
    seeds = json.loads(next(folder.glob("*.seed.json")).read_text())
    stored = [(folder / f"body-{i}.sealed").read_bytes() for i in (0, 1)]
    keys = [{"j": j, "sk": parties.trustee_key(suites[j - 1], j).hex()} for j in (3, 1)]
    index = encode_index(seeds["index"])
    offer = (tmp_path / "offer.pdf").read_bytes()
    padded = offer + bytes(padme(len(offer)) - len(offer))
    out = {"verdict": "opened", "seed": seeds["seed"], "bodies": [whole(index), whole(padded)]}
    given = {"policy": raw.hex(), "envelope": seeds["envelope"], "stored": [{"hex": s.hex()} for s in stored]}
    cases = [
        {"id": "keys", "kind": "opening", "in": given | {"answers": {}, "keys": keys}, "out": out},
        {"id": "seed", "kind": "opening", "in": given | {"answers": {"seed": seeds["seed"]}}, "out": out},
        {"id": "one", "kind": "opening", "in": given | {"answers": {}, "keys": keys[:1]}, "out": {"verdict": "trustees-short"}},
    ]
    assert judged(opener, written(tmp_path, *cases)) == (0, {f"cases.json {case['id']}": "ok" for case in cases})


def whole(plain: bytes) -> Case:
    """What an outcome tells of a plaintext."""
    return {"len": len(plain), "sha256": hashlib.sha256(plain).hexdigest()}


def test_without_go_nothing_passes_unseen_in_ci(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tests.outsider.toolchain", lambda: None)
    monkeypatch.setitem(os.environ, "CI", "true")
    with pytest.raises(pytest.fail.Exception, match="Go"):
        build(tmp_path, "opener")
