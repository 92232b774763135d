"""`sunlit trace …` for anybody: proofs of forks and of consistency, upgraded receipts, a mirror, the verifier as one file.

None of it needs the platform or trusts it.
"""

import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from archive.errors import Busy
from archive.faults import Fault
from archive.policy import Policy, parse_policy
from archive.vkeys import Key, parse_vkey
from trading.cli import say

if TYPE_CHECKING:
    from archive.mirror import Mirror

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
POLICY = click.option("--policy", "policy_file", type=FILE, help="your policy file: logs, witnesses, quorum")
VKEY = click.option("--vkey", "vkeys", multiple=True, help="a key that must have signed; repeatable")
FROM = click.option("--from", "where", required=True, help="the served log: a url or a folder")


def _trust(policy_file: Path | None, vkeys: tuple[str, ...]) -> tuple[Policy | None, tuple[Key, ...]]:
    if policy_file is None and not vkeys:
        raise click.UsageError("give --policy or --vkey: without them nothing could be proved")
    return (parse_policy(policy_file.read_bytes()) if policy_file else None), tuple(map(parse_vkey, vkeys))


@click.command("fork-proof")
@click.argument("a", type=FILE)
@click.argument("b", type=FILE, required=False)
@POLICY
@VKEY
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="write the proof as one file")
@click.option("--verify", is_flag=True, help="A is a proof that somebody else wrote")
def fork_proof(a: Path, b: Path | None, policy_file: Path | None, vkeys: tuple[str, ...], out: Path | None, verify: bool) -> None:
    """Prove that a log has forked: checkpoints A and B are of one size, have two roots, and are both signed by it.

    Exit codes: 0 a fork is proved, 1 it is not.

    Example: sunlit trace fork-proof mine theirs --policy policy.txt --out fork
    """
    from archive.forks import fork_proof as prove
    from archive.forks import parse_fork, write_fork
    from archive.strict import base64

    policy, keys = _trust(policy_file, vkeys)
    if verify == (b is not None):
        raise click.UsageError("give two checkpoints, or --verify and one proof")
    try:
        first, second = parse_fork(a.read_bytes()) if b is None else (a.read_bytes(), b.read_bytes())
        trees = prove(first, second, policy, keys)
    except Fault as fault:
        click.echo(f"{fault.code}: {fault.why}")
        sys.exit(1)
    if trees is None:
        say("sunlit: no fork: the same tree, or two sizes; of two sizes see verify-consistency")
        sys.exit(1)
    if out is not None:
        out.write_bytes(write_fork(first, second))
    for tree in trees:
        click.echo(f"FORK {tree.origin} {tree.size} {base64(tree.root)}")


@click.command("verify-consistency")
@click.argument("old", type=FILE)
@click.argument("new", type=FILE, required=False)
@FROM
@POLICY
@VKEY
def verify_consistency(old: Path, new: Path | None, where: str, policy_file: Path | None, vkeys: tuple[str, ...]) -> None:
    """Check that checkpoint NEW, or the one that is served now, extends OLD, out of the served tiles.

    Exit codes: 0 it does, 1 it does not, or the log cannot show it.

    Example: sunlit trace verify-consistency last-month --from https://trade.example.cn/log --policy policy.txt
    """
    from archive.errors import Missing
    from archive.policy import judge
    from archive.served import Served, at

    policy, keys = _trust(policy_file, vkeys)
    served = Served(at(where))
    try:
        verdicts = [
            judge(raw, policy, keys, quorum=False) for raw in (old.read_bytes(), new.read_bytes() if new else served.checkpoint())
        ]
        for verdict in verdicts:
            if verdict.faults:
                raise verdict.faults[0]
        before, after = (verdict.tree for verdict in verdicts)
        if before.origin != after.origin:
            raise Fault("ORIGIN_BAD", "two checkpoints of different logs")
        if before.size > after.size:
            raise Fault("ROLLBACK", f"size {before.size} was seen before, the log has {after.size}")
        if not served.extends(before, after):
            raise Fault("FORK", f"the tree of size {after.size} does not begin with that of size {before.size}")
    except (Fault, Missing) as fault:
        click.echo(f"{fault.code}: {fault.params.get('why', fault)}")
        sys.exit(1)
    click.echo(f"consistent: {before.size} {after.size}")


