"""RS-9 for replayed foreign data: what happened elsewhere under other law is recorded, not judged by ours."""

from datetime import date

from trading.rulebooks.shape import Ground, Rule, Rulebook

_ARTICLE = "imported procedure"

IMPORTED_1 = Rulebook(
    id="imported-1",
    rule_set="RS-9",
    title=_ARTICLE,
    title_en=_ARTICLE,
    effective=date(2000, 1, 1),
    rules=(
        Rule("Q-01", "least-bids", 1, "n", "min", _ARTICLE, "I"),
        Rule("X-1", "cancel-after-opening", 1, "flag", "exact", _ARTICLE, "I"),
        Rule("X-2", "replayed", 1, "flag", "exact", _ARTICLE, "I"),
    ),
    rejections=(Ground("imported", "来源数据记载为无效", "unsuccessful in the source", _ARTICLE),),
    passing=(Ground("imported", "来源数据记载为取消", "cancelled in the source", _ARTICLE),),
    failures=(
        Ground("too-few-bids", "没有投标", "no bids", _ARTICLE),
        Ground("imported", "来源数据记载为失败", "unsuccessful in the source", _ARTICLE),
    ),
    terminations=(Ground("imported", "来源数据记载为取消", "cancelled in the source", _ARTICLE),),
)
