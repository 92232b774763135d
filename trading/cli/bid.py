"""`sunlit bid …`: seal on one's own machine, try it, send it, hand it in, decrypt; receipts checked without the platform."""

from contextlib import suppress
from pathlib import Path

import click

from archive.errors import Busy, Invalid
from trading.cli.handing import HandedIn
from trading.cli.receipt import receipt
from trading.cli.terminal import countdown, data, password, tell

FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
LOT = click.option("--lot", default="", help="the lot; may be left out where there is one")
STAGE = click.option("--stage", type=int, default=0, help="the opening stage, where there are several")
PATIENCE = click.option("--patience", type=float, default=900.0, show_default=True, help="seconds to wait for a line that broke")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def bid() -> None:
    """Bid: everything is encrypted here; the platform gets ciphertext and a signature.

    A folder holds one tender. Its files stay yours; keep a copy of every seed file.

    Example: sunlit bid tender https://host/tenders/T-1 work; sunlit bid seal work --form form.toml --attach offer.pdf
    """


@bid.command()
@click.argument("url")
@FOLDER
@click.option("--policy", type=FILE, help="the log's keys you trust; without it those the platform shows at the first visit")
def tender(url: str, folder: Path, policy: Path | None) -> None:
    """Fetch what a tender asks of a sealed bid, out of the log.

    Example: sunlit bid tender https://host/tenders/T-1 work
    """
    from trading.cli.watching import looked
    from trading.cli.work import TERMS, Work
    from trading.client.terms import Terms, learn
    from trading.client.web import clock_of, place_of
    from trading.words import exact

    place, work = place_of(url), Work(folder)
    known = work.json(Terms, TERMS)
    if known is not None and (known.base, known.tender) != (place.base, place.tender):
        raise Invalid("client.folder-other", folder=str(folder), tender=known.tender)
    web = work.web(place.base)
    if web.in_clear:
        tell("注意:与平台的连接没有加密(http)。", "Note: the line to the platform is not encrypted (http).", "yellow")
    pinned = work.pin(policy.read_bytes() if policy else web.get("/log/policy").body)
    looked(work, web)
    terms = learn(web, pinned, place, clock_of(web), work.prove)
    work.keep_json(terms, TERMS)
    data(tender=terms.tender, title=terms.title, notice=terms.notice_sha256, published_by=terms.notice_by)
    for lot in terms.lots:
        data(
            lot=lot.id,
            deadline=exact(lot.closes_at),
            stages=" ".join(map(str, lot.stages)),
            policy=lot.policy_hash,
            phase=lot.phase,
        )
        data(trustees=" ".join(lot.trustees))
        countdown(lot.closes_at, terms.clock, draft=False)
    tell(
        f"各条款均已按日志逐条核验,证明在 {work.path('evidence')}。",
        f"Every term was checked entry by entry against the log; the proofs are in {work.path('evidence')}.",
    )


@bid.command()
@FOLDER
@click.argument("name")
@click.option("--key", type=FILE, help="the account's Ed25519 key (32 bytes hex); without it the password is asked for")
def login(folder: Path, name: str, key: Path | None) -> None:
    """Log in; the session stays in the folder.

    Example: sunlit bid login work zhang
    """
    from trading.cli.entering import enter
    from trading.cli.work import Work

    session = enter(Work(folder), name, key, password)
    tell(f"已登录:{session.name}({session.org})", f"Logged in: {session.name} ({session.org})")


@bid.command()
@FOLDER
@LOT
@STAGE
@click.option("--form", "form_file", type=FILE, required=True, help="开标一览表, TOML or JSON; price in yuan")
@click.option("--attach", "attached", type=FILE, multiple=True, help="a bid document; may be given many times")
@click.option("--bidder", default="", help="统一社会信用代码; without it that of the session")
@click.option("--certificate", type=FILE, help="certificate chain, PEM, your own first")
@click.option("--certificate-key", type=FILE, help="its private key, PEM")
@click.option("--demo-certificate", is_flag=True, help="a certificate made here: 演示证书,不构成可靠电子签名")
@click.option("--discard-ciphertext", is_flag=True, help="keep no ciphertext: it is made again from the files when it is sent")
def seal(
    folder: Path,
    lot: str,
    stage: int,
    form_file: Path,
    attached: tuple[Path, ...],
    bidder: str,
    certificate: Path | None,
    certificate_key: Path | None,
    demo_certificate: bool,
    discard_ciphertext: bool,
) -> None:
    """Encrypt form and files, then open them again as a test.

    Needs no network. Example: sunlit bid seal work --form form.toml --attach offer.pdf
    """
    from trading.cli.entering import signer
    from trading.cli.sealing import read_form, submit_key
    from trading.cli.sealing import seal as seal_bid
    from trading.cli.work import Work

    work = Work(folder)
    terms = work.terms()
    wanted = terms.lot(lot)
    session = work.session()
    code = bidder or (session.org if session else "")
    if not code:
        raise Invalid("client.bidder")
    form = read_form(form_file)
    form.setdefault("bidder_name", session.name if session else code)
    _read_back(form)
    who = signer(
        work, code, str(form["bidder_name"]), submit_key(work, wanted.id), certificate, certificate_key, demo_certificate
    )
    files = [(path, path.name) for path in attached]
    sealed = seal_bid(work, terms.tender, wanted, _stage(wanted.stages, stage), who, form, files)
    if discard_ciphertext:
        for i in range(len(sealed.envelope.bodies)):
            sealed.body(i).unlink()
    data(envelope=sealed.draft.envelope, seed_file=sealed.seed_path)
    tell(
        f"已加密并试解密成功。请立即把种子文件复制到安全的地方:{sealed.seed_path}\n"
        "没有它就不能自行解密、替换或撤回;任何人得到它就能打开这份投标。",
        f"Sealed, and opened again as a test. Copy the seed file to a safe place now: {sealed.seed_path}\n"
        "Without it you cannot decrypt, replace or withdraw; whoever gets it can open this bid.",
        "yellow",
    )
    countdown(wanted.closes_at, terms.clock, draft=True)


