"""`sunlit trustee …`: a key for one tender, proofs that it works, and shares released by the logged closing list alone."""

from pathlib import Path

import click

from trading.cli.terminal import countdown, data, passphrase, password, tell

FOLDER = click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
LOT = click.option("--lot", default="", help="the lot; may be left out where there is one")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
ROLES = {"agency": 1, "regulator": 2, "platform": 3, "notary": 4}
SUITES = {"x25519": 1, "p256": 2, "xwing": 3}


@click.group()
def trustee() -> None:
    """Hold a key of a tender. It opens what the logged closing list names, and nothing before or beside it.

    Example: sunlit trustee key new work --tender T-1 --operator 12530500MB9Y0E559D --role notary
    """


@trustee.group()
def key() -> None:
    """The key of one tender, in a file under a passphrase."""


@key.command()
@FOLDER
@click.option("--tender", required=True, help="the tender's id; a key serves one tender")
@click.option("--operator", required=True, help="your organisation's code (统一社会信用代码)")
@click.option("--role", type=click.Choice(list(ROLES)), required=True, help="in which function you hold it")
@click.option("--suite", type=click.Choice(list(SUITES)), default="x25519", show_default=True, help="xwing is post-quantum")
def new(folder: Path, tender: str, operator: str, role: str, suite: str) -> None:
    """Make a key; prints what the agency needs, which is public.

    Example: sunlit trustee key new work --tender T-1 --operator 12530500MB9Y0E559D --role notary > notary.pub
    """
    from trading.cli.custody import make
    from trading.cli.work import Work

    public = make(Work(folder), operator, tender, ROLES[role], SUITES[suite], passphrase(confirm=True))
    click.echo(public)
    tell(
        f"密钥已生成并用口令加密：{folder / 'key.json'}。口令丢失无法恢复；请只把上面的公开部分交给代理机构。",
        f"The key is made and stands under the passphrase in {folder / 'key.json'}. A lost passphrase cannot be restored."
        " Give the agency the public part above and nothing else.",
    )


@key.command()
@FOLDER
def show(folder: Path) -> None:
    """The public part again.

    Example: sunlit trustee key show work
    """
    from trading.cli.custody import public_line
    from trading.cli.work import Work

    click.echo(public_line(Work(folder)))


@trustee.command()
@click.argument("publics", nargs=-1, required=True, type=FILE)
@click.option("--k", required=True, type=int, help="how many of them open a bid")
@click.option("--modes", default=3, show_default=True, type=int, help="1 trustees, 3 also the bidder, 11 the bidder first")
@click.option("--out", required=True, type=click.Path(dir_okay=False, path_type=Path), help="the policy, hex")
@click.option("--test", required=True, type=click.Path(dir_okay=False, path_type=Path), help="a test envelope for the trustees")
def assemble(publics: tuple[Path, ...], k: int, modes: int, out: Path, test: Path) -> None:
    """For the agency: a policy of these trustees in this order, and a test envelope that each has to open.

    Example: sunlit trustee assemble a.pub b.pub c.pub --k 2 --out policy --test test.sbe
    """
    from trading.cli.custody import assembled

    policy, envelope, digest = assembled([p.read_bytes() for p in publics], k, modes)
    out.write_text(policy + "\n", "ascii")
    test.write_bytes(envelope)
    data(policy_hash=digest, trustees=len(publics), k=k)


@trustee.command()
@FOLDER
@click.argument("test", type=FILE)
@click.option("--policy", required=True, type=FILE, help="the policy, hex, as the agency assembled it")
def prove(folder: Path, test: Path, policy: Path) -> None:
    """Prove that you hold the key: open a test envelope; the policy is kept from here on.

    Needs no network. Example: sunlit trustee prove work test.sbe --policy policy > notary.proof
    """
    from trading.cli.custody import prove_possession
    from trading.cli.work import Work

    click.echo(prove_possession(Work(folder), test.read_bytes(), policy.read_text("ascii"), passphrase(confirm=False)))
    tell("测试信封已打开。请把上面的一行交给代理机构。", "The test envelope opened. Give the line above to the agency.")


@trustee.command()
@click.argument("test", type=FILE)
@click.argument("answers", nargs=-1, type=FILE)
@click.option("--policy", required=True, type=FILE, help="the policy, hex")
def check(test: Path, answers: tuple[Path, ...], policy: Path) -> None:
    """For the agency: who has proved possession, and who has not.

    Exit codes: 0 all trustees, 1 some are missing.

    Example: sunlit trustee check test.sbe *.proof --policy policy
    """
    from trading.cli.custody import proved

    found = proved(test.read_bytes(), [a.read_bytes() for a in answers], policy.read_text("ascii"))
    for j, (operator, good) in enumerate(found, 1):
        data(trustee=f"{j} {operator} {'proved' if good else 'missing'}")
    raise SystemExit(0 if all(good for _, good in found) else 1)


