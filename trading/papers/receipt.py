"""投标文件递交回执 (N-16): what a bidder holds, checkable offline; it names no bidder."""

from archive.paper.tree import Column, Document, Pair, Pairs, Paragraph, Section, Table
from archive.values import Instant, Value
from trading.amounts import minute, stamp
from trading.papers.parts import E_TENDER, Frame, basis, demand, paper

ARTICLE_28 = f"{E_TENDER}第二十八条"


class Logged(Value, frozen=True):
    """Where an entry stands in the log: origin, index, leaf, size and root of the signed tree."""

    origin: str
    index: int
    leaf: str
    size: int
    root: str
    signed_at: Instant


class SealedFile(Value, frozen=True):
    """A ciphertext as it was received: name, bytes, SHA-256."""

    name: str
    bytes: int
    digest: str


class Receipt(Value, frozen=True):
    """N-16: that a sealed bid, or its withdrawal, was received; it names no bidder."""

    frame: Frame
    project: str
    lot: str
    version: int
    envelope: str
    files: tuple[SealedFile, ...]
    received_at: Instant
    deadline: Instant
    logged: Logged
    key: str
    signature: str
    withdrawal: bool = False
    replaces: str = ""


def receipt(x: Receipt) -> Document:
    """投标文件递交回执, or of a withdrawal.

    Raises:
        Invalid: ``paper.missing`` without lot, envelope, files (of a submission), signature or place in the log.
    """
    demand(
        ARTICLE_28,
        ("项目名称", x.project),
        ("标段编号", x.lot),
        ("受理编号", x.frame.number),
        ("信封摘要", x.envelope),
        ("平台签名", x.signature),
        ("平台签名密钥", x.key),
        ("日志记录的叶子摘要", x.logged.leaf),
        ("日志根摘要", x.logged.root),
    )
    if not x.withdrawal:
        demand(ARTICLE_28, ("文件名、大小和密文摘要", x.files))
    for file in x.files:
        demand(ARTICLE_28, ("文件名", file.name), (f"{file.name}的密文摘要", file.digest))
    kind, english = (
        ("投标撤回回执", "Receipt of a withdrawal") if x.withdrawal else ("投标文件递交回执", "Receipt of a sealed bid")
    )
    general = [
        Pair("项目名称", x.project, wide=True),
        Pair("标段编号", x.lot),
        Pair("受理编号", x.frame.number),
        Pair("版本序号", f"第{x.version}版"),
        Pair("投标截止时间", minute(x.deadline)),
        Pair("传输完成时间", f"{stamp(x.received_at)}（北京时间）", wide=True),
        Pair("信封摘要", x.envelope, wide=True),
    ]
    if x.replaces:
        general.append(Pair("替换的信封", x.replaces, wide=True))
    columns = (Column("文件名", 16), Column("大小（字节）", 15, "right"), Column("密文 SHA-256", 69))
    files = Table(columns, tuple((f.name, f"{f.bytes:,}", f.digest) for f in x.files))
    said = (
        "上述投标已按投标人的请求撤回，投标截止时间前可以重新递交。"
        if x.withdrawal
        else "交易平台已收到上述加密的投标文件，并妥善保存。投标截止时间前，任何单位和个人不得解密、提取；"
        "投标人可以补充、修改或者撤回。"
    )
    parts = [Section("递交信息", "Submission", (Pairs(tuple(general), 2),))]
    if x.files:
        parts.append(Section("密文文件", "Ciphertext files", (files,)))
    parts += [
        Section("日志记录", "Place in the log", (logged(x.logged),)),
        Section("平台签名", "Signature of the platform", (Pairs((Pair("密钥", x.key), Pair("签名", x.signature))),)),
    ]
    return paper(x.frame, kind, english, parts, Paragraph(said), basis(ARTICLE_28))


def logged(x: Logged) -> Pairs:
    """The rows that say where an entry stands."""
    return Pairs(
        (
            Pair("日志名称", x.origin, wide=True),
            Pair("记录序号", str(x.index)),
            Pair("树长度", str(x.size)),
            Pair("叶子摘要", x.leaf, wide=True),
            Pair("根摘要", x.root, wide=True),
            Pair("检查点时间", f"{stamp(x.signed_at)}（北京时间）", wide=True),
        ),
        2,
    )
