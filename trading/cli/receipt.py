"""`sunlit bid receipt …`: receipts checked off line, under keys that the reader trusts."""

import sys
from pathlib import Path

import click

from archive.errors import Invalid
from trading.cli.terminal import data, tell

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def receipt() -> None:
    """Receipts, without the platform."""


@receipt.command()
@click.argument("file", type=FILE)
@click.option("--policy", type=FILE, help="a policy file of keys you trust, such as <folder>/log-policy")
@click.option("--vkey", multiple=True, help="a key of the log you trust, in place of a policy file")
@click.option("--submission", type=FILE, help="the submission that it must be about, <folder>/lot-1/submissions/1.submission")
def verify(file: Path, policy: Path | None, vkey: tuple[str, ...], submission: Path | None) -> None:
    """Check a receipt off line: the signatures, the path to the root, what the entry says.

    Exit codes: 0 it holds, 1 it does not, or the policy's quorum is not met yet.

    Example: sunlit bid receipt verify 1.tlog-proof --policy work/log-policy
    """
    from trading.client import receipts
    from trading.client.record import Pinned

    if policy is None and not vkey:
        raise Invalid("client.no-trust")
    raw = policy.read_bytes() if policy else "".join(f"log {key}\n" for key in vkey).encode() + b"quorum none\n"
    shown = receipts.proven(file.read_bytes(), Pinned(raw))
    data(log=shown.origin, index=shown.index, size=shown.size, root=shown.root, act=shown.act, stream=shown.stream, seq=shown.seq)
    data(id=shown.id, at=shown.at, arrived=shown.arrived, cosignatures=shown.cosigned)
    if shown.refused:
        data(refused=shown.refused)
    if submission is not None:
        same = shown.submit == submission.read_bytes().hex()
        data(about="this submission" if same else "something else")
        if not same:
            sys.exit(1)
    if not shown.quorum:
        tell(
            "回执有日志自己的签名，但见证签名还不够。请运行 sunlit bid verify 工作目录，换成见证齐全的回执。",
            "The log signed it, and not enough witnesses did. Run sunlit bid verify FOLDER to bring it under the quorum.",
            "yellow",
        )
        sys.exit(1)
    tell("回执有效。", "The receipt holds.", "green")
