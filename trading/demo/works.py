"""P1: a works tender under RS-1, 综合评估法, with clarification, refused and replaced bids, a conflict, an objection."""

from datetime import date, timedelta

from msgspec.structs import replace

from archive.canonical import encode
from archive.values import MINUTE, SECOND, Instant, Money
from bidding.box import AnswerObjection, ConfirmRecord, ObjectToOpening
from bidding.sealing import Policy
from bidding.tool import Place
from experts.evaluation.messages import AnswerClarification, AskClarification, Clause, RecordDissent, RejectBid
from experts.methods import Item, MeanBenchmark, Method, Trim
from experts.panel.messages import Named
from trading import tender as t
from trading.calendar import at_clock
from trading.codes import project_code
from trading.commands import (
    ArchiveTender,
    Award,
    PublishCandidates,
    PublishClarification,
    PublishNotice,
    PublishResult,
    RecordContract,
)
from trading.demo import cast, entry, steps
from trading.demo.players import Supplier, policy, policy_hex, proposal, speak, supplier
from trading.demo.programme import Programme
from trading.demo.stage import Script
from trading.demo.steps import Lottery, Session
from trading.desk import bids, clues, committee, evaluation, facts, opening, printing, publication, result
from trading.lifecycle.drafting import policy_digest
from trading.platform import Platform

PLAY, NAME, LOT = "P1", "BS-2026-P1", "1"
TITLE = "隆阳区永昌街道便民服务站改造工程施工"
ESTIMATE = Money(486_000_000)
AGENCY = speak(cast.AGENCY_WORKS, "agency")
OWNER = speak(cast.BUILDER, "tenderer")

PRICES = {0: 4_586_000, 1: 4_612_500, 4: 4_498_000, 5: 4_655_000, 3: 4_570_800}
"""Bid prices in yuan by place in the cast."""

METHOD = Method(
    id="综合评估法-均值基准",
    version="1",
    formula=MeanBenchmark(full="60", above="1.2", below="0.8", factor="0.98", trims=(Trim(6, 1, 0), Trim(7, 1, 1))),
    items=(
        Item("org", "施工组织设计", "25"),
        Item("team", "项目管理机构", "10"),
        Item("record", "类似业绩（客观）", "5", objective=True),
    ),
)
QUALIFICATION = (Clause("q1", "建筑工程施工总承包三级及以上资质", "51-3"), Clause("q2", "安全生产许可证有效", "51-3"))
CONFORMITY = (Clause("c1", "投标文件签章齐全", "51-1"), Clause("c2", "工期、质量响应招标文件", "51-6"))


def day(month: int, number: int, hour: int, minute: int = 0) -> Instant:
    """An instant of 2026 by Beijing's clock."""
    return at_clock(date(2026, month, number), hour, minute)


def play(show: Programme) -> Script:
    """From registration to archive."""
    platform = show.platform
    yield day(9, 1, 9)
    yield from _publish(show)
    suppliers = {n: supplier(cast.SUPPLIERS[n], platform.random) for n in PRICES}
    yield from _bid(show, suppliers)
    yield from _open(show, suppliers)
    yield from _evaluate(show)
    yield from _award(show, suppliers)


def publish_only(show: Programme) -> Script:
    """Up to the notice and its clarification, and no further."""
    yield day(9, 1, 9)
    yield from _publish(show)


def project(title: str, estimate: Money, scope: str, day: date, n: int) -> t.Project:
    """The ``n``-th works project of the builder with its agency, coded on ``day``."""
    return t.Project(
        title=title,
        principal=cast.BUILDER.code,
        principal_name=cast.BUILDER.name,
        estimate=estimate,
        trade="01",
        method="open",
        mandatory="yes",
        threshold="yes",
        funds="fiscal",
        nature="works",
        region="530502",
        agency=cast.AGENCY_WORKS.code,
        agency_name=cast.AGENCY_WORKS.name,
        scope=scope,
        code=project_code("A01", "530502", day, n),
        approval=f"演示批复〔{day.year}〕{n}号",
    )


