"""`sunlit bid upload`, `submit`, `replace`, `withdraw`, `decrypt`: what goes to the platform, and what comes back."""

from contextlib import suppress
from pathlib import Path

import click

from archive.errors import Busy, Invalid
from trading.cli.handing import HandedIn
from trading.cli.terminal import countdown, data, tell

FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
LOT = click.option("--lot", default="", help="the lot; may be left out where there is one")
PATIENCE = click.option("--patience", type=float, default=900.0, show_default=True, help="seconds to wait for a line that broke")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@FOLDER
@LOT
@PATIENCE
def upload(folder: Path, lot: str, patience: float) -> None:
    """Send the ciphertext; goes on where it stopped, whatever stopped it. This hands nothing in.

    Example: sunlit bid upload work
    """
    from trading.cli.handing import newest
    from trading.cli.handing import upload as send_sealed
    from trading.cli.work import Work

    work = Work(folder)
    wanted = work.terms().lot(lot)
    sealed = newest(work, wanted)
    web = work.web(work.terms().base, logged_in=True)
    clock = work.clock(web)
    countdown(wanted.closes_at, clock, draft=True)
    for each in sealed:
        send_sealed(web, each, patience)
    tell(
        f"密文已全部上传。这还不是递交：请运行 sunlit bid submit {folder}",
        f"All ciphertext is there. This hands nothing in yet: run sunlit bid submit {folder}",
        "yellow",
    )
    countdown(wanted.closes_at, clock, draft=True)


@click.command()
@FOLDER
@LOT
@PATIENCE
def submit(folder: Path, lot: str, patience: float) -> None:
    """Hand in the newest sealed version. Done when the receipt has been verified and is on disk.

    Example: sunlit bid submit work
    """
    _hand_in(folder, lot, patience, "submit")


@click.command()
@FOLDER
@LOT
@PATIENCE
def replace(folder: Path, lot: str, patience: float) -> None:
    """Put the newest sealed version in the place of the one in force.

    Example: sunlit bid seal work --form better.toml; sunlit bid replace work
    """
    _hand_in(folder, lot, patience, "replace")


@click.command()
@FOLDER
@LOT
def withdraw(folder: Path, lot: str) -> None:
    """Withdraw the bid before the deadline; another may follow.

    Example: sunlit bid withdraw work
    """
    _hand_in(folder, lot, 0, "withdraw")


def _hand_in(folder: Path, lot: str, patience: float, how: str) -> None:
    from trading.cli.handing import Chain, hand_in, identity, in_force_elsewhere, newest, resume
    from trading.cli.handing import upload as send_sealed
    from trading.cli.watching import looked
    from trading.cli.work import Work

    work = Work(folder)
    terms = work.terms()
    wanted = terms.lot(lot)
    web, at = work.web(terms.base, logged_in=True), work.place(wanted.id)
    countdown(wanted.closes_at, work.clock(web), draft=True)
    # What was sent and never answered comes first; often it is what is asked for now.
    before = resume(work, web, at)
    standing = Chain(work, wanted.id).standing()
    envelopes = [] if how == "withdraw" else newest(work, wanted)
    ids = tuple(e.draft.envelope for e in envelopes)
    if before is not None:
        _say_done(before)
        if standing is not None and standing.envelopes == ids:
            return
    in_force = (standing.seq if standing.envelopes else 0) if standing else in_force_elsewhere(work, web, at)
    if how == "submit" and in_force:
        raise Invalid("client.in-force", seq=in_force)
    if how != "submit" and not in_force:
        raise Invalid("client.not-in-force")
    if envelopes and standing is not None and standing.envelopes == ids:
        raise Invalid("client.nothing-new")
    for each in envelopes:
        send_sealed(web, each, patience)
    _say_done(hand_in(work, web, at, envelopes, identity(work, wanted.id, "")))
    with suppress(Busy):  # it is handed in; whether the log shows it is asked again by the next command
        looked(work, web)


def _say_done(done: HandedIn) -> None:
    """The only place that says so: the receipt holds, is about these bytes, and is on disk."""
    data(
        seq=done.seq,
        arrived=done.shown.arrived,
        act=done.shown.act,
        index=done.shown.index,
        envelopes=len(done.shown.envelopes),
        receipt=done.receipt,
    )
    if not done.shown.quorum:
        n = done.shown.cosigned
        tell(
            f"已入日志，目前有 {n} 个见证签名；稍后运行 sunlit bid verify 可换成见证齐全的回执。",
            f"Integrated, {n} cosignatures so far; sunlit bid verify brings the receipt under the quorum later.",
        )
    said = {
        "bid.submitted": ("已递交。回执已核验并保存", "Submitted. The receipt holds and is kept"),
        "bid.withdrawn": ("已撤回。回执已核验并保存", "Withdrawn. The receipt holds and is kept"),
    }[done.shown.act]
    tell(f"{said[0]}：{done.receipt}", f"{said[1]}: {done.receipt}", "green")


@click.command()
@FOLDER
@LOT
def decrypt(folder: Path, lot: str) -> None:
    """解密: publish the seeds of your own listed envelopes, once the closing list stands in the log.

    Example: sunlit bid decrypt work
    """
    from trading.cli.opening import publish_seeds
    from trading.cli.work import Work

    published = publish_seeds(Work(folder), lot)
    data(envelopes=published)
    tell(
        f"已公布 {published} 个信封的种子，回执已核验并保存。",
        f"The seeds of {published} envelopes are published; the receipts hold and are kept.",
        "green",
    )


COMMANDS = (upload, submit, replace, withdraw, decrypt)
