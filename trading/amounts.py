"""Amounts, numbers and dates as the trade writes them in its papers.

Pure.  Money is in minor units (分 for CNY).  人民币大写 follows 正确填写票据和结算凭证的基本规定 (支付结算办法,
annex 1): 壹贰叁…, one 零 for any run of zeros between figures, 整 after 元 and 角 but not after 分.  Dates are
Beijing time; months and days have no leading zero (GB/T 9704).
"""

from decimal import Decimal

from archive.errors import Invalid
from archive.values import Instant, Money, minor_digits
from trading.words import beijing, exact, yuan

FIGURES = "零壹贰叁肆伍陆柒捌玖"
NUMERALS = "零一二三四五六七八九"
_PLACES = ("", "拾", "佰", "仟")


def capitals(value: Money) -> str:
    """``人民币肆佰捌拾陆万元整``.

    Raises:
        Invalid: ``amount.capitals`` for another currency than CNY or a negative amount.
    """
    if value.currency != "CNY" or value.amount < 0:
        raise Invalid("amount.capitals", text=yuan(value))
    whole, cents = divmod(value.amount, 100)
    jiao, fen = divmod(cents, 10)
    said = f"{_spelled(whole)}元" if whole or not cents else ""
    if not cents:
        return f"人民币{said}整"
    if jiao:
        # A figure that ends in zero before 元 and goes on with 角 may leave the 零 out; it is written here, being safer to read.
        said += ("零" if whole and whole % 10 == 0 else "") + f"{FIGURES[jiao]}角"
    elif whole:
        said += "零"
    return f"人民币{said}{FIGURES[fen]}分" if fen else f"人民币{said}整"


def figure(value: Money) -> str:
    """``4,860,000.00``: grouped by thousands, without a sign of currency unless it is not CNY."""
    digits = minor_digits(value.currency)
    text = f"{Decimal(value.amount).scaleb(-digits):,.{digits}f}"
    return text if value.currency == "CNY" else f"{value.currency} {text}"


def both(value: Money) -> str:
    """Capitals with figures behind, ``人民币肆佰捌拾陆万元整（¥4,860,000.00）``; figures alone for another currency."""
    if value.currency != "CNY" or value.amount < 0:
        return yuan(value)
    return f"{capitals(value)}（{yuan(value)}）"


def numeral(n: int) -> str:
    """1 to 99 in the figures of headings: 一, 十, 十一, 二十."""
    tens, ones = divmod(n, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{NUMERALS[tens]}十"
    return head + (NUMERALS[ones] if ones or not tens else "")


def date(at: Instant) -> str:
    """``2026年10月9日``."""
    t = beijing(at)
    return f"{t.year}年{t.month}月{t.day}日"


def minute(at: Instant) -> str:
    """``2026年10月9日09时00分``; whole seconds are written when there are any, the log has the fraction."""
    t = beijing(at)
    text = f"{date(at)}{t:%H时%M分}"
    return f"{text}{t:%S}秒" if t.second else text


def stamp(at: Instant) -> str:
    """``2026-10-09 09:00:00``, for columns headed Beijing time; the log has the fraction of a second."""
    return exact(at)[:19]


def _spelled(n: int) -> str:
    """A whole number in capitals; sections of 亿 nest, so 万亿 comes out as the trade says it."""
    if n >= 10**8:
        high, low = divmod(n, 10**8)
        return _joined(_spelled(high) + "亿", high, low, 10**7)
    if n >= 10**4:
        high, low = divmod(n, 10**4)
        return _joined(_spelled(high) + "万", high, low, 10**3)
    if n == 0:
        return FIGURES[0]
    said, gap = "", False
    for place in (3, 2, 1, 0):
        d = n // 10**place % 10
        if d:
            said += ("零" if gap and said else "") + FIGURES[d] + _PLACES[place]
        gap = not d
    return said


def _joined(head: str, high: int, low: int, full: int) -> str:
    if low == 0:
        return head
    return head + ("零" if low < full or high % 10 == 0 else "") + _spelled(low)