def _publish(show: Programme) -> Script:
    platform = show.platform
    ours = project(TITLE, ESTIMATE, "便民服务站主体改造、室外工程及附属设施施工", date(2026, 9, 1), 1)
    entry.admit(platform, AGENCY, NAME, ours, "cn-rs1-2019", "A0101")
    show.say(PLAY, f"进场登记并受理：{TITLE}")
    show.keepers = entry.trustees(platform, cast.AGENCY_WORKS)
    rules = policy(show.keepers, 2, 3)
    draft = documents(platform, rules)
    entry.fix(platform, AGENCY, OWNER, NAME, draft)
    show.say(PLAY, "招标文件固化，三名受托人密钥（3 取 2）写入策略")
    yield day(9, 8, 9)
    with show.refusal(PLAY, "不足二十日的投标截止时间"):
        soon = replace(_notice(), documents_to=day(9, 26, 18), deadline=day(9, 27, 9))
        publication.act(platform, AGENCY, NAME, PublishNotice(soon))
    printed = entry.proclaim(platform, AGENCY, NAME, _notice())
    show.paper(PLAY, "招标公告", printed.pdf)
    show.say(PLAY, "发布招标公告，投标截止 2026年10月9日 09:00")
    yield day(9, 18, 10)
    asker = speak(cast.SUPPLIERS[5], "bidder")
    asked = publication.ask(platform, asker, NAME, "工程量清单第 12 项的单位是平方米还是立方米？")
    show.say(PLAY, "收到一个匿名提问")
    yield day(9, 22, 10)
    state = result.state_of(platform, NAME)
    changes = (("清单第 12 项单位", "立方米", "平方米"),)
    printed = printing.clarification(platform, state, "答复投标人提问", changes, False, 0)
    show.paper(PLAY, "澄清公告", printed.pdf)
    number = state.questions[-1].id if state.questions else asked.id
    publication.act(
        platform, AGENCY, NAME, PublishClarification("第 1 号澄清", printed.sha256, True, (number,)), blobs=printed.blobs
    )
    show.say(PLAY, "发布第 1 号澄清（截止前 17 日，不影响截止时间）")


def documents(platform: Platform, rules: Policy) -> t.Draft:
    """招标文件 of the tender, sealed under ``rules``."""
    document = platform.keep(f"{TITLE} 招标文件（演示数据）".encode(), "招标文件.txt", "text/plain", "tender-documents")
    return t.Draft(
        title=TITLE,
        lots=(
            t.LotSpec(
                id=LOT,
                title="施工一标段",
                estimate=ESTIMATE,
                category="A080000",
                ceiling=Money(478_000_000),
                deposit=Money(9_000_000),
                items=(t.Item("1", "便民服务站改造施工", "1", "项"),),
                duration="120日历天",
                quality="合格",
            ),
        ),
        method=t.Method("comprehensive", encode(METHOD).decode(), 6000, 10000),
        documents=(document,),
        policy=policy_hex(rules),
        policy_hash=policy_digest(policy_hex(rules)),
        decrypt_minutes=30,
        validity_days=90,
        consortium=False,
        qualification="具备建筑工程施工总承包三级及以上资质和有效的安全生产许可证",
        objection_channel="通过本平台异议通道提交，由代理机构受理",
        platform_url=platform.url,
    )


def _notice() -> t.Notice:
    return t.Notice(
        title=f"{TITLE}招标公告",
        sha256=entry.UNPRINTED,
        documents_from=day(9, 8, 9, 5),
        documents_to=day(9, 30, 18),
        deadline=day(10, 9, 9),
        documents_how="登录本平台免费下载，无需报名",
        submit_how="使用投标工具或浏览器加密后在本平台递交",
        opening_place="本平台网上开标厅",
        principal=t.Contact(cast.BUILDER.name, cast.BUILDER.address, "张示（演示）", "0875-***0001"),
        agency=t.Contact(cast.AGENCY_WORKS.name, cast.AGENCY_WORKS.address, "李演（演示）", "0875-***0002"),
    )


