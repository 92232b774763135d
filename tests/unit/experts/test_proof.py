"""The public proof file: what it shows offline, and that every tampering with it is named."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archive.canonical import encode
from archive.errors import Refused
from experts import vrf
from experts.draw import result_commitment
from experts.encoding import th
from experts.entropy import contributions
from experts.panel import Panel
from experts.panel.messages import ExecuteDraw, VrfProof
from experts.plan import Rules, Selected
from experts.proof import build, is_proof, main, verify_proof
from experts.snapshot import Snapshot, take
from tests.unit.experts import cast, plays
from tests.unit.experts.cast import DEADLINE, K_SNAP, ROLES
from tests.unit.experts.stage import Stage

POOL = take(cast.pool(), K_SNAP)


def whole(panel: Stage[Panel] | None = None, pool: Snapshot = POOL) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(build((panel or plays.disclosed(plays.drawn(), (0, 0, 2))).state, pool))
    return found


PROOF = whole()


def failing(proof: dict[str, Any]) -> set[str]:
    return {c.name for c in verify_proof(encode(proof)).checks if c.wrong}


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    proof: dict[str, Any] = json.loads(json.dumps(PROOF))
    change(proof)
    return proof


def test_an_honest_proof_holds_without_the_pool() -> None:
    report = verify_proof(encode(PROOF))
    assert report.holds, report.text()
    assert len(report.checks) == 11
    assert report.text().endswith("the draw holds\n")


def test_a_draw_with_caps_a_withheld_nonce_and_a_dead_end_holds() -> None:
    panel = plays.revealed(cast.plan(rules=Rules(20230101, 5, 1, {"530500": 2})), without=("bidder:1",))
    panel.act(ExecuteDraw(), cast.BEACON_AT, cast.inputs())
    proof = whole(plays.disclosed(panel))
    assert proof["withheld"] == ["bidder:1"]
    assert proof["passed"]
    report = verify_proof(encode(proof))
    assert report.holds, report.text()
    assert any("passed over by caps" in note for note in report.notes)


def test_a_draw_with_a_vrf_holds_and_another_holders_proof_does_not() -> None:
    panel = plays.revealed(cast.without_beacon())
    state = panel.state
    commits = {role: bytes.fromhex(c) for role, c in state.commits.items()}
    reveals = {role: bytes.fromhex(r) for role, r in state.reveals.items()}
    ctx1, blob, _ = contributions(bytes.fromhex(state.ctx), ROLES, commits, reveals)
    pi, _ = vrf.prove(cast.SECRET, th("vrf", ctx1, blob))
    panel.act(ExecuteDraw(), DEADLINE + 600_000_000, cast.inputs(signature="", proofs=(VrfProof("regulator", pi.hex()),)))
    proof = whole(plays.disclosed(panel))
    assert not failing(proof)
    proof["vrf"][0]["pk"] = vrf.public_key(bytes(32)).hex()
    assert {"last input", "seed"} <= failing(proof)


def test_there_is_no_proof_before_the_disclosure() -> None:
    with pytest.raises(Refused, match=r"panel\.phase"):
        build(plays.drawn().state, POOL)


def _set(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(proof: dict[str, Any]) -> None:
        at: Any = proof
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = to(at[path[-1]]) if callable(to) else to

    return change


def flip(text: str) -> str:
    return ("1" if text[0] == "0" else "0") + text[1:]


def _drop_eligible(proof: dict[str, Any]) -> None:
    proof["lists"]["A0801"].pop()


def _swap_ranks(proof: dict[str, Any]) -> None:
    listed = proof["lists"]["B0301"]
    listed[-1], listed[-2] = listed[-2], listed[-1]


def _seat_a_friend(proof: dict[str, Any]) -> None:
    """The operator names the last of a list instead of whom the walk found, and commits to that."""
    first = proof["selected"][0]
    first["position"] = len(proof["lists"][first["cat"]]) - 1
    first["rc"] = proof["lists"][first["cat"]][-1]
    chosen = tuple(Selected(**s) for s in proof["selected"])
    proof["result"] = result_commitment(bytes.fromhex(proof["seed"]), chosen).hex()


def _skip_the_next(proof: dict[str, Any]) -> None:
    """A replacement that jumps over the next candidate without a rule."""
    line = proof["replacements"][0]
    cat = proof["selected"][line["seat"]]["cat"]
    line["position"] += 1
    line["rc"] = proof["lists"][cat][line["position"]]


def _fake_decline(proof: dict[str, Any]) -> None:
    proof["replies"][0]["kind"] = "accept"


@pytest.mark.parametrize(
    ("expected", "change"),
    [
        ("plan", _set("plan", "rules", "load_max", to=9)),
        ("plan", _set("plan", "lot", to="T2.L1")),
        ("plan", _set("n", to=61)),
        ("plan", _set("root", to=flip)),
        ("plan", _set("sealed", "ban_orgs", to=["ORG001"])),
        ("plan", _set("seal_salt", to=flip)),
        ("plan", _set("plan", "representatives", to=3)),
        ("contributions", _set("reveals", "agency", to=flip)),
        ("contributions", _set("commits", "agency", to=flip)),
        ("contributions", _set("withheld", to=["agency"])),
        ("contributions", lambda p: p["reveals"].pop("agency")),
        ("last input", _set("beacon", "signature", to=flip)),
        ("last input", _set("beacon", "round", to=657414)),
        ("last input", _set("beacon", "chain", to=flip)),
        ("seed", _set("seed", to=flip)),
        ("seed", _set("seat_order", to=lambda order: order[1:] + order[:1])),
        ("lists", _drop_eligible),
        ("lists", _swap_ranks),
        ("lists", _set("lists", "A0801", 3, to=flip)),
        ("seating", _seat_a_friend),
        ("seating", _set("passed", to=[{"cat": "A0801", "position": 9, "rule": "S2_EMPLOYER"}])),
        ("result", _set("result", to=flip)),
        ("result", _set("result_salt", to=flip)),
        ("result", _set("selected", 1, "id", to="E9999999")),
        ("replacements", _fake_decline),
        ("replies", _set("replies", 0, "evidence", to="")),
        ("replies", lambda p: p["replies"].pop()),
        ("replies", _set("replies", 1, "at", to=0)),
        ("replacements", _skip_the_next),
        ("replacements", _set("replacements", 0, "vacated", to=flip)),
        ("members", _set("opened", 0, "record", "name", to="另一人")),
        ("members", _set("opened", 0, "record", "load", to=5)),
        ("members", _set("opened", 1, "salt", to=flip)),
        ("members", _set("opened", 1, "path", 0, to=flip)),
        ("members", _set("opened", 1, "leaf_index", to=lambda i: i ^ 1)),
        ("members", lambda p: p["opened"].pop()),
        ("form", _set("format", to="xdraw/2 proof")),
        ("form", lambda p: p.pop("counts")),
    ],
)
def test_every_tampering_is_named(expected: str, change: Callable[[dict[str, Any]], object]) -> None:
    assert expected in failing(changed(change))


def test_bytes_that_are_no_proof_are_a_failed_form_and_never_an_exception() -> None:
    for raw in (b"", b"{}", b"[1]", b"\xff\xfe", b'{"format":"xdraw/1 proof"}', encode(PROOF)[:-1], encode(PROOF) + b"\n"):
        report = verify_proof(raw)
        assert not report.holds
        assert report.checks[0].name == "form"


def test_the_command_says_what_it_checked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "proof.json", tmp_path / "bad.json"
    good.write_bytes(encode(PROOF))
    bad.write_bytes(encode(changed(_swap_ranks)))
    assert main([str(good)]) == 0
    assert main([str(bad)]) == 1
    assert "lists: B0301: the list is not in rank order" in capsys.readouterr().out
    assert main([str(tmp_path / "none.json")]) == 2
    assert "none.json" in capsys.readouterr().err


def test_a_proof_is_told_from_other_files() -> None:
    assert is_proof(encode(PROOF))
    assert is_proof(json.dumps(PROOF, indent=1).encode())
    assert not is_proof(b'{"format":"tender"}')
    assert not is_proof(b"c2sp.org/tlog-proof@v1\n")
