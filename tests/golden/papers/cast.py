"""A complete value of every paper: fictional parties of 保山市, names with rare characters on purpose."""

from archive.values import Money, instant
from trading.papers.award import Candidate, CandidatesNotice, Rejected, WinnerNotice
from trading.papers.clarification import Change, ClarificationNotice
from trading.papers.draw import Called, DrawProof, Seat
from trading.papers.evaluation_values import (
    Adjustment,
    Clarification,
    Coefficient,
    Computed,
    Draw,
    EvaluationReport,
    Indicator,
    Item,
    LowPrice,
    Marks,
    Member,
    Ranked,
    Rejection,
    Signature,
    Vote,
)
from trading.papers.letters import LetterOfAward, ResultLetter
from trading.papers.notice import NoticeLot, ProcurementNotice, TenderNotice
from trading.papers.opening import Objection, OpenedBid, OpeningRecord
from trading.papers.parts import Frame, Party
from trading.papers.procurement import Good, ProcurementResult
from trading.papers.receipt import Logged, Receipt, SealedFile
from trading.papers.replay import Divergence, Level, ReplayReport

PLATFORM = "保山市公共资源交易平台 · 阳光交易 Sunlit"
P1 = "隆阳区永昌街道便民服务站改造工程施工"
P2 = "腾冲市政务云服务器及密码设备采购"
URL = "https://ggzy.example/"


def at(text: str) -> int:
    """Beijing time ``2026-10-09 09:00:00`` as an instant."""
    return instant(text.replace(" ", "T") + ".000000Z") - 8 * 3_600_000_000


def frame(number: str, when: str, what: str) -> Frame:
    return Frame(number, PLATFORM, at(when), demo=True, check=f"{URL}log/{what}?leaf=7b1f{'0c' * 14}")


DIGEST = "7d3c1b0a" * 8
OWNER = Party("保山市隆阳区建设单位（演示）", "保山市隆阳区永昌街道正阳南路1号", "杨某某", "0875-2000001", "11530502MB9Y0B227D")
AGENCY = Party("云南演示招标代理有限公司", "昆明市五华区演示路8号", "李某某", "0871-6000001", "91530100MA9YDA010W")
CLOUD = Party("腾冲市政务数据单位（演示）", "腾冲市腾越街道演示路3号", "赵某某", "0875-5000001", "11530581MB9Y0C334F")
SUPERVISOR = Party("保山市隆阳区住房和城乡建设局（演示）", phone="0875-2000099")
BIDDERS = (
    "保山市𬭎源建筑工程有限公司",
    "云南龑兴建设集团有限公司",
    "隆阳区赟鋆市政工程有限责任公司",
    "昆明㛃石建设工程有限公司",
    "施甸县頔泰建筑安装工程有限公司",
)
PRICES = (472_315_000, 468_800_050, 479_960_032, 465_100_000)

TENDER_NOTICE = TenderNotice(
    frame("A01-530502-260908-0001", "2026-09-08 09:00:00", "notice/1"),
    P1,
    "便民服务站建筑装修、给排水、电气、无障碍设施改造",
    "施工图纸和工程量清单所示的全部内容",
    "改造建筑面积2,380平方米，估算价486万元",
    "区级财政资金100%",
    (
        "具有独立法人资格，具备建筑工程施工总承包三级及以上资质，持有有效的安全生产许可证。",
        "拟派项目负责人具有建筑工程专业二级及以上注册建造师执业资格，具备安全生产考核合格证书（B证）。",
        "未被列入失信被执行人、重大税收违法失信主体名单。",
    ),
    False,
    at("2026-09-08 09:00:00"),
    at("2026-10-09 09:00:00"),
    "登录交易平台免费下载，无须报名，不收取任何费用",
    at("2026-10-09 09:00:00"),
    "在交易平台用加密工具或浏览器加密后递交，未按要求加密的，平台拒收并提示",
    OWNER,
    URL,
    "注册免费；公告和招标文件可直接查看、下载；递交投标文件须先完成主体登记和身份验证",
    AGENCY,
    (NoticeLot("1", "便民服务站改造施工", "土建、装修、安装工程", Money(486_000_000), "120日历天"),),
    "隆阳区发展和改革局隆发改审批〔2026〕演示12号",
    "保山市隆阳区永昌街道",
    "综合评估法。价格分40分，以有效投标报价算术平均值为评标基准价；商务技术分60分。",
    ("云南省公共资源交易电子服务系统", "中国招标投标公共服务平台"),
    SUPERVISOR,
    ("投标保证金5万元，可以银行转账、电子保函形式提交，开标前对任何人保密。", "招标文件异议应当在投标截止时间十日前在线提出。"),
)

