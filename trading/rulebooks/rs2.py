"""RS-2 政府采购招标: 政府采购法 (2014), 实施条例 (2015), 财政部令 87号 (2017), 94号."""

from datetime import date

from trading.rulebooks.shape import Ground, Required, Rule, Rulebook

_LAW = "政府采购法"
_REGULATION = "政府采购法实施条例"
_ORDER = "政府采购货物和服务招标投标管理办法"
_CHALLENGE = "政府采购质疑和投诉办法"
_ELECTRONIC = "电子招标投标办法"
_HOUSE = "平台规则"
_IDLE = "宁波市公共资源交易管理条例 第二十六条"
_NOTICE = f"{_ORDER} 第十三条"

RS2_2017 = Rulebook(
    id="cn-rs2-2017",
    rule_set="RS-2",
    title="政府采购货物和服务招标",
    title_en="Government procurement of goods and services by tender",
    effective=date(2017, 10, 1),
    rules=(
        Rule("T-30", "notice-period", 5, "W", "min", f"{_ORDER} 第十六条", "T"),
        Rule("T-31", "document-sale", 5, "W", "min", f"{_REGULATION} 第三十一条、{_ORDER} 第十八条", "T"),
        Rule("T-32", "documents-to-deadline", 20, "D", "min", f"{_LAW} 第三十五条", "T"),
        Rule("T-33", "prequalification-application", 5, "W", "min", f"{_REGULATION} 第二十一条", "T"),
        Rule("T-34", "clarification-to-deadline", 15, "D", "min", f"{_ORDER} 第二十七条", "T"),
        Rule("T-34p", "prequalification-clarification", 3, "D", "min", f"{_ORDER} 第二十七条", "T"),
        Rule("T-15", "opening-at-deadline", 1, "flag", "exact", f"{_ORDER} 第三十九条", "M"),
        Rule("T-35", "termination-refund", 5, "W", "max", f"{_ORDER} 第二十九条", "T"),
        Rule("T-36", "withdrawal-refund", 5, "W", "max", f"{_ORDER} 第三十八条", "T"),
        Rule("T-37", "deposit-refund", 5, "W", "max", f"{_REGULATION} 第三十三条、{_ORDER} 第三十八条", "T"),
        Rule("T-38", "report-to-buyer", 2, "W", "max", f"{_ORDER} 第六十八条", "T"),
        Rule("T-39", "award", 5, "W", "max", f"{_ORDER} 第六十八条", "T"),
        Rule("T-39s", "award-by-silence", 1, "flag", "exact", f"{_ORDER} 第六十八条", "T"),
        Rule("T-40", "result-publication", 2, "W", "max", f"{_ORDER} 第六十九条、{_REGULATION} 第四十三条", "T"),
        Rule("T-40n", "result-notice", 1, "W", "min", f"{_ORDER} 第六十九条", "T"),
        Rule("T-41", "contract", 30, "D", "max", f"{_LAW} 第四十六条、{_ORDER} 第七十一条", "T"),
        Rule("T-42", "contract-publication", 2, "W", "max", f"{_REGULATION} 第五十条", "T"),
        Rule("T-43", "contract-filing", 7, "W", "max", f"{_LAW} 第四十七条", "T"),
        Rule("T-44", "inquiry-answer", 3, "W", "max", f"{_REGULATION} 第五十二条", "T"),
        Rule("T-45", "challenge", 7, "W", "max", f"{_LAW} 第五十二条、{_CHALLENGE} 第十条", "T"),
        Rule("T-45a", "challenge-answer", 7, "W", "max", f"{_LAW} 第五十三条、{_CHALLENGE} 第十三条", "T"),
        Rule("T-46", "complaint", 15, "W", "max", f"{_LAW} 第五十五条、{_CHALLENGE} 第十七条", "T"),
        Rule("T-47", "complaint-examination", 5, "W", "max", f"{_CHALLENGE} 第二十一条", "T"),
        Rule("T-48", "complaint-decision", 30, "W", "max", f"{_LAW} 第五十六条、{_CHALLENGE} 第二十六条", "T"),
        Rule("T-48p", "complaint-pause-most", 30, "D", "max", f"{_LAW} 第五十七条、{_CHALLENGE} 第二十八条", "T"),
        Rule("T-51", "document-retention", 15, "Y", "min", f"{_LAW} 第四十二条", "T"),
        Rule("T-52", "recusal-look-back", 3, "Y", "min", f"{_REGULATION} 第九条", "T"),
        Rule("Q-01", "least-bids", 3, "n", "min", f"{_ORDER} 第四十一条、第四十三条", "T"),
        Rule("Q-04", "least-responsive", 3, "n", "min", f"{_ORDER} 第四十三条", "T"),
        Rule("Q-05", "panel-least", 5, "n", "min", f"{_ORDER} 第四十七条", "T"),
        Rule("Q-05o", "panel-odd", 1, "flag", "exact", f"{_ORDER} 第四十七条", "T"),
        Rule("Q-05e", "panel-expert-thirds", 2, "n", "min", f"{_ORDER} 第四十七条", "T"),
        Rule("Q-06", "panel-large-least", 7, "n", "min", f"{_ORDER} 第四十七条", "T"),
        Rule("Q-06b", "panel-large-from", 1_000_000_000, "fen", "min", f"{_ORDER} 第四十七条", "T"),
        Rule("Q-08", "deposit-most", 200, "bp", "max", f"{_REGULATION} 第三十三条", "T"),
        Rule("Q-09", "performance-bond-most", 1000, "bp", "max", f"{_REGULATION} 第四十八条", "T"),
        Rule("Q-10r", "rank-one", 1, "flag", "exact", f"{_ORDER} 第六十八条", "T"),
        Rule("Q-11", "ceiling-within-budget", 1, "flag", "exact", f"{_ORDER} 第十二条", "T"),
        Rule("Q-17", "scale-conditions-forbidden", 1, "flag", "exact", f"{_ORDER} 第十七条", "T"),
        Rule("L-7c", "contract-as-awarded", 1, "flag", "exact", f"{_ORDER} 第七十一条", "T"),
        Rule("V-1g", "price-weight-goods", 3000, "bp", "min", f"{_ORDER} 第五十五条", "T"),
        Rule("V-1s", "price-weight-services", 1000, "bp", "min", f"{_ORDER} 第五十五条", "T"),
        Rule("B-002", "platform-url", 1, "flag", "exact", f"{_ELECTRONIC} 第十七条", "T"),
        Rule("E-1", "sealed-bids", 1, "flag", "exact", f"{_ELECTRONIC} 第二十六条", "T"),
        Rule("R1-2", "catalogue-item", 1, "flag", "exact", "濮阳市公共资源交易管理条例 第十三条", "T"),
        Rule("P-1", "weekend-rests", 1, "flag", "exact", _HOUSE, "I"),
        Rule("P-2", "decrypt-least", 10, "min", "min", _HOUSE, "I"),
        Rule("P-3", "decrypt-most", 1440, "min", "max", _HOUSE, "I"),
    ),
    notice=(
        Required("principal_name", f"{_NOTICE}第一项"),
        Required("principal_address", f"{_NOTICE}第一项"),
        Required("principal_phone", f"{_NOTICE}第一项"),
        Required("agency_name", f"{_NOTICE}第一项"),
        Required("agency_phone", f"{_NOTICE}第一项"),
        Required("scope", f"{_NOTICE}第三项"),
        Required("qualification", f"{_NOTICE}第四项"),
        Required("documents_how", f"{_NOTICE}第五项"),
        Required("notice_days", f"{_NOTICE}第六项"),
        Required("submit_how", f"{_NOTICE}第七项"),
        Required("opening_place", f"{_NOTICE}第七项"),
        Required("principal_person", f"{_NOTICE}第八项"),
        Required("platform_url", f"{_ELECTRONIC} 第十七条"),
    ),
    rejections=(
        Ground("63-1", "未按规定提交投标保证金", "deposit not paid as required", f"{_ORDER} 第六十三条第一项"),
        Ground("63-2", "未按要求签署、盖章", "not signed or sealed as required", f"{_ORDER} 第六十三条第二项"),
        Ground("63-3", "不具备资格要求", "not qualified", f"{_ORDER} 第六十三条第三项"),
        Ground("63-4", "报价超过预算金额或者最高限价", "price over budget or ceiling", f"{_ORDER} 第六十三条第四项"),
        Ground("63-5", "含有采购人不能接受的附加条件", "unacceptable conditions", f"{_ORDER} 第六十三条第五项"),
        Ground("63-6", "法律、法规和招标文件规定的其他无效情形", "invalid by law or document", f"{_ORDER} 第六十三条第六项"),
        Ground("60", "报价明显过低且不能证明合理性", "abnormally low and unproved", f"{_ORDER} 第六十条"),
        Ground("37", "视为串通投标", "deemed collusion", f"{_ORDER} 第三十七条"),
    ),
    passing=(
        Ground("49-1", "拒绝签订合同", "refused the contract", f"{_REGULATION} 第四十九条", "M"),
        Ground("49-2", "因不可抗力不能履行合同", "cannot perform by force majeure", f"{_REGULATION} 第四十九条", "I"),
        Ground("16", "质疑或者投诉成立,中标无效", "a challenge or complaint was upheld", f"{_CHALLENGE} 第十六条", "M"),
    ),
    failures=(
        Ground("too-few-bids", "投标人不足三家", "fewer than three bidders", f"{_ORDER} 第四十三条"),
        Ground("too-few-responsive", "通过资格审查或者符合性审查的不足三家", "fewer than three passed", f"{_ORDER} 第四十三条"),
        Ground("unlawful", "出现影响采购公正的违法、违规行为", "unlawful to fairness' detriment", f"{_LAW} 第三十六条", "M"),
        Ground("over-budget", "投标人的报价均超过采购预算", "all prices over budget", f"{_LAW} 第三十六条", "M"),
        Ground("purchase-dropped", "因重大变故,采购任务取消", "the purchase is dropped", f"{_LAW} 第三十六条", "M"),
        Ground("no-winner", "没有能够中标的候选人", "no candidate can take the award", f"{_CHALLENGE} 第十六条", "I"),
    ),
    terminations=(
        Ground("purchase-dropped", "因重大变故,采购任务取消", "the purchase is dropped", f"{_ORDER} 第二十九条"),
        Ground("force-majeure", "不可抗力", "force majeure", f"{_ORDER} 第二十九条", "I"),
        Ground("object-lost", "标的物灭失或者无处置权", "the object is lost or not the owner's", _IDLE),
        Ground("idle", "登记后逾期未交易", "registered and not traded in time", _IDLE),
        Ground("order", "监督部门责令终止", "ordered by the supervisor", f"{_ORDER} 第二十九条", "I"),
    ),
)