MACHINE = {"mac": "00:1B:44:11:3A:B7", "cpu": "BFEBFBFF000906EA", "disk": "S4EVNX0M"}
"""Where two of the bids were written: a clue for the committee."""
SHARED = (1, 3)


def form(unit: cast.Unit, yuan: int, days: int, manager: str) -> dict[str, object]:
    """A 开标一览表 with what the notice of candidates needs besides."""
    return {
        "bidder_name": unit.name,
        "price": str(yuan * 100),
        "currency": "CNY",
        "duration_days": days,
        "quality": "合格",
        "manager": manager,
        "deposit": "电子保函",
        "certificate": "注册建造师（演示）",
        "certificate_number": f"演建{unit.code[-6:]}",
    }


def _bid(show: Programme, suppliers: dict[int, Supplier]) -> Script:
    platform, place = show.platform, Place(NAME, LOT)
    rules = opening.policy_of(platform, NAME, LOT)
    yield day(9, 29, 15)
    early = suppliers[0]
    first = early.seal(
        platform, place, rules, form(early.unit, 4_620_000, 120, "赵演一"), _files(early.unit, 0), platform.clock()
    )
    show.received(early.hand_in(platform, place, [first], platform.clock()))
    show.say(PLAY, "第一份加密投标递交，回执可脱机核验")
    with show.refusal(PLAY, "未加密的投标文件"):
        bids.submit(platform, speak(cast.SUPPLIERS[2], "bidder"), NAME, LOT, b"SBS1", (b"%PDF-1.7 plain",), platform.clock())
    yield from _draw(show)
    yield day(10, 8, 20)
    for n, yuan in PRICES.items():
        bidder = suppliers[n]
        told = form(bidder.unit, yuan, 118 + n, f"钱演{n}") | ({"made_on": MACHINE} if n in SHARED else {})
        sealed = bidder.seal(platform, place, rules, told, _files(bidder.unit, n), platform.clock())
        show.received(bidder.hand_in(platform, place, [sealed], platform.clock()))
    show.say(PLAY, f"{len(PRICES)} 家投标人递交（其中 1 家替换为第 2 版）")
    late = supplier(cast.SUPPLIERS[6], platform.random)
    sealed = late.seal(platform, place, rules, form(late.unit, 4_400_000, 100, "孙演"), _files(late.unit, 6), platform.clock())
    yield day(10, 9, 9) + 2 * SECOND
    with show.refusal(PLAY, "截止后 2 秒到达的投标"):
        late.hand_in(platform, place, [sealed], platform.clock())


def _draw(show: Programme) -> Script:
    how = Lottery(
        agency=cast.AGENCY_WORKS,
        principal=cast.BUILDER,
        seats=(("A0801", 1), ("A0802", 2), ("A0803", 1)),
        suppliers=(cast.SUPPLIERS[2], cast.SUPPLIERS[6]),
        representative=Named("R-1", "招标人代表甲（演示）"),
        declines=1,
    )
    yield day(10, 7, 23)
    steps.pooled(show)
    yield from steps.draw(show, PLAY, NAME, LOT, how, day(10, 8, 14))


def _files(unit: cast.Unit, n: int) -> dict[str, bytes]:
    says = f"{unit.name}拟投入第{n}项目部，按演示工法第{n * 7 + 1}号组织施工，第{n + 9}周交验。"
    return {
        f"技术标-{n}.pdf": proposal(unit, says, day(9, 20 + n, 9, n)),
        f"商务标-{n}.txt": "；".join(f"演示商务标{n}第{k * (n + 7)}项" for k in range(1000)).encode(),
    }