PROCUREMENT_NOTICE = ProcurementNotice(
    frame("BSTC-2026-CG-0032", "2026-09-10 09:00:00", "notice/2"),
    P2,
    CLOUD,
    Money(320_000_000),
    "机架式服务器12台、服务器密码机2台及配套软件，含三年质保与驻场培训；详见招标文件第五章。",
    ("满足《政府采购法》第二十二条规定。", "本项目不专门面向中小企业，执行价格扣除政策。", "密码设备具有商用密码产品认证证书。"),
    at("2026-09-10 09:00:00"),
    at("2026-09-17 17:00:00"),
    "本交易平台网址",
    "在线免费下载，无须报名",
    Money(0),
    "5个工作日",
    at("2026-10-13 09:30:00"),
    at("2026-10-13 09:30:00"),
    "本交易平台网上开标大厅",
    "钱某某",
    "0875-5000002",
    URL,
    "注册、验证后在线加密递交",
    AGENCY,
    Money(315_000_000),
    False,
    policies=("小型和微型企业产品价格给予10%的扣除，用扣除后的价格参加评审。", "强制采购节能产品。"),
    media=("中国政府采购网", "云南省政府采购网"),
)

CLARIFICATION = ClarificationNotice(
    frame("A01-530502-260908-0001-C1", "2026-09-22 10:00:00", "clarification/1"),
    P1,
    "clarification",
    "A01-530502-260908-0001",
    f"{P1}招标公告",
    at("2026-09-08 09:00:00"),
    "潜在投标人就工程量清单第三章提出疑问，经复核确有漏项。",
    OWNER,
    (
        Change("工程量清单 第3.2项 无障碍坡道", "防滑面砖 36平方米", "防滑面砖 63平方米，含不锈钢扶手 42米"),
        Change("投标截止时间", "2026年10月9日09时00分", "2026年10月12日09时00分"),
    ),
    affects_bids=True,
    deadline_before=at("2026-10-09 09:00:00"),
    deadline=at("2026-10-12 09:00:00"),
    agency=AGENCY,
)

OPENING = OpeningRecord(
    frame("KB-A01-530502-260908-0001-1", "2026-10-09 09:45:00", "opening/1"),
    P1,
    "1",
    "便民服务站改造施工",
    at("2026-10-09 09:00:00"),
    at("2026-10-09 09:00:00"),
    f"{URL} 网上开标大厅1",
    "李某某",
    OWNER.name,
    5,
    DIGEST,
    (
        *(
            OpenedBid(
                BIDDERS[i],
                at(f"2026-10-08 1{i}:20:0{i}") + 123_456 * i,
                1 + i % 2,
                f"{i}a" * 32,
                True,
                "opened",
                at(f"2026-10-09 09:0{i + 1}:12"),
                Money(PRICES[i]),
                "",
                "120日历天",
                "合格",
                ("张伟", "王芳", "李鋆", "赵赟")[i],
                ("电子保函", "银行转账")[i % 2],
                confirmed_at=at("2026-10-09 09:32:00") if i < 3 else None,
            )
            for i in range(4)
        ),
        OpenedBid(
            BIDDERS[4],
            at("2026-10-08 23:59:59"),
            1,
            "9f" * 32,
            True,
            "bidder-absent",
            deposit="电子保函",
            remark="更换证书后未保留原密钥，补救期内未提交种子",
        ),
    ),
    AGENCY.name,
    "周某某（市公共资源交易中心）",
    SUPERVISOR.name,
    Money(486_000_000),
    coefficients=(("评标基准价下浮系数 K（摇号）", "97%，抽取证明 xdraw/1 3f9a…c1"),),
    objections=(
        Objection(
            BIDDERS[1],
            at("2026-10-09 09:35:00"),
            "认为唱标大屏上本公司工期显示不全。",
            "已当场更正显示，记录无误。",
            at("2026-10-09 09:37:30"),
        ),
    ),
    finished_at=at("2026-10-09 09:40:00"),
)

NOT_OPENED = OpeningRecord(
    frame("KB-A01-530523-261020-0006-1", "2026-10-20 09:05:00", "opening/6"),
    "龙陵县农村公路养护",
    "1",
    "象达至平达段",
    at("2026-10-20 09:00:00"),
    at("2026-10-20 09:00:00"),
    f"{URL} 网上开标大厅2",
    "李某某",
    "龙陵公路单位（演示）",
    2,
    DIGEST,
    not_opened="投标人少于三个，依法不得开标，招标人将重新招标。",
)