def _read_back(form: dict[str, object]) -> None:
    from archive.values import Money
    from trading.amounts import both

    if "price" in form:
        said = both(Money(int(str(form["price"])), str(form["currency"])))
        tell(f"投标报价:{said}", f"Bid price: {said}")


def _stage(stages: tuple[int, ...], asked: int) -> int:
    if asked in stages:
        return asked
    if asked or len(stages) != 1:
        raise Invalid("client.stage", stages=list(stages))
    return stages[0]


@bid.command()
@FOLDER
@LOT
def rehearse(folder: Path, lot: str) -> None:
    """试解密: open your own envelopes under the lot's policy, as the opening will.

    Needs no network. Example: sunlit bid rehearse work
    """
    from trading.cli.handing import newest
    from trading.cli.sealing import rehearse as rehearse_one
    from trading.cli.work import Work

    work = Work(folder)
    wanted = work.terms().lot(lot)
    for sealed in newest(work, wanted):
        index = rehearse_one(sealed, wanted)
        data(envelope=sealed.draft.envelope, stage=sealed.seeds.stage, files=len(index.files), opens="yes")
    tell("试解密成功:信封、密文和每个文件都与加密时一致。", "It opens: envelope, ciphertext and every file are what was sealed.")


@bid.command()
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
        f"密文已全部上传。这还不是递交:请运行 sunlit bid submit {folder}",
        f"All ciphertext is there. This hands nothing in yet: run sunlit bid submit {folder}",
        "yellow",
    )
    countdown(wanted.closes_at, clock, draft=True)


@bid.command()
@FOLDER
@LOT
@PATIENCE
def submit(folder: Path, lot: str, patience: float) -> None:
    """Hand in the newest sealed version. Done when the receipt has been verified and is on disk.

    Example: sunlit bid submit work
    """
    _hand_in(folder, lot, patience, "submit")


@bid.command()
@FOLDER
@LOT
@PATIENCE
def replace(folder: Path, lot: str, patience: float) -> None:
    """Put the newest sealed version in the place of the one in force.

    Example: sunlit bid seal work --form better.toml; sunlit bid replace work
    """
    _hand_in(folder, lot, patience, "replace")


@bid.command()
@FOLDER
@LOT
def withdraw(folder: Path, lot: str) -> None:
    """Withdraw the bid before the deadline; another may follow.

    Example: sunlit bid withdraw work
    """
    _hand_in(folder, lot, 0, "withdraw")


def _hand_in(folder: Path, lot: str, patience: float, how: str) -> None:
    from trading.cli.handing import Chain, hand_in, identity, newest, resume
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
    in_force = standing is not None and bool(standing.envelopes)
    if how == "submit" and in_force:
        raise Invalid("client.in-force", seq=standing.seq if standing else 0)
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
            f"已入日志,目前有 {n} 个见证签名;稍后运行 sunlit bid verify 可换成见证齐全的回执。",
            f"Integrated, {n} cosignatures so far; sunlit bid verify brings the receipt under the quorum later.",
        )
    said = {
        "bid.submitted": ("已递交。回执已核验并保存", "Submitted. The receipt holds and is kept"),
        "bid.withdrawn": ("已撤回。回执已核验并保存", "Withdrawn. The receipt holds and is kept"),
    }[done.shown.act]
    tell(f"{said[0]}:{done.receipt}", f"{said[1]}: {done.receipt}", "green")


@bid.command()
@FOLDER
@LOT
def status(folder: Path, lot: str) -> None:
    """What is sealed, sent and in force, here and there; and whether the log still says what it said.

    Exit codes: 0 it does, 1 it contradicts itself or does not answer.

    Example: sunlit bid status work
    """
    from trading.cli.entering import shown_status
    from trading.cli.watching import looked, show
    from trading.cli.work import Work

    work = Work(folder)
    terms = work.terms()
    for wanted in terms.lots if not lot else (terms.lot(lot),):
        shown_status(work, wanted)
    show(work, looked(work, work.web(terms.base)))


@bid.command()
@FOLDER
def verify(folder: Path) -> None:
    """Hold the platform's log to all that it showed and signed before: it has to extend that, and to hold your receipts.

    Receipts that few witnesses had cosigned are brought under their quorum. Exit codes: 0 nothing is wrong, 1 the log
    contradicts itself, withholds a receipt's entry, stands still, or contradicted itself before.

    Example: sunlit bid verify work
    """
    from trading.cli.watching import kept_against, looked, show
    from trading.cli.work import Work

    work = Work(folder)
    found = looked(work, work.web(work.terms().base))
    show(work, found)
    if found.withheld or found.stale or kept_against(work):
        raise SystemExit(1)
    tell("日志与此前展示和签发的一切一致。", "The log extends all that it showed and signed before.", "green")


@bid.command()
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
        f"已公布 {published} 个信封的种子,回执已核验并保存。",
        f"The seeds of {published} envelopes are published; the receipts hold and are kept.",
        "green",
    )


bid.add_command(receipt)