def _open(show: Programme, suppliers: dict[int, Supplier]) -> Script:
    platform = show.platform
    box = platform.ledger.state(facts.box(NAME, LOT))
    show.say(PLAY, f"现在开标。投标截止时间已到，共收到投标文件 {box.count} 份")
    yield day(10, 9, 9, 10)
    for j, keeper in ((1, show.keepers[0]), (3, show.keepers[2])):
        keeper.release(platform, NAME, LOT, j)
    show.say(PLAY, "两名受托人按截标清单交出份额（3 取 2）")
    yield day(10, 9, 9, 12)  # every listed envelope is answered, so the bell concludes
    show.say(PLAY, "逐份重建信封、核对字节、解密、唱标")
    bidder = suppliers[4]
    platform.ledger.act(facts.box(NAME, LOT), ObjectToOpening("请核对我方递交时间"), actor=bidder.actor)
    platform.ledger.act(facts.box(NAME, LOT), AnswerObjection(1, "以回执所载到达时间为准，已当场展示"), actor=AGENCY)
    for n in (0, 1, 4):
        platform.ledger.act(facts.box(NAME, LOT), ConfirmRecord(), actor=suppliers[n].actor)
    opening.finish(platform, AGENCY, NAME, LOT)
    printed = printing.opening(platform, NAME, LOT)
    show.paper(PLAY, "开标记录", printed)
    opening.record(platform, AGENCY, NAME, LOT, printed)
    show.say(PLAY, "开标异议当场答复；开标记录生成并公布")
    _, vacant = committee.screen(platform, NAME, LOT)
    if vacant:
        show.say(PLAY, f"开标后回避复核：{vacant} 名专家曾受雇于投标人，按序补抽")
    yield from steps.recall(show, PLAY, NAME, LOT)
    committee.complete(platform, NAME, LOT)
    show.say(PLAY, "评标委员会 5 人组成（专家 4 人），名单密封")


def _evaluate(show: Programme) -> Script:
    platform = show.platform

    def finding(bid: str, clause: str) -> tuple[bool, str]:
        if bid == cast.SUPPLIERS[5].code and clause == "c1":
            return False, "投标函缺少单位负责人签字"
        return True, ""

    def marks(member: str, bid: str, item: str) -> str:
        if item == "record":
            return "4"
        seed = sum(map(ord, member + bid + item))
        return f"{(20 if item == 'org' else 6) + seed % 4}.{seed % 10}"

    def clarify() -> Script:
        target = cast.SUPPLIERS[0].code
        chair = steps.room(platform, NAME, LOT).leader
        steps.say(platform, NAME, LOT, chair, AskClarification(target, "请说明脚手架方案所依据的规范版本"))
        yield platform.clock() + 20 * MINUTE
        steps.say(platform, NAME, LOT, "clerk", AnswerClarification(1, "依据现行有效版本，详见技术标第 3 章"))
        show.say(PLAY, "书面澄清一问一答")
        shared = next(c.bids for c in clues.found(platform, NAME, LOT).clues if c.code == "collusion.machine")
        show.say(PLAY, f"雷同线索：{len(shared)} 份投标的文件制作机器码相同，提示评标委员会核实（线索本身不否决投标）")
        for bid in shared:
            steps.say(platform, NAME, LOT, chair, AskClarification(bid, "请说明投标文件由何单位、在何设备上编制"))
            yield platform.clock() + 10 * MINUTE
            number = len(steps.room(platform, NAME, LOT).clarifications)
            steps.say(platform, NAME, LOT, "clerk", AnswerClarification(number, "自行编制，在演示图文店排版装订，附收据"))
        against = {s.member.id: n == 0 for n, s in enumerate(steps.room(platform, NAME, LOT).active)}
        with show.refusal(PLAY, "仅凭线索否决（表决未过半）"):
            steps.say(platform, NAME, LOT, "clerk", RejectBid(shared[0], "51-7", "文件制作机器码相同", against))

    session = Session(QUALIFICATION, CONFORMITY, finding, marks)
    yield from steps.evaluate(show, PLAY, NAME, LOT, session, day(10, 9, 10, 30), clarify)
    dissenting = [s.member.id for s in steps.room(platform, NAME, LOT).active if not s.member.representative][-1]
    steps.say(platform, NAME, LOT, dissenting, RecordDissent(dissenting, "对第二名施工组织设计评分持不同意见"))
    steps.sign(show, NAME, LOT)
    printed = printing.evaluation(platform, NAME, LOT)
    show.paper(PLAY, "评标报告", printed)
    evaluation.record(platform, NAME, LOT, printed)
    show.say(PLAY, "全体成员签署评标报告（一人附书面不同意见）")