@click.command()
@click.argument("receipt", type=FILE)
@FROM
@POLICY
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="write here instead of over RECEIPT")
def upgrade(receipt: Path, where: str, policy_file: Path | None, out: Path | None) -> None:
    """Bring a receipt under the log's newest checkpoint and its cosignatures; entry and index stay.

    Example: sunlit trace upgrade 019b8bab.tlog-proof --from https://trade.example.cn/log --policy policy.txt
    """
    from archive.policy import judge
    from archive.proofs import parse_proof
    from archive.served import Served, at
    from archive.upgrading import upgraded

    policy = parse_policy(policy_file.read_bytes()) if policy_file else None
    raw = upgraded(receipt.read_bytes(), Served(at(where)), policy)
    target = out or receipt
    scratch = target.with_name(target.name + ".new")
    scratch.write_bytes(raw)
    scratch.replace(target)
    proof = parse_proof(raw)
    lines = judge(proof.checkpoint, policy, quorum=False).note.lines if policy else ()
    say(f"sunlit: {target}: entry {proof.index}" + (f", {len(lines)} signature lines" if lines else ""))


@click.command()
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@FROM
@click.option("--escrow", required=True, help="the escrow prefix: a url or a folder")
@click.option("--token", "token_file", type=FILE, help="file with the token for escrow")
@POLICY
@click.option("--every", type=click.IntRange(1, 86400), help="go on, with this many seconds between two looks")
def mirror(
    directory: Path, where: str, escrow: str, token_file: Path | None, policy_file: Path | None, every: int | None
) -> None:
    """Keep a copy of the whole log in DIRECTORY, check every byte and decide again what is new; for the regulator.

    One line a divergence on standard output.  Exit codes (without --every): 0 none, 1 some, 2 nobody answered.

    Example: sunlit trace mirror /srv/mirror --from https://trade.example.cn/log --escrow https://trade.example.cn/escrow
    --token escrow-token --policy policy.txt --every 60
    """
    from archive.mirror import Mirror
    from archive.served import at
    from archive.shelves import Folder
    from trading.kinds import DECIDERS

    policy, _ = _trust(policy_file, ())
    assert policy is not None
    token = token_file.read_text("utf-8").strip() if token_file else ""
    watching = Mirror(Folder(directory), at(where), at(escrow, token), policy, DECIDERS)
    code = _looked(watching, directory)
    while every is not None:
        time.sleep(every)
        _looked(watching, directory)
    watching.close()
    sys.exit(code)


def _looked(watching: "Mirror", directory: Path) -> int:
    try:
        report = watching.turn()
    except Busy as fault:
        say(f"sunlit: {fault}")
        return 2
    now = datetime.now(UTC).isoformat(timespec="seconds")
    if not report.clean:
        with (directory / "divergences.txt").open("a", encoding="utf-8") as kept:
            kept.write("".join(f"{now} {line}\n" for line in report.lines()))
    click.echo(report.text(), nl=False)
    say(f"sunlit: {now} size {watching.tree.size}, {sum(report.counts.values())} divergences")
    return report.exit_code


@click.command()
@click.argument("out", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--libraries", is_flag=True, help="carry msgspec and cryptography along, for machines of this kind")
def zipapp(out: Path, libraries: bool) -> None:
    """Write the off-line verifier as one file that runs without the platform.

    Example: sunlit trace zipapp verify.pyz && python3 verify.pyz pack.zip --policy policy.txt
    """
    from archive.onefile import build

    out.write_bytes(build(libraries))
    out.chmod(0o755)
    say(f"sunlit: {out}: {out.stat().st_size} bytes")


OUTSIDE = (fork_proof, verify_consistency, upgrade, mirror, zipapp)
