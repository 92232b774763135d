"""`sunlit bid …`: seal on one's own machine, try it, send it, hand it in, decrypt; receipts checked without the platform."""

from pathlib import Path

import click

from archive.errors import Invalid
from trading.cli.receipt import receipt
from trading.cli.submitting import COMMANDS, FILE, FOLDER, LOT
from trading.cli.terminal import countdown, data, password, tell

STAGE = click.option("--stage", type=int, default=0, help="the opening stage, where there are several")


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
        tell("注意：与平台的连接没有加密（http）。", "Note: the line to the platform is not encrypted (http).", "yellow")
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
        f"各条款均已按日志逐条核验，证明在 {work.path('evidence')}。",
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
    tell(f"已登录：{session.name}（{session.org}）", f"Logged in: {session.name} ({session.org})")


@bid.command()
@FOLDER
@LOT
@STAGE
@click.option("--form", "form_file", type=FILE, required=True, help="开标一览表, TOML or JSON; price in yuan")
@click.option("--attach", "attached", type=FILE, multiple=True, help="a bid document; may be given many times")
@click.option("--bidder", default="", help="统一社会信用代码; without it that of the session")
@click.option("--certificate", type=FILE, help="certificate chain, PEM, your own first")
@click.option("--certificate-key", type=FILE, help="its private key, PEM")
@click.option("--demo-certificate", is_flag=True, help="a certificate made here: 演示证书，不构成可靠电子签名")
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

    Where a lot is opened in stages (双信封) each has an envelope of its own: the technical part first, the price in the last.

    Needs no network. Example: sunlit bid seal work --form form.toml --attach offer.pdf
    """
    from trading.cli.entering import signer
    from trading.cli.sealing import fits, read_form, submit_key
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
    place = _stage(wanted.stages, stage)
    _priced(wanted.stages, place == wanted.price_stage, form)
    _read_back(form)
    who = signer(
        work, code, str(form["bidder_name"]), submit_key(work, wanted.id), certificate, certificate_key, demo_certificate
    )
    files = [(path, path.name) for path in attached]
    fits(files, terms.largest)
    sealed = seal_bid(work, terms.tender, wanted, place, who, form, files)
    if discard_ciphertext:
        for i in range(len(sealed.envelope.bodies)):
            sealed.body(i).unlink()
    data(envelope=sealed.draft.envelope, seed_file=sealed.seed_path)
    tell(
        f"已加密并试解密成功。请立即把种子文件复制到安全的地方：{sealed.seed_path}\n"
        "没有它就不能自行解密、替换或撤回；任何人得到它就能打开这份投标。",
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
        tell(f"投标报价：{said}", f"Bid price: {said}")


def _priced(stages: tuple[int, ...], price: bool, form: dict[str, object]) -> None:
    """With several stages the price is in its own envelope and in no other, which is opened before it."""
    if len(stages) > 1 and price != ("price" in form):
        raise Invalid("client.price-missing" if price else "client.price-early")


def _stage(stages: tuple[int, ...], asked: int) -> int:
    if asked in stages:
        return asked
    if asked or len(stages) != 1:
        raise Invalid("client.stage", stages=list(stages))
    return stages[0]


@bid.command()
@FOLDER
@click.argument("seed_file", type=FILE)
@click.option("--attach", "attached", type=FILE, multiple=True, help="a document that was sealed; all of them, to send or try it")
def adopt(folder: Path, seed_file: Path, attached: tuple[Path, ...]) -> None:
    """Take over a bid that was sealed in the browser, from the seed file that it saved.

    Needs no network. With all its documents it is opened as a test and can be sent and replaced; without them it can be
    decrypted and withdrawn.

    Example: sunlit bid adopt work Downloads/3f….seed.json --attach offer.pdf
    """
    from trading.cli.adopting import adopt as take
    from trading.cli.adopting import whole
    from trading.cli.work import Work

    work = Work(folder)
    sealed = take(work, work.terms(), seed_file.read_bytes(), attached)
    data(envelope=sealed.draft.envelope, stage=sealed.seeds.stage, seed_file=sealed.seed_path)
    if whole(sealed):
        tell("已接管并试解密成功。", "Taken over, and opened as a test.", "green")
    else:
        tell(
            "已接管。没有全部原文件，因此没有试解密；可以解密、撤回，要上传请用 --attach 给出每个文件。",
            "Taken over. Not all its documents are here, so it was not tried; it can be decrypted and withdrawn. To send it, name"
            " each with --attach.",
            "yellow",
        )


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
    tell("试解密成功：信封、密文和每个文件都与加密时一致。", "It opens: envelope, ciphertext and every file are what was sealed.")


@bid.command()
@FOLDER
@LOT
def status(folder: Path, lot: str) -> None:
    """What is sealed, sent and in force, here and there; and whether the log still says what it said.

    Where the tender's streams end is held against what is shown of them.  Exit codes: 0 it does, 1 it contradicts itself,
    withholds the end of a stream, or does not answer.

    Example: sunlit bid status work
    """
    from trading.cli.entering import shown_status
    from trading.cli.watching import ends, looked, show, show_ends
    from trading.cli.work import Work

    work = Work(folder)
    terms = work.terms()
    for wanted in terms.lots if not lot else (terms.lot(lot),):
        shown_status(work, wanted)
    web = work.web(terms.base)
    show(work, looked(work, web))
    show_ends(ends(work, web))


@bid.command()
@FOLDER
def verify(folder: Path) -> None:
    """Hold the platform's log to all that it showed and signed before: it has to extend that, and to hold your receipts.

    Receipts that few witnesses had cosigned are brought under their quorum; the tender's streams have to be shown up to where the
    log proves that they end. Exit codes: 0 nothing is wrong, 1 the log contradicts itself, withholds a receipt's entry or a
    stream's end, stands still, or contradicted itself before.

    Example: sunlit bid verify work
    """
    from trading.cli.watching import ends, kept_against, looked, show, show_ends
    from trading.cli.work import Work

    work = Work(folder)
    web = work.web(work.terms().base)
    found = looked(work, web)
    show(work, found)
    ended = ends(work, web)
    show_ends(ended)
    if found.withheld or found.stale or kept_against(work) or any(end.overdue for end in ended):
        raise SystemExit(1)
    tell("日志与此前展示和签发的一切一致。", "The log extends all that it showed and signed before.", "green")


for command in (*COMMANDS, receipt):
    bid.add_command(command)
