"""RS-1 工程建设招标投标: 招标投标法 (2017), 实施条例 (2019), 电子招标投标办法 (20号令), 10号令."""

from datetime import date

from trading.rulebooks.shape import Ground, Required, Rule, Rulebook

_LAW = "招标投标法"
_REGULATION = "招标投标法实施条例"
_ELECTRONIC = "电子招标投标办法"
_MEDIA = "招标公告和公示信息发布管理办法 第五条"
_COMMITTEE = "评标委员会和评标方法暂行规定 第二十七条"
_HOUSE = "平台规则"
_IDLE = "宁波市公共资源交易管理条例 第二十六条"

RS1_2019 = Rulebook(
    id="cn-rs1-2019",
    rule_set="RS-1",
    title="工程建设项目招标投标",
    title_en="Tendering of construction projects",
    effective=date(2019, 3, 2),
    rules=(
        Rule("T-01", "document-sale", 5, "D", "min", f"{_REGULATION} 第十六条", "T"),
        Rule("T-02", "prequalification-application", 5, "D", "min", f"{_REGULATION} 第十七条", "T"),
        Rule("T-03", "documents-to-deadline", 20, "D", "min", f"{_LAW} 第二十四条", "T"),
        Rule("T-10", "prequalification-clarification", 3, "D", "min", f"{_REGULATION} 第二十一条", "T"),
        Rule("T-12", "clarification-to-deadline", 15, "D", "min", f"{_LAW} 第二十三条、{_REGULATION} 第二十一条", "T"),
        Rule("T-13", "objection-to-deadline", 10, "D", "min", f"{_REGULATION} 第二十二条", "T"),
        Rule("T-13p", "prequalification-objection", 2, "D", "min", f"{_REGULATION} 第二十二条", "T"),
        Rule("T-14", "objection-answer", 3, "D", "max", f"{_REGULATION} 第二十二条、第五十四条", "T"),
        Rule("T-14s", "objection-suspends", 1, "flag", "exact", f"{_REGULATION} 第二十二条、第五十四条", "T"),
        Rule("T-14o", "objection-opening-answer", 0, "D", "max", f"{_REGULATION} 第四十四条", "T"),
        Rule("T-15", "opening-at-deadline", 1, "flag", "exact", f"{_LAW} 第三十四条", "T"),
        Rule("T-16", "withdrawal-refund", 5, "D", "max", f"{_REGULATION} 第三十五条", "T"),
        Rule("T-17", "publicity-start", 3, "D", "max", f"{_REGULATION} 第五十四条", "T"),
        Rule("T-18", "publicity-period", 3, "D", "min", f"{_REGULATION} 第五十四条", "T"),
        Rule("T-19", "contract", 30, "D", "max", f"{_LAW} 第四十六条", "T"),
        Rule("T-20", "deposit-refund", 5, "D", "max", f"{_REGULATION} 第五十七条", "T"),
        Rule("T-21", "supervisor-report", 15, "D", "max", f"{_LAW} 第四十七条", "T"),
        Rule("T-22", "complaint", 10, "D", "max", f"{_REGULATION} 第六十条", "T"),
        Rule("T-23", "complaint-acceptance", 3, "W", "max", f"{_REGULATION} 第六十一条", "T"),
        Rule("T-23d", "complaint-decision", 30, "W", "max", f"{_REGULATION} 第六十一条", "T"),
        Rule("Q-01", "least-bids", 3, "n", "min", f"{_LAW} 第二十八条、{_REGULATION} 第四十四条", "T"),
        Rule("Q-02", "least-prequalified", 3, "n", "min", f"{_REGULATION} 第十九条", "T"),
        Rule("Q-03", "least-invited", 3, "n", "min", f"{_LAW} 第十七条", "T"),
        Rule("Q-05", "panel-least", 5, "n", "min", f"{_LAW} 第三十七条", "T"),
        Rule("Q-05o", "panel-odd", 1, "flag", "exact", f"{_LAW} 第三十七条", "T"),
        Rule("Q-05e", "panel-expert-thirds", 2, "n", "min", f"{_LAW} 第三十七条", "T"),
        Rule("Q-08", "deposit-most", 200, "bp", "max", f"{_REGULATION} 第二十六条", "T"),
        Rule("Q-09", "performance-bond-most", 1000, "bp", "max", f"{_REGULATION} 第五十八条", "T"),
        Rule("Q-10", "candidates-most", 3, "n", "max", f"{_REGULATION} 第五十三条", "T"),
        Rule("Q-10r", "rank-one-if-state-funded", 1, "flag", "exact", f"{_REGULATION} 第五十五条", "T"),
        Rule("L-7c", "contract-as-awarded", 1, "flag", "exact", f"{_LAW} 第四十六条", "T"),
        Rule("E-6", "competition-finding", 3, "n", "min", _COMMITTEE, "M"),
        Rule("B-002", "platform-url", 1, "flag", "exact", f"{_ELECTRONIC} 第十七条", "T"),
        Rule("E-1", "sealed-bids", 1, "flag", "exact", f"{_ELECTRONIC} 第二十六条", "T"),
        Rule("R1-2", "catalogue-item", 1, "flag", "exact", "濮阳市公共资源交易管理条例 第十三条", "T"),
        Rule("P-1", "weekend-rests", 1, "flag", "exact", _HOUSE, "I"),
        Rule("P-2", "decrypt-least", 10, "min", "min", _HOUSE, "I"),
        Rule("P-3", "decrypt-most", 1440, "min", "max", _HOUSE, "I"),
    ),
    notice=(
        Required("scope", f"{_MEDIA} 第一项", "S"),
        Required("funds", f"{_MEDIA} 第一项", "S"),
        Required("qualification", f"{_MEDIA} 第二项", "S"),
        Required("documents_how", f"{_MEDIA} 第三项", "S"),
        Required("submit_how", f"{_MEDIA} 第四项", "S"),
        Required("principal_name", f"{_MEDIA} 第五项", "S"),
        Required("principal_address", f"{_MEDIA} 第五项", "S"),
        Required("principal_person", f"{_MEDIA} 第五项", "S"),
        Required("principal_phone", f"{_MEDIA} 第五项", "S"),
        Required("agency_name", f"{_MEDIA} 第五项", "S"),
        Required("platform_url", f"{_ELECTRONIC} 第十七条"),
    ),
    rejections=(
        Ground(
            "51-1", "投标文件未经投标单位盖章和单位负责人签字", "neither sealed nor signed", f"{_REGULATION} 第五十一条第一项"
        ),
        Ground("51-2", "联合体没有提交共同投标协议", "consortium without agreement", f"{_REGULATION} 第五十一条第二项"),
        Ground("51-3", "投标人不符合资格条件", "not qualified", f"{_REGULATION} 第五十一条第三项"),
        Ground("51-4", "提交两个以上不同的投标文件或者报价", "more than one bid or price", f"{_REGULATION} 第五十一条第四项"),
        Ground("51-5", "报价低于成本或者高于最高投标限价", "below cost or above the ceiling", f"{_REGULATION} 第五十一条第五项"),
        Ground("51-6", "未响应实质性要求和条件", "no substantive response", f"{_REGULATION} 第五十一条第六项"),
        Ground("51-7", "串通投标、弄虚作假、行贿", "collusion, fraud or bribery", f"{_REGULATION} 第五十一条第七项"),
    ),
    passing=(
        Ground("55-1", "放弃中标", "declined the award", f"{_REGULATION} 第五十五条"),
        Ground("55-2", "因不可抗力不能履行合同", "cannot perform by force majeure", f"{_REGULATION} 第五十五条"),
        Ground("55-3", "不按照招标文件要求提交履约保证金", "no performance bond", f"{_REGULATION} 第五十五条"),
        Ground("55-4", "被查实存在影响中标结果的违法行为", "found to have broken the law", f"{_REGULATION} 第五十五条"),
    ),
    failures=(
        Ground("too-few-bids", "投标人少于三个", "fewer than three bidders", f"{_REGULATION} 第四十四条"),
        Ground("all-rejected", "所有投标被否决", "all bids rejected", f"{_LAW} 第四十二条", "M"),
        Ground("no-competition", "有效投标不足三个,明显缺乏竞争", "too little competition", _COMMITTEE, "M"),
        Ground("unlawful", "招标活动违法且影响中标结果", "unlawful to the result's detriment", f"{_REGULATION} 第八十一条", "M"),
        Ground("no-winner", "中标候选人均不能中标", "no candidate can take the award", f"{_REGULATION} 第五十五条", "I"),
    ),
    terminations=(
        Ground("purchase-dropped", "招标项目取消", "the purchase is dropped", f"{_REGULATION} 第三十一条", "I"),
        Ground("force-majeure", "不可抗力", "force majeure", f"{_REGULATION} 第三十一条", "I"),
        Ground("object-lost", "标的物灭失或者无处置权", "the object is lost or may not be disposed of", _IDLE, "T"),
        Ground("idle", "登记后逾期未交易", "registered and not traded in time", _IDLE),
        Ground("order", "行政监督部门责令终止", "ordered by the supervisor", f"{_REGULATION} 第三十一条", "I"),
    ),
)