SEATS = ("A1", "A2", "A3", "A4", "B1")
NAMES = ("段某鋆", "何某頔", "苏某龑", "董某", "杨某某")
MEMBERS = tuple(
    Member(
        seat,
        NAMES[i],
        ("大理州演示设计院", "德宏州演示造价事务所", "保山演示监理公司", "昆明演示学院", OWNER.name)[i],
        ("组长、评标专家", "评标专家", "评标专家", "评标专家", "招标人代表")[i],
        ("A0801 房屋建筑", "A0601 工程造价", "A0501 监理", "A0801 房屋建筑", "—")[i],
        at(f"2026-10-09 13:0{i}:30"),
        "递补：原抽取专家曾任投标人顾问，回避" if i == 2 else "",
    )
    for i, seat in enumerate(SEATS)
)
ITEMS = (
    Item("T1", "施工组织设计", "30", "主观"),
    Item("T2", "项目管理机构", "15", "主观"),
    Item("T3", "类似业绩", "15", "客观"),
)


def marks() -> tuple[Marks, ...]:
    table = {
        "T1": (("26.0", "25.5", "27.0", "26.5", "25.0"), "26.00"),
        "T2": (("12.0", "12.5", "13.0", "12.0", "12.5"), "12.40"),
        "T3": (("15", "15", "15", "15", "15"), "15.00"),
    }
    return tuple(Marks(bidder, item, *table[item]) for bidder in BIDDERS[:3] for item in table)


EVALUATION = EvaluationReport(
    frame("PB-A01-530502-260908-0001-1", "2026-10-09 17:20:00", "evaluation/1"),
    P1,
    "1",
    OWNER.name,
    "市公共资源交易中心评标室3，异地席位：大理",
    "云南省公共资源交易电子服务系统",
    at("2026-09-08 09:00:00"),
    at("2026-10-09 09:00:00"),
    OPENING.frame.number,
    BIDDERS[:4],
    MEMBERS,
    Draw("xdraw/1 3f9a77c1", "云南省综合评标专家库（演示镜像）", 46, at("2026-10-09 08:10:00")),
    at("2026-10-09 13:10:00"),
    at("2026-10-09 17:05:00"),
    "综合评估法 works-comprehensive/1（基准价＝有效报价算术平均值×K；高于基准价每1%扣1分，"
    "低于每1%扣0.5分；只在列明处四舍五入到两位）",
    tuple(Vote("资格性审查", bidder, "资质与安全生产许可证", True, SEATS) for bidder in BIDDERS[:4])
    + tuple(
        Vote(
            "符合性审查",
            bidder,
            "投标报价不超过最高投标限价且无实质性偏离",
            i != 3,
            SEATS if i != 3 else ("A3",),
            () if i != 3 else ("A1", "A2", "A4", "B1"),
            "" if i != 3 else "工期承诺150日历天，不响应招标文件★条款",
        )
        for i, bidder in enumerate(BIDDERS[:4])
    ),
    ITEMS,
    marks(),
    (
        Computed(
            "评标基准价", "", "mean(有效报价)×K", "4723150.00, 4688000.50, 4799600.32; K=0.97", "4594809.29", "四舍五入到分"
        ),
        Computed("价格得分", BIDDERS[0], "40−1×(报价−基准)/基准×100", "4723150.00; 4594809.29", "37.21", "四舍五入到0.01"),
        Computed("价格得分", BIDDERS[1], "40−1×(报价−基准)/基准×100", "4688000.50; 4594809.29", "37.97", "四舍五入到0.01"),
        Computed("价格得分", BIDDERS[2], "40−1×(报价−基准)/基准×100", "4799600.32; 4594809.29", "35.54", "四舍五入到0.01"),
    ),
    DIGEST,
    (
        Ranked(1, BIDDERS[1], Money(PRICES[1]), "53.40", "37.97", "91.37"),
        Ranked(2, BIDDERS[0], Money(PRICES[0]), "53.40", "37.21", "90.61"),
        Ranked(3, BIDDERS[2], Money(PRICES[2]), "53.40", "35.54", "88.94"),
    ),
    (BIDDERS[1], BIDDERS[0], BIDDERS[2]),
    (
        *(
            Signature(name, "signed", at("2026-10-09 17:01:00"), f"ed25519 7c4{i}…", f"{i}b" * 32)
            for i, name in enumerate(NAMES)
            if i not in (2, 3)
        ),
        Signature(
            NAMES[2],
            "dissent",
            at("2026-10-09 17:03:00"),
            "ed25519 7c42…",
            "2b" * 32,
            "认为第四家工期偏差可以通过澄清确认，不同意否决。",
        ),
        Signature(NAMES[3], "refused"),
    ),
    (
        Rejection(
            BIDDERS[3],
            "没有对招标文件的实质性要求和条件作出响应",
            "《招标投标法实施条例》第五十一条第六项",
            "工期承诺150日历天，超过招标文件★条款规定的120日历天，四名成员否决，一名成员反对。",
        ),
    ),
    (
        Clarification(
            BIDDERS[2],
            "投标函报价大写与小写不一致，请确认以大写为准的修正价。",
            at("2026-10-09 14:20:00"),
            "确认以大写金额为准。",
            at("2026-10-09 14:41:10"),
        ),
    ),
    (
        LowPrice(
            BIDDERS[1],
            Money(PRICES[1]),
            "低于有效报价平均值的比例未触发，由评标委员会主动询问",
            "自有脚手架与就近料场，附采购合同。",
            "说明成立，继续评审。",
            at("2026-10-09 14:25:00"),
            at("2026-10-09 14:58:00"),
        ),
    ),
    (Coefficient("K", "0.97", "xdraw/1 3f9a77c1 label=K"),),
    (Indicator("成员评分偏离度", "A3 → T1", "6.7%", "20%", "未达提示界限，列示备查"),),
    (Adjustment("客观评分不一致", "T3 类似业绩 / A2", "10", "15", "A2（本人确认）"),),
    ("核对项目负责人在建情况。",),
    (("开标记录.pdf", DIGEST), ("评分原始数据.json", "5e" * 32)),
)


