"""The national codes: 统一社会信用代码, 统一交易标识码, project, tender and section numbers (cn-rules 12.1).

All are text, upper case; every function is total on text and says yes or no, or raises `Invalid`.
"""

import re
from datetime import date

from archive.errors import Invalid
from trading.rulebooks.categories import SECTION_LEVEL_1, SECTION_LEVEL_2
from trading.rulebooks.regions import REGIONS

CREDIT_SCHEME = "CN-USCC"

_CREDIT = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_MOD_37_2 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*"

_CREDIT_FORM = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}\d{6}[0-9A-Z]{8}[0-9X][0-9A-HJ-NPQRTUWXY]")
_TRADE_FORM = re.compile(r"([A-Z]\d{2})-?([0-9A-Z]{18})-?(\d{8})-?(\d{6})-?([0-9A-Z*])")
_INDUSTRY = re.compile(r"[A-Z]\d{2}")
_PROJECT = re.compile(r"([A-Z]\d{2})(\d{6})(\d{6})(\d{4})((?:\d{3}){0,2})")
_SECTION = re.compile(r"([A-Z])(\d{2})(\d{2})(\d{2})")


def organisation_digit(first8: str) -> str:
    """The mod-11 check of an organisation code (characters 9 to 16 of a credit code)."""
    total = sum(int(c, 36) * w for c, w in zip(first8, _ORGANISATION_WEIGHTS, strict=True))
    check = (11 - total % 11) % 11
    return "X" if check == 10 else str(check)


def credit_digit(first17: str) -> str:
    """The mod-31 check character of 统一社会信用代码 (GB 32100)."""
    total = sum(_CREDIT.index(c) * pow(3, i, 31) for i, c in enumerate(first17))
    return _CREDIT[(31 - total % 31) % 31]


def credit_code_holds(code: str) -> bool:
    """Whether 18 characters are a 统一社会信用代码 with its last check character right.

    The inner organisation code's own digit is not a gate, for its rule is second-hand; `organisation_code_holds` tells.
    """
    return _CREDIT_FORM.fullmatch(code) is not None and all(c in _CREDIT for c in code) and credit_digit(code[:17]) == code[17]


def organisation_code_holds(code: str) -> bool:
    """Whether the organisation code inside a credit code carries its own right digit."""
    return _CREDIT_FORM.fullmatch(code) is not None and organisation_digit(code[8:16]) == code[16]


def trade_digit(body: str) -> str:
    """The ISO 7064 MOD 37-2 check (GB/T 17710) over 行业3 + 信用代码18 + 日期8 + 流水6."""
    total = sum(_MOD_37_2.index(c) * pow(2, i, 37) for i, c in enumerate(reversed(body), 1))
    return _MOD_37_2[(38 - total % 37) % 37]


def trade_code(industry: str, platform: str, day: date, number: int) -> str:
    """统一交易标识码 in its printed form ``A01-<18>-<yyyymmdd>-<6>-<check>``.

    Raises:
        Invalid: ``code.trade`` when a part has not its form.
    """
    if not (_INDUSTRY.fullmatch(industry) and credit_code_holds(platform) and 0 < number < 10**6):
        raise Invalid("code.trade", text=f"{industry}-{platform}-{number}"[:60])
    parts = (industry, platform, day.strftime("%Y%m%d"), f"{number:06d}")
    return "-".join((*parts, trade_digit("".join(parts))))


def trade_code_holds(code: str) -> bool:
    """Whether a printed 统一交易标识码 (hyphens may be left out) is whole and its check right."""
    m = _TRADE_FORM.fullmatch(code)
    if m is None or not credit_code_holds(m[2]) or not _real_day(m[3]):
        return False
    return trade_digit(m[1] + m[2] + m[3] + m[4]) == m[5]


def stored_trade_code(code: str) -> str:
    """The 33 stored characters: the printed form without industry and hyphens.

    Raises:
        Invalid: ``code.trade`` when it does not hold.
    """
    m = _TRADE_FORM.fullmatch(code)
    if m is None or not trade_code_holds(code):
        raise Invalid("code.trade", text=code[:60])
    return m[2] + m[3] + m[4] + m[5]


def project_code(industry: str, region: str, day: date, number: int) -> str:
    """项目编号, 19 characters: 行业3 + 行政区6 + yyMMdd + 4.

    Raises:
        Invalid: ``code.project`` when a part has not its form.
    """
    if not (_INDUSTRY.fullmatch(industry) and re.fullmatch(r"\d{6}", region) and 0 < number < 10**4):
        raise Invalid("code.project", text=f"{industry}{region}{number}"[:40])
    return f"{industry}{region}{day:%y%m%d}{number:04d}"


def tender_code(project: str, number: int) -> str:
    """招标项目编号, 22 characters: a project's plus 3.

    Raises:
        Invalid: ``code.project`` when the project's code or the number has not its form.
    """
    return _longer(project, 19, number)


def section_code(tender: str, number: int) -> str:
    """标段编号, 25 characters: a tender's plus 3.

    Raises:
        Invalid: ``code.project`` when the tender's code or the number has not its form.
    """
    return _longer(tender, 22, number)


def _longer(base: str, length: int, number: int) -> str:
    if len(base) != length or not number_code_holds(base) or not 0 < number < 10**3:
        raise Invalid("code.project", text=f"{base}{number}"[:40])
    return f"{base}{number:03d}"


def number_code_holds(code: str) -> bool:
    """Whether a text is a 项目, 招标项目 or 标段 编号 (19, 22 or 25 characters) with a real day in it."""
    m = _PROJECT.fullmatch(code)
    return m is not None and _real_day("20" + m[3])


def section_category_holds(code: str) -> bool:
    """Whether a 标段分类码 has seven characters and known first levels."""
    m = _SECTION.fullmatch(code)
    return m is not None and m[1] in SECTION_LEVEL_1 and (m[1] not in ("A",) or m[2] in SECTION_LEVEL_2)


def region_name(code: str) -> str:
    """The name of a GB/T 2260 region that this platform serves or meets, or the code itself."""
    return REGIONS.get(code, code)


def _real_day(text: str) -> bool:
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:8]))
    except ValueError:
        return False
    return True