@trustee.command()
@FOLDER
@click.argument("url")
@click.option("--policy", type=FILE, help="the log's keys you trust; without it those the platform shows at the first visit")
def join(folder: Path, url: str, policy: Path | None) -> None:
    """Find your key in a published tender; its terms are kept as the log has them now.

    Example: sunlit trustee join work https://host/tenders/T-1
    """
    from trading.cli.custody import joined
    from trading.cli.work import Work

    terms, places = joined(Work(folder), url, policy.read_bytes() if policy else None)
    for lot in terms.lots:
        data(lot=lot.id, trustee=places[lot.id], policy=lot.policy_hash)
        countdown(lot.closes_at, terms.clock, draft=False)


@trustee.command()
@FOLDER
@click.argument("name")
@click.option("--key", "key_file", type=FILE, help="the account's Ed25519 key (32 bytes hex); else the password is asked for")
def login(folder: Path, name: str, key_file: Path | None) -> None:
    """Log in; the session stays in the folder.

    Example: sunlit trustee login work notary
    """
    from trading.cli.entering import enter
    from trading.cli.work import Work

    session = enter(Work(folder), name, key_file, password)
    tell(f"已登录：{session.name}（{session.org}）", f"Logged in: {session.name} ({session.org})")


@trustee.command()
@FOLDER
@LOT
def drill(folder: Path, lot: str) -> None:
    """试解密: open the lot's test envelope before the deadline, so that it is known that you are there.

    Example: sunlit trustee drill work
    """
    from trading.cli.custody import answer_drill
    from trading.cli.work import Work

    answered = answer_drill(Work(folder), lot, passphrase(confirm=False))
    data(trustee=answered.j, answered=" ".join(map(str, answered.all)), receipt=answered.receipt)
    tell("试解密应答已记录在案。", "Your answer to the drill is on record.", "green")


@trustee.command()
@FOLDER
@LOT
def release(folder: Path, lot: str) -> None:
    """Release your shares of what the logged closing list names; refuses without a verified list, whatever the clock says.

    Example: sunlit trustee release work
    """
    from trading.cli.custody import take
    from trading.cli.work import Work

    taken = take(Work(folder), lot, lambda: passphrase(confirm=False))
    data(list=taken.listed, envelopes=taken.envelopes, released=taken.released, complaints=taken.complaints)
    tell("已按日志中的截标清单交出份额。", "The shares are released by the closing list in the log.", "green")
    if taken.complaints:
        tell(
            "有信封给您的份额打不开，已提出异议。需要证明时（全部阶段结束后）运行 sunlit trustee complain --with-key。",
            "Some envelopes gave you no share; complaints are filed. To prove them, after the last stage: complain --with-key.",
            "yellow",
        )


@trustee.command()
@FOLDER
@LOT
@click.option("--envelope", required=True, help="the envelope's id")
@click.option("--with-key", is_flag=True, help="show the private key to the arbiter: it opens your shares of ALL envelopes")
@click.option("--yes", is_flag=True, help="do not ask")
def complain(folder: Path, lot: str, envelope: str, with_key: bool, yes: bool) -> None:
    """Complain that an envelope gives you no share; with the key it is proved.

    Example: sunlit trustee complain work --envelope 1f2e…
    """
    from trading.cli.custody import complain_of
    from trading.cli.work import Work

    if with_key and not yes:
        tell("出示私钥后，凭它能打开您在所有信封中的份额。", "Whoever sees the key opens your shares of all envelopes.", "red")
        click.confirm("?", abort=True, err=True)
    receipt = complain_of(Work(folder), lot, envelope, passphrase(confirm=False), with_key)
    data(envelope=envelope, proved="yes" if with_key else "no", receipt=receipt)


@trustee.command()
@FOLDER
@click.option("--yes", is_flag=True, help="do not ask")
def destroy(folder: Path, yes: bool) -> None:
    """Overwrite the key once nothing is left to open, and put that on record: what was not opened stays shut for good.

    Example: sunlit trustee destroy work
    """
    from trading.cli.custody import destroy_key
    from trading.cli.work import Work

    if not yes:
        tell("密钥销毁后无法恢复。", "A destroyed key cannot be restored.", "red")
        click.confirm("?", abort=True, err=True)
    for lot, receipt in destroy_key(Work(folder)):
        data(lot=lot, receipt=receipt)
    tell("密钥已覆盖删除，并已记录在案。", "The key is overwritten and removed, and that is on record.", "green")
