"""What an expert is told when a machine calls: time, place, category, the question of conflict; no project, no bidder.

Pure.  Texts are Chinese and English in one message, since nobody knows which an expert reads on his telephone.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from archive.values import HOUR, Instant, instant_text

BEIJING: Final[Instant] = 8 * HOUR


@dataclass(frozen=True, slots=True)
class Call:
    """One attempt, with what may be said of it; ``token`` is the answering code."""

    category: str
    place: str
    begins_at: Instant
    answer_by: Instant
    token: str
    address: str


@dataclass(frozen=True, slots=True)
class Words:
    """A message: its id is the same whenever the same attempt is sent again; ``short`` is for telephones."""

    id: str
    subject: str
    text: str
    short: str


SUBJECT: Final = "评审专家抽取通知 · You have been drawn as an expert"

_TEXT: Final = """您已被随机抽取为评审专家。
专业类别：{category}
时间：{begins} 以后
地点：{place}

请先回答：您本人或近亲属是否在三年内与上述时间、地点的交易活动的任何一方存在任职、持股或其他可能影响公正评审的关系？
如有，请选择“回避”，不必说明与谁有关。

答复码：{token}
请于 {until} 前在 {address} 输入答复码，选择“参加”“不参加”或“回避”。
每次答复均记入不可更改的日志，您可在本人账户中查看并提出异议。请勿转发本通知。

You have been drawn at random as an expert.
Category: {category}
Time: from {begins} on (Beijing time)
Place: {place}

First a question: within three years, have you or a near relative been employed by, owned, or otherwise been bound to anybody who
takes part in what is traded at that time and place? If so, answer “conflict”; you need not say with whom.

Code: {token}
Until {until} (Beijing time), enter the code at {address} and answer “accept”, “decline” or “conflict”. Every answer goes
into a log that nobody can alter; you see it in your account and may dispute it. Do not forward this message.
"""

_SHORT: Final = (
    "评审专家抽取通知：{begins}，{place}，{category}。三年内本人或近亲属与该活动各方有利害关系请答“回避”。"
    "{until}前凭答复码{token}到{address}答复。"
    " Drawn as expert: {begins}, {place}. Answer accept/decline/conflict by {until}."
)


def words(call: Call) -> Words:
    """The message of one attempt."""
    said = {
        "category": call.category,
        "place": call.place,
        "begins": clock(call.begins_at),
        "until": clock(call.answer_by),
        "token": call.token,
        "address": call.address,
    }
    id = sha256(f"call/{call.token}".encode()).hexdigest()[:32]
    return Words(id, SUBJECT, _TEXT.format(**said), _SHORT.format(**said))


def clock(at: Instant) -> str:
    """An instant by Beijing's clock, to the minute."""
    return instant_text(at + BEIJING)[:16].replace("T", " ")