def candidate(rank: int) -> Candidate:
    place = EVALUATION.ranking[rank - 1]
    return Candidate(
        rank,
        place.bidder,
        place.price,
        "合格",
        "120日历天",
        f"总得分{place.total}，资格性、符合性审查通过",
        ("王芳", "张伟", "李鋆")[rank - 1],
        "建筑工程二级注册建造师",
        f"云2530000****{rank}",
        "建筑工程施工总承包三级，类似业绩3项",
        (("商务技术", place.technical), ("价格", place.price_score), ("总分", place.total)),
    )


CANDIDATES = CandidatesNotice(
    frame("GS-A01-530502-260908-0001-1", "2026-10-10 09:00:00", "candidates/1"),
    P1,
    "1",
    OWNER,
    (candidate(1), candidate(2), candidate(3)),
    at("2026-10-10 09:00:00"),
    at("2026-10-13 17:00:00"),
    f"交易平台“异议”栏目；{OWNER.name} 杨某某 0875-2000001",
    "在线提交异议书，载明事实、请求、法律依据并附证据，加盖电子印章",
    (Rejected(BIDDERS[3], "工期不响应招标文件★条款", "《招标投标法实施条例》第五十一条第六项"),),
    at("2026-10-09 09:00:00"),
    SUPERVISOR,
    AGENCY,
    ("开标时一份投标文件因投标人未解密，视为撤销。",),
)

WINNER = WinnerNotice(
    frame("JG-A01-530502-260908-0001-1", "2026-10-16 09:00:00", "winner/1"),
    P1,
    "1",
    OWNER,
    BIDDERS[1],
    Money(PRICES[1]),
    "120日历天",
    "合格",
    "王芳",
    CANDIDATES.frame.number,
    AGENCY,
)

PROCUREMENT_RESULT = ProcurementResult(
    frame("BSTC-2026-CG-0032-R", "2026-10-22 09:00:00", "result/2"),
    P2,
    "1",
    CLOUD,
    "昆明演示信息技术有限公司",
    "昆明市盘龙区演示路19号",
    Money(298_600_000),
    (
        Good("机架式服务器", "双路，512GB内存，演示型号 S-2288", "12台", Money(18_500_000), "三年质保，4小时到场"),
        Good("服务器密码机", "支持SM2/SM3/SM4，演示型号 C-9", "2台", Money(38_300_000), "三年质保"),
    ),
    "1个工作日",
    ("段某鋆", "何某頔", "苏某龑", "董某", "赵某某（采购人代表）"),
    "招标文件.pdf，SHA-256 " + DIGEST,
    "钱某某",
    "0875-5000002",
    AGENCY,
    (Rejected("昭通演示科技有限公司", "未提供商用密码产品认证证书", "《政府采购货物和服务招标投标管理办法》第六十三条第三项"),),
    "92.16",
)

LETTER = LetterOfAward(
    frame("TZ-A01-530502-260908-0001-1", "2026-10-16 10:00:00", "award/1"),
    P1,
    "1标段",
    OWNER,
    BIDDERS[1],
    Money(PRICES[1]),
    "120日历天",
    at("2026-11-16 00:00:00"),
    "隆阳区永昌街道正阳南路1号三楼会议室（或在线签订）",
    "合格",
    "王芳",
    "云2530000****1",
    "施工图纸和工程量清单所示的全部内容",
    Money(46_880_000),
    AGENCY,
)

