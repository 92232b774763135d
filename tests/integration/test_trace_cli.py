"""`sunlit trace …` over a real platform folder: what is printed, what is written, how it ends."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from archive.bodies import Blob
from archive.checkpoints import Checkpoint
from archive.errors import Missing
from archive.keys import Keys
from archive.notes import open_note, write_note
from archive.onefile import build, modules
from archive.policy import check_checkpoint, parse_policy
from archive.proofs import check_proof
from archive.served import tree_of
from archive.values import Actor
from archive.verify import verify_pack
from archive.vkeys import parse_vkey
from tests.authorities import Authority, listening
from tests.publishers import read
from trading.app import build as build_platform
from trading.cli import sunlit
from trading.platform import Platform
from trading.settings import load


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(sunlit, ["trace", *map(str, arguments)])


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "sunlit.toml"
    path.write_text('data = "data"\n[log]\norigin = "cli.example/log"\n')
    return path


def platform(config: Path) -> Platform:
    return build_platform(load(config, {}, config.parent))


@pytest.fixture
def policy(config: Path, tmp_path: Path) -> Path:
    said = run("policy", "--config", config)
    assert said.exit_code == 0
    path = tmp_path / "policy"
    path.write_text(said.stdout)
    return path


def test_a_checkpoint_is_printed_and_published(config: Path, policy: Path, tmp_path: Path) -> None:
    said = run("publish", "--config", config)
    assert (said.exit_code, said.stdout) == (0, "placed: 1\nsigned: 1\ncertified: 1\npublished: 1\n")
    note = run("checkpoint", "--config", config).stdout.encode()
    assert check_checkpoint(note, parse_policy(policy.read_bytes())).tree.size == 1
    assert (tmp_path / "data" / "public" / "checkpoint").read_bytes() == note


@pytest.mark.parametrize("more", [[], ["--everything"], ["--directory"]])
def test_a_pack_verifies(config: Path, policy: Path, tmp_path: Path, more: list[str]) -> None:
    platform(config).ledger.record_heads()
    out = tmp_path / "pack"
    assert run("pack", out, "--config", config, *more).exit_code == 0
    assert out.is_dir() == (more == ["--directory"])
    assert verify_pack(out, policy=policy.read_bytes()).text() == ""


@pytest.mark.parametrize(("kind", "streams"), [("pack", []), ("dossier", ["system/notes"])])
def test_a_pack_without_a_file_that_the_vault_has_lost_must_be_meant(
    config: Path, policy: Path, tmp_path: Path, kind: str, streams: list[str]
) -> None:
    house = platform(config)
    paper = house.keep(b"a paper", "paper.txt", "text/plain")
    with house.ledger.begin(actor=Actor.system("system"), write={"system/notes"}) as tx:
        tx.note("system/notes", "system.note", {}, blobs=(Blob(paper.sha256, paper.length, paper.media_type),))
    (tmp_path / f"data/vault/blob/{paper.sha256[:2]}/{paper.sha256}").unlink()
    out = tmp_path / "pack.zip"
    said = run(kind, out, *streams, "--config", config)
    assert isinstance(said.exception, Missing) and said.exception.code == "trace.lost" and not out.exists()
    assert said.exception.params == {"count": 1, "first": paper.sha256}
    assert run(kind, out, *streams, "--config", config, "--without-lost").exit_code == 0
    assert verify_pack(out, policy=policy.read_bytes()).note_counts == {"BLOB_WITHHELD": 1}


def test_a_dossier_verifies_in_a_log_with_ticks_too(config: Path, tmp_path: Path) -> None:
    config.write_text(config.read_text() + "quantum = 2\ntick = 1\n")
    out = tmp_path / "dossier.zip"
    assert run("dossier", out, "system/log", "--config", config).exit_code == 0
    policy = run("policy", "--config", config).stdout.encode()
    assert verify_pack(out, policy=policy).text() == ""
    assert run("dossier", out, "system/nothing", "--config", config).exception is not None


def test_consistency_and_upgrades_need_no_platform(config: Path, policy: Path, tmp_path: Path) -> None:
    house = platform(config)
    recorded = house.ledger.record_heads()
    (tmp_path / "receipt").write_bytes(house.receipt(recorded))
    house.publishing.round()
    (tmp_path / "old").write_bytes(read(house.publishing.public, "checkpoint"))  # type: ignore[arg-type]
    for _ in range(3):
        house.ledger.record_heads()
    house.publishing.round()
    public = tmp_path / "data" / "public"
    said = run("verify-consistency", tmp_path / "old", "--from", public, "--policy", policy)
    assert (said.exit_code, said.stdout) == (0, "consistent: 2 5\n")
    new = public / "checkpoint"
    back = run("verify-consistency", new, tmp_path / "old", "--from", public, "--policy", policy)
    assert (back.exit_code, back.stdout.split(":")[0]) == (1, "ROLLBACK")
    upgraded = run("upgrade", tmp_path / "receipt", "--from", public, "--policy", policy, "--out", tmp_path / "better")
    assert upgraded.exit_code == 0 and tree_of(new.read_bytes()).size == 5
    assert check_proof((tmp_path / "better").read_bytes(), parse_policy(policy.read_bytes())).size == 5
    shutil.rmtree(public / "tile")
    gone = run("verify-consistency", tmp_path / "old", "--from", public, "--policy", policy)
    assert (gone.exit_code, gone.stdout.split(":")[0]) == (1, "served.none")
    assert run("verify-consistency", tmp_path / "old", "--from", public).exit_code == 2


def test_a_fork_is_proved_in_one_file(config: Path, policy: Path, tmp_path: Path) -> None:
    run("publish", "--config", config)
    ours = tmp_path / "data" / "public" / "checkpoint"
    signers = Keys.open(tmp_path / "data" / "keys").log("cli.example/log")
    text = Checkpoint("cli.example/log", 1, bytes(32)).text
    theirs = tmp_path / "theirs"
    theirs.write_bytes(write_note(text, [signer.line(text, 1) for signer in signers]))
    proof = tmp_path / "fork"
    said = run("fork-proof", ours, theirs, "--policy", policy, "--out", proof)
    assert said.exit_code == 0 and said.stdout.count("FORK cli.example/log 1 ") == 2
    assert run("fork-proof", "--verify", proof, "--policy", policy).stdout == said.stdout
    assert run("fork-proof", ours, ours, "--policy", policy).exit_code == 1
    vkeys = [part for line in policy.read_text().splitlines() if line.startswith("log ") for part in ("--vkey", line.split()[1])]
    assert run("fork-proof", "--verify", proof, *vkeys).exit_code == 0
    assert open_note(theirs.read_bytes(), [parse_vkey(vkeys[1])])
    proof.write_bytes(proof.read_bytes()[:-1])
    assert run("fork-proof", "--verify", proof, "--policy", policy).exit_code == 1
    assert run("fork-proof", ours, theirs).exit_code == 2
    assert run("fork-proof", ours, "--policy", policy).exit_code == 2


def test_a_mirror_is_kept_and_says_what_differs(config: Path, policy: Path, tmp_path: Path) -> None:
    platform(config).ledger.record_heads()
    run("publish", "--config", config)
    data, kept = tmp_path / "data", tmp_path / "mirror"
    given: list[str | Path] = [kept, "--from", data / "public", "--escrow", data / "escrow", "--policy", policy]
    assert run("mirror", *given).exit_code == 0
    assert (kept / "body" / "001").exists()
    platform(config).ledger.record_heads()
    run("publish", "--config", config)
    (data / "escrow" / "body" / "002").unlink()
    said = run("mirror", *given)
    assert (said.exit_code, said.stdout) == (1, "BODY_MISSING entry 2: escrow does not hold it\n")
    assert "BODY_MISSING entry 2" in (kept / "divergences.txt").read_text()
    assert run("mirror", kept, "--from", "http://127.0.0.1:1/log", "--escrow", data, "--policy", policy).exit_code == 2


def test_recovery_brings_back_what_was_signed(config: Path, tmp_path: Path) -> None:
    house = platform(config)
    house.ledger.record_heads()
    house.engine.dispose()
    shutil.copy(tmp_path / "data" / "sunlit.db", tmp_path / "backup.db")
    house = platform(config)
    receipt = house.receipt(house.ledger.record_heads())
    house.engine.dispose()
    shutil.copy(tmp_path / "backup.db", tmp_path / "data" / "sunlit.db")
    assert run("publish", "--config", config).exception is not None
    said = run("recover", "--config", config)
    assert (said.exit_code, said.stdout) == (0, "recovered: 1\nsize: 3\n")
    policy = parse_policy(run("policy", "--config", config).stdout.encode())
    assert check_proof(receipt, policy).size == 3
    assert run("publish", "--config", config).exit_code == 0


def test_recovery_needs_no_backup_of_the_log(config: Path, tmp_path: Path) -> None:
    house = platform(config)
    receipt = house.receipt(house.ledger.record_heads())
    house.publishing.round()
    house.engine.dispose()
    for file in (tmp_path / "data").glob("sunlit.db*"):
        file.unlink()
    said = run("recover", "--config", config)
    assert (said.exit_code, said.stdout) == (0, "recovered: 2\nsize: 2\n")
    policy = parse_policy(run("policy", "--config", config).stdout.encode())
    assert check_proof(receipt, policy).size == 2
    platform(config).ledger.record_heads()
    assert run("publish", "--config", config).stdout.endswith("published: 3\n")


@pytest.mark.parametrize("libraries", [False, True])
def test_the_verifier_in_one_file_needs_nothing_of_the_platform(
    config: Path, policy: Path, tmp_path: Path, libraries: bool
) -> None:
    platform(config).ledger.record_heads()
    out, pack = tmp_path / "elsewhere" / "verify.pyz", tmp_path / "pack.zip"
    out.parent.mkdir()
    run("pack", pack, "--config", config)
    assert run("zipapp", out, *(["--libraries"] if libraries else [])).exit_code == 0
    # -S and -I: no site-packages, no working folder, no environment.
    isolated = [sys.executable, "-I", "-S"] if libraries else [sys.executable, "-I"]
    done = subprocess.run([*isolated, out, pack, "--policy", policy], cwd=out.parent, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    raw = pack.read_bytes()
    pack.write_bytes(raw.replace(b'"act":"log.opened"', b'"act":"log.openes"'))
    done = subprocess.run([*isolated, out, pack, "--policy", policy], cwd=out.parent, capture_output=True, text=True)
    assert done.returncode in (1, 2)


def test_the_file_holds_the_verifier_alone_and_is_the_same_each_time() -> None:
    root = Path(__file__).resolve().parents[2]
    names = {path.relative_to(root).as_posix() for path in modules(root, "archive.verify.__main__")}
    assert "archive/verify/packs.py" in names and "archive/merkle.py" in names
    assert not [name for name in names if "ledger" in name or "database" in name]
    assert build() == build()


def test_keys_rotate_and_the_policy_follows(config: Path, policy: Path, tmp_path: Path) -> None:
    run("publish", "--config", config)
    started = run("rotate-keys", "start", "--config", config)
    assert started.exit_code == 0 and len(started.stdout.split()) == 4
    assert run("rotate-keys", "start", "--config", config).exception is not None
    note = tmp_path / "policy.note"
    note.write_text(run("signed-policy", "--config", config).stdout)
    taken = run("accept-policy", note, "--policy", policy)
    assert taken.exit_code == 0 and taken.stdout.count("log cli.example/log+") == 4
    finished = run("rotate-keys", "finish", "--config", config)
    assert set(finished.stdout.split()) < set(started.stdout.split()) and len(finished.stdout.split()) == 2
    check_checkpoint(run("checkpoint", "--config", config).stdout.encode(), parse_policy(taken.stdout.encode()))
    note.write_bytes(note.read_bytes().replace(b"quorum none", b"quorum all"))
    assert run("accept-policy", note, "--policy", policy).exit_code == 1


@pytest.mark.parametrize("lost", [False, True])
def test_the_next_epoch_begins_where_the_last_ended(config: Path, tmp_path: Path, lost: bool) -> None:
    platform(config).ledger.record_heads()
    run("publish", "--config", config)
    second = tmp_path / "second.toml"
    database = f"sqlite:///{tmp_path}/data/second.db"
    second.write_text(f'data = "data"\n[log]\norigin = "cli.example/log/epoch-2"\n[database]\nurl = "{database}"\n')
    assert run("publish", "--config", second).exception is not None, "it has to be begun first"
    if not lost:
        assert run("next-epoch", "--config", second, "--old", config).exception is not None
        assert run("close-epoch", "--config", config, "--yes").exit_code == 0
    began = run("next-epoch", "--config", second, "--old", config, *(["--lost", "fire"] if lost else []))
    assert began.exit_code == 0
    size = 2 if lost else 1
    assert run("publish", "--config", second).stdout.endswith(f"published: {size}\n")
    out = tmp_path / "pack.zip"
    assert run("pack", out, "--config", second).exit_code == 0
    trusted = run("policy", "--config", second).stdout.encode()
    assert verify_pack(out, policy=trusted).text() == ""
    assert (tmp_path / "data" / "public" / "epoch-2" / "checkpoint").exists()
    dossier = tmp_path / "dossier.zip"
    alone = run("dossier", dossier, "system/log", "--config", second)
    assert (alone.exit_code == 0) == lost
    if not lost:
        assert run("dossier", dossier, "system/log", "--config", second, "--before", config).exit_code == 0
    assert verify_pack(dossier, policy=trusted).text() == ""
    old = run("policy", "--config", config).stdout.split()[1]
    assert run("revoke", old, "--config", second).exit_code == 0


def test_a_checkpoint_is_stamped_by_the_authorities_of_the_settings(config: Path, tmp_path: Path) -> None:
    assert run("anchor", "--config", config).exit_code == 2
    authority = Authority(tmp_path / "tsa")
    (tmp_path / "roots.pem").write_bytes(authority.root)
    with listening(authority.answer) as url:
        said = f'authorities = ["one {url}", "none http://127.0.0.1:1/"]\nauthority_roots = "roots.pem"\n'
        config.write_text(config.read_text() + said)
        run("publish", "--config", config)
        stamped = run("anchor", "--config", config)
    assert (stamped.exit_code, stamped.stdout) == (1, "tokens: 1\n")
    platform(config).ledger.record_heads()
    run("publish", "--config", config)
    assert (tmp_path / "data/public/anchor/1/one.tsr").exists()