def _award(show: Programme, suppliers: dict[int, Supplier]) -> Script:
    platform = show.platform
    yield day(10, 10, 9)
    until = day(10, 14, 0)
    state = result.state_of(platform, NAME)
    lot = state.lots[0]
    printed = printing.candidates(platform, NAME, LOT, until)
    show.paper(PLAY, "中标候选人公示", printed.pdf)
    shown = PublishCandidates(LOT, platform.clock() + SECOND, until, "中标候选人公示", printed.sha256)
    result.step(platform, AGENCY, NAME, shown, printed.blobs)
    show.say(PLAY, "中标候选人公示 10月10日—10月13日")
    yield day(10, 12, 10)
    loser = next(r.bidder for r in lot.evaluation.ranking if r.rank > 1) if lot.evaluation else ""
    objector = next(s for s in suppliers.values() if s.unit.code == loser)
    number = result.object_(platform, objector.actor, NAME, "result", "对第一名类似业绩有异议（演示）", LOT, "bidder")
    show.say(PLAY, "收到评标结果异议，招标活动自动暂停")
    with show.refusal(PLAY, "异议未答复时定标"):
        result.step(platform, OWNER, NAME, Award(LOT, _first(state)))
    yield day(10, 15, 9)
    result.answer(platform, AGENCY, NAME, number, "dismissed", "经核实业绩真实有效，异议不成立（演示）")
    show.say(PLAY, "三日内书面答复，恢复进行")
    state = result.state_of(platform, NAME)
    yield max(day(10, 17, 9), state.lots[0].publicity_to + MINUTE)
    result.step(platform, OWNER, NAME, Award(LOT, _first(state)))
    won = result.state_of(platform, NAME).lots[0]
    show.say(PLAY, f"定标：{won.winner_name}")
    committee.disclose(platform, NAME, LOT)
    printed = printing.result(platform, NAME, LOT, (), _address(won.winner))
    show.paper(PLAY, "中标结果公示", printed.pdf)
    result.step(platform, AGENCY, NAME, PublishResult(LOT, "中标结果公示", printed.sha256), printed.blobs)
    letter, others = printing.letters(platform, NAME, LOT, platform.clock() + timedelta(days=30) // timedelta(microseconds=1))
    show.paper(PLAY, "中标通知书", letter)
    result.letters(platform, AGENCY, NAME, LOT, letter, others)
    show.say(PLAY, "发出中标通知书和结果通知书")
    yield day(11, 10, 10)
    contract = platform.keep("演示合同".encode(), "contract.txt", "text/plain")
    assert won.price is not None
    result.step(platform, OWNER, NAME, RecordContract(LOT, contract.sha256, date(2026, 11, 10), won.price))
    show.say(PLAY, "三十日内按中标价签订合同")
    yield day(11, 12, 10)
    listing = encode({"papers": sorted(sha for play, _, sha in show.papers if play == PLAY), "tender": NAME})
    manifest = platform.keep(listing, "manifest.json", "application/json")
    result.step(platform, entry.CENTRE, NAME, ArchiveTender(manifest.sha256))
    show.say(PLAY, "归档")


def _first(state: t.Tender) -> str:
    lot = state.lots[0]
    assert lot.evaluation is not None
    return lot.evaluation.ranking[0].bidder


def _address(code: str) -> str:
    return next(u.address for u in cast.SUPPLIERS if u.code == code)