LOSER = ResultLetter(
    frame("TZ-BSTC-2026-CG-0032-3", "2026-10-22 10:00:00", "result/3"),
    P2,
    "1包",
    CLOUD,
    "大理演示网络工程有限公司",
    "昆明演示信息技术有限公司",
    Money(298_600_000),
    True,
    "88.03",
    3,
    remedy="对中标结果有异议的，可以在中标公告期限届满之日起七个工作日内，以书面形式向采购人提出质疑。",
)

LOGGED = Logged("ggzy.example/trace", 48_211, "7b1f" + "0c" * 30, 48_215, "c9d2" + "41" * 30, at("2026-10-08 10:20:01"))

RECEIPT = Receipt(
    frame("HZ-20261008-000317", "2026-10-08 10:20:01", "receipt/317"),
    P1,
    "A01-530502-260908-0001-1",
    2,
    "0a" * 32,
    (SealedFile("正文密文 body-0", 1_115_272, "a4" * 32), SealedFile("附件密文 body-1", 268_435_456, "b7" * 32)),
    at("2026-10-08 10:20:00") + 123_456,
    at("2026-10-09 09:00:00"),
    LOGGED,
    "ggzy.example/receipt+ed25519+7c40e1aa",
    "9Yk0cW3l" * 11,
    replaces="0b" * 32,
)

DRAW = DrawProof(
    frame("CQ-A01-530502-260908-0001-1", "2026-10-09 08:20:00", "draw/1"),
    P1,
    "1",
    (
        ("席位", "房屋建筑2人、工程造价1人、监理1人"),
        ("地域", "保山、大理、德宏、昆明，由近及远逐级放宽"),
        ("回避", "投标人及其关联单位、近三年任职单位、同一单位不超过1人"),
    ),
    "d1" * 32,
    204,
    (("A0801 房屋建筑", 46), ("A0601 工程造价", 31), ("A0501 监理", 22)),
    "d2" * 32,
    at("2026-10-08 17:00:00"),
    (("交易平台", "d3" * 32), ("招标代理机构", "d4" * 32), ("监督部门（VRF）", "d5" * 32)),
    "drand quicknet 第 9,412,003 轮",
    "d6" * 32,
    at("2026-10-09 08:10:00"),
    tuple(Seat(SEATS[i], MEMBERS[i].category, i + 1, f"承诺 {i}c{i}c{i}c{i}c…（中标结果公布后公开姓名）") for i in range(4)),
    (
        Called(at("2026-10-09 08:10:05"), "A0801 房屋建筑", "名次1 1c1c1c…", "accepted", "e1" * 16),
        Called(at("2026-10-09 08:10:06"), "A0601 工程造价", "名次1 2c2c2c…", "no-answer", "e2" * 16),
        Called(at("2026-10-09 08:20:06"), "A0601 工程造价", "名次2 3c3c3c…", "accepted", "e3" * 16),
    ),
    "d7" * 32,
    LOGGED,
    "sunlit verify draw proof.json",
)

REPLAY = ReplayReport(
    frame("FH-2026-0042", "2026-11-03 15:00:00", "replay/42"),
    "ggzy.example/trace",
    48_215,
    "c9d2" + "41" * 30,
    at("2026-11-03 14:00:00"),
    ("住建监督见证 witness.example/w1", "公证处见证 notary.example/w2"),
    "3个见证中至少2个",
    "sunlit 0.1.0 (r1)",
    "e9" * 32,
    f"{P1} 全部流程及平台日志 0–48,214 条",
    at("2026-11-03 14:20:00"),
    (
        Level("L0 真实性：签名与见证", "passed", 412, 0),
        Level("L1 结构：条目、树、链", "passed", 48_215, 0),
        Level("L2 状态：重建的表与现表逐格比较", "failed", 9_881, 1, "一处单元格与日志不符，日志本身完好"),
        Level("L3 决定：规则重新执行", "passed", 48_215, 0),
    ),
    1,
    (
        Divergence(
            "CELL_DIFF",
            "tender/T-2026-000007 · tenders.ceiling",
            "3056427901",
            "3056427900",
            "019b8bab-1238-7000-8000-000000000003",
        ),
    ),
    notes=("BODY_WITHHELD：17条，理由 sealed；不属于差异。",),
    regulator=SUPERVISOR.name,
    inspector="和某某",
    key="ed25519 5a5a0f…",
)
