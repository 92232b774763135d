"""Grounds on which a bid is rejected, coded by rule set (招标投标法实施条例 51; 87号令 60, 63, 37).  Pure data."""

from typing import Final

WORKS: Final[dict[str, str]] = {
    "51-1": "投标文件未经投标单位盖章和单位负责人签字",
    "51-2": "投标联合体没有提交共同投标协议",
    "51-3": "投标人不符合国家或者招标文件规定的资格条件",
    "51-4": "同一投标人提交两个以上不同的投标文件或者投标报价",
    "51-5": "投标报价低于成本或者高于招标文件设定的最高投标限价",
    "51-6": "投标文件没有对招标文件的实质性要求和条件作出响应",
    "51-7": "投标人有串通投标、弄虚作假、行贿等违法行为",
}

PURCHASE: Final[dict[str, str]] = {
    "63-1": "未按照招标文件的规定提交投标保证金",
    "63-2": "投标文件未按招标文件要求签署、盖章",
    "63-3": "不具备招标文件中规定的资格要求",
    "63-4": "报价超过招标文件中规定的预算金额或者最高限价",
    "63-5": "投标文件含有采购人不能接受的附加条件",
    "63-6": "法律、法规和招标文件规定的其他无效情形",
    "60": "报价明显过低且不能证明其合理性",
    "37": "视为投标人串通投标",
}

GROUNDS: Final[dict[str, dict[str, str]]] = {"RS-1": WORKS, "RS-2": PURCHASE}

UNPROVEN: Final[dict[str, str]] = {"RS-1": "51-5"}
"""The ground for a price that was not proved reasonable; `PURCHASE`'s where a rule set names none."""


def known(rule_set: str, ground: str) -> bool:
    """Whether a ground exists under a rule set; other rule sets take the grounds of their own documents."""
    return ground in GROUNDS[rule_set] if rule_set in GROUNDS else 0 < len(ground) <= 20


def unproven(rule_set: str) -> str:
    """The ground of an unproved price."""
    return UNPROVEN.get(rule_set, "60")


UNCONFIRMED: Final[dict[str, str]] = {"RS-1": "51-6"}
"""The ground for a corrected price that was not confirmed (施工招标投标办法 53; 87号令 59); 63-6 where a rule set names none."""


def unconfirmed(rule_set: str) -> str:
    """The ground of an unconfirmed correction."""
    return UNCONFIRMED.get(rule_set, "63-6")


UNPRICED: Final[dict[str, str]] = {"RS-1": "51-6"}
"""The ground for a bid without a price that could be compared with others; 63-6 where a rule set names none."""


def unpriced(rule_set: str) -> str:
    """The ground of a bid without a comparable price."""
    return UNPRICED.get(rule_set, "63-6")
