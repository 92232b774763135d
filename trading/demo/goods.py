"""P2: government procurement under RS-2; bidders decrypt themselves, one cannot, one must explain a low price.

The tender's policy lets bidders decrypt and nobody else (its documents state no remedy), so the bidder whose
renewed certificate lost the seed file counts as 视为撤销 by the recorded evidence, and the others go on.
"""

from datetime import date

from archive.canonical import encode
from archive.values import DAY, MINUTE, SECOND, Instant, Money
from bidding.tool import Place
from experts.evaluation.messages import (
    AskConfirmation,
    AskExplanation,
    Clause,
    ConfirmCorrection,
    DecideExplanation,
    ExplainPrice,
    Summarise,
)
from experts.methods import ABNORMAL, Item, LowPriceFirst, Method
from experts.panel.messages import Named
from trading import tender as t
from trading.amounts import capitals
from trading.calendar import at_clock
from trading.codes import project_code
from trading.commands import (
    ArchiveTender,
    Award,
    PublishContract,
    PublishResult,
    RecordContract,
    ResumeTender,
)
from trading.demo import cast, entry, steps
from trading.demo.players import Supplier, policy, policy_hex, proposal, speak, supplier
from trading.demo.programme import Programme
from trading.demo.stage import Script
from trading.demo.steps import Lottery, Session
from trading.desk import clues, committee, evaluation, opening, printing, publication, result
from trading.lifecycle.drafting import policy_digest

PLAY, NAME, LOT = "P2", "BS-2026-P2", "1"
TITLE = "腾冲市政务云服务器及密码设备采购"
BUDGET = Money(320_000_000)
AGENCY = speak(cast.AGENCY_GOODS, "agency")
OWNER = speak(cast.PURCHASER, "tenderer")

PRICES = {1: 2_980_000, 2: 2_850_000, 3: 3_050_000, 5: 1_380_000, 6: 2_910_000}
"""Bid prices in yuan by place in the cast."""
LOST, LOW = 3, 5
"""Who lost the seed file with the old certificate, and whose price is abnormally low."""

CORE, BRANDS = "云服务器", {1: "演甲", 2: "演乙", 3: "演乙", 5: "演丙", 6: "演 甲"}
"""The core product, and whose brands are one (87号令 31)."""
MISWRITTEN, WRITTEN = 2, 2_580_000
"""Whose figures say other than his capitals, and what they say."""

METHOD = Method(
    id="综合评分法-低价优先",
    version="1",
    formula=LowPriceFirst(full="30"),
    items=(
        Item("tech", "技术方案", "45"),
        Item("service", "售后服务", "20"),
        Item("proof", "检测报告（客观）", "5", objective=True),
    ),
    abnormal=ABNORMAL,
    core=(CORE,),
)
QUALIFICATION = (Clause("q1", "符合政府采购法第二十二条", "63-3"),)
CONFORMITY = (Clause("c1", "签署盖章符合要求", "63-2"), Clause("c2", "★关键参数响应", "63-6"))


def day(month: int, number: int, hour: int, minute: int = 0) -> Instant:
    """An instant of 2026 by Beijing's clock."""
    return at_clock(date(2026, month, number), hour, minute)


def play(show: Programme) -> Script:
    """From registration to archive."""
    yield day(9, 2, 9)
    yield from _publish(show)
    suppliers = {n: supplier(cast.SUPPLIERS[n], show.platform.random) for n in PRICES}
    yield from _bid(show, suppliers)
    yield from _open(show, suppliers)
    yield from _evaluate(show)
    yield from _award(show, suppliers)


def _publish(show: Programme) -> Script:
    platform = show.platform
    project = t.Project(
        title=TITLE,
        principal=cast.PURCHASER.code,
        principal_name=cast.PURCHASER.name,
        estimate=BUDGET,
        trade="02",
        method="open",
        mandatory="yes",
        threshold="yes",
        funds="fiscal",
        nature="goods",
        region="530581",
        agency=cast.AGENCY_GOODS.code,
        agency_name=cast.AGENCY_GOODS.name,
        scope="服务器、服务器密码机及安装调试",
        code=project_code("A02", "530581", date(2026, 9, 2), 1),
        approval="演示采购计划〔2026〕2号",
    )
    entry.admit(platform, AGENCY, NAME, project, "cn-rs2-2017", "B0101")
    show.say(PLAY, f"进场登记并受理：{TITLE}")
    keepers = entry.trustees(platform, cast.AGENCY_GOODS)
    rules = policy_hex(policy(keepers, 2, 2))
    document = platform.keep(f"{TITLE} 招标文件（演示数据）".encode(), "招标文件.txt", "text/plain", "tender-documents")
    items = (t.Item("1", "机架式服务器", "40", "台", "A02010104"), t.Item("2", "服务器密码机", "4", "台", "A02010899"))
    draft = t.Draft(
        title=TITLE,
        lots=(
            t.LotSpec(
                id=LOT,
                title="服务器及密码设备",
                estimate=BUDGET,
                category="B090000",
                ceiling=Money(315_000_000),
                deposit=Money(6_000_000),
                items=items,
                duration="合同签订后60日",
            ),
        ),
        method=t.Method("comprehensive", encode(METHOD).decode(), 3000, 10000),
        documents=(document,),
        policy=rules,
        policy_hash=policy_digest(rules),
        decrypt_minutes=30,
        validity_days=90,
        qualification="符合政府采购法第二十二条规定，非联合体",
        objection_channel="通过本平台质疑通道提交",
        platform_url=platform.url,
    )
    entry.fix(platform, AGENCY, OWNER, NAME, draft)
    yield day(9, 10, 9)
    printed = entry.proclaim(platform, AGENCY, NAME, _notice())
    show.paper(PLAY, "采购公告", printed.pdf)
    show.say(PLAY, "发布公开招标公告，公告期限 5 个工作日，截止 2026年10月13日 09:30")
    yield day(9, 15, 10)
    order = publication.suspend(platform, entry.REGULATOR, NAME, "supervision-order", "核查采购需求", "监督指令〔2026〕1号")
    show.say(PLAY, "监督部门下达指令，暂停")
    yield day(9, 15, 16)
    publication.act(platform, entry.REGULATOR, NAME, ResumeTender(order, "核查完毕", day(10, 13, 15, 31)))
    show.say(PLAY, "监督部门恢复，剩余时间不减，截止顺延")


def _notice() -> t.Notice:
    return t.Notice(
        title=f"{TITLE}公开招标公告",
        sha256=entry.UNPRINTED,
        documents_from=day(9, 10, 9, 5),
        documents_to=day(9, 18, 18),
        deadline=day(10, 13, 9, 30),
        documents_how="登录本平台免费下载，无需报名",
        submit_how="使用投标工具或浏览器加密后在本平台递交",
        opening_place="本平台网上开标厅",
        notice_days=5,
        principal=t.Contact(cast.PURCHASER.name, cast.PURCHASER.address, "王示（演示）", "0875-***0003"),
        agency=t.Contact(cast.AGENCY_GOODS.name, cast.AGENCY_GOODS.address, "郑演（演示）", "0875-***0004"),
    )


def _bid(show: Programme, suppliers: dict[int, Supplier]) -> Script:
    platform, place = show.platform, Place(NAME, LOT)
    rules = opening.policy_of(platform, NAME, LOT)
    yield day(10, 10, 16)
    for n, yuan in PRICES.items():
        bidder = suppliers[n]
        form: dict[str, object] = {
            "bidder_name": bidder.unit.name,
            "price": str((WRITTEN if n == MISWRITTEN else yuan) * 100),
            "price_capitals": capitals(Money(yuan * 100)),
            "currency": "CNY",
            "duration_days": 60,
            "quality": "合格",
            "manager": f"冯演{n}",
            "deposit": "电子保函",
            "small_business": n == LOW,
            "brands": [{"product": CORE, "brand": BRANDS[n]}],
        }
        files = {f"响应文件-{n}.pdf": proposal(bidder.unit, f"第{n + 3}型演示设备{n * 11 + 5}台", day(9, 20 + n, 9, n))}
        sealed = bidder.seal(platform, place, rules, form, files, platform.clock())
        show.received(bidder.hand_in(platform, place, [sealed], platform.clock()))
    show.say(PLAY, f"{len(PRICES)} 家投标人递交")
    how = Lottery(
        agency=cast.AGENCY_GOODS,
        principal=cast.PURCHASER,
        seats=(("B0301", 2), ("B0302", 1), ("C0101", 1)),
        suppliers=(cast.SUPPLIERS[0], cast.SUPPLIERS[4]),
        representative=Named("R-2", "采购人代表乙（演示）"),
        declines=2,
    )
    yield day(10, 11, 23)
    steps.pooled(show)
    yield from steps.draw(show, PLAY, NAME, LOT, how, day(10, 12, 9))


def _open(show: Programme, suppliers: dict[int, Supplier]) -> Script:
    platform = show.platform
    yield result.state_of(platform, NAME).times.deadline + MINUTE
    show.say(PLAY, "现在开标。请各投标人在 30 分钟内解密")
    for n, bidder in suppliers.items():
        if n == LOST:
            bidder.seeds.clear()
        bidder.decrypt(platform, NAME, LOT)
    show.say(PLAY, "四家按时解密；一家因更换证书丢失种子文件，未能解密")
    yield platform.clock() + 32 * MINUTE
    opening.finish(platform, AGENCY, NAME, LOT)
    printed = printing.opening(platform, NAME, LOT)
    show.paper(PLAY, "开标记录", printed)
    opening.record(platform, AGENCY, NAME, LOT, printed)
    show.say(PLAY, "窗口结束：该投标视为撤销（责任由证据认定为投标人），其余继续")
    _, vacant = committee.screen(platform, NAME, LOT)
    if vacant:
        show.say(PLAY, f"开标后回避复核：{vacant} 名专家与投标人有利害关系，按序补抽")
    yield from steps.recall(show, PLAY, NAME, LOT)
    committee.complete(platform, NAME, LOT)


def _evaluate(show: Programme) -> Script:
    platform = show.platform

    def finding(bid: str, clause: str) -> tuple[bool, str]:
        return True, ""

    def marks(member: str, bid: str, item: str) -> str:
        if item == "proof":
            return "5"
        seed = sum(map(ord, bid + item)) * 7 + sum(map(ord, member))
        return f"{(36 if item == 'tech' else 14) + seed % 6}.{seed % 10}"

    def explain() -> Script:
        state = steps.room(platform, NAME, LOT)
        for c in corrected:
            steps.say(platform, NAME, LOT, "clerk", AskConfirmation(c.bid))
            with show.refusal(PLAY, "修正报价未经确认即汇总"):
                steps.say(platform, NAME, LOT, "clerk", Summarise())
            yield platform.clock() + 10 * MINUTE
            steps.say(platform, NAME, LOT, "clerk", ConfirmCorrection(c.bid, confirmed=True))
            show.say(PLAY, "投标人书面确认修正后的报价")
        low = cast.SUPPLIERS[LOW].code
        steps.say(platform, NAME, LOT, "clerk", AskExplanation(low))
        show.say(PLAY, f"异常低价：触发 {len(state.low_prices[low].triggers)} 项条件，要求书面说明")
        yield platform.clock() + 20 * MINUTE
        written = platform.keep("演示报价合理性说明：设备为库存清理".encode(), "explanation.txt", "text/plain")
        steps.say(platform, NAME, LOT, "clerk", ExplainPrice(low, written.sha256))
        votes = {s.member.id: n > 1 for n, s in enumerate(state.active)}
        reason = "提供了采购合同与库存证明，能够证明其合理性"
        steps.say(platform, NAME, LOT, "clerk", DecideExplanation(low, votes, reason, "核对了所附合同"))
        show.say(PLAY, "评委会表决认定报价合理，不否决")

    begin = platform.clock() + 30 * MINUTE
    corrected = clues.corrections(platform, NAME, LOT)
    for c in corrected:
        show.say(
            PLAY, f"报价修正：小写 {c.steps[0].was} 元与大写不一致，以大写 {c.price} 元为准（{c.steps[0].article}），须投标人确认"
        )
    session = Session(QUALIFICATION, CONFORMITY, finding, marks, purchaser=True, corrected=corrected)
    yield from steps.evaluate(show, PLAY, NAME, LOT, session, begin, explain)
    summary = steps.room(platform, NAME, LOT).summary
    assert summary is not None
    show.say(PLAY, f"{len(summary.yielded) + 1} 家投标人核心产品品牌相同，按一家计算，得分高者获得推荐资格（87号令第三十一条）")
    steps.sign(show, NAME, LOT)
    printed = printing.evaluation(platform, NAME, LOT)
    show.paper(PLAY, "评标报告", printed)
    evaluation.record(platform, NAME, LOT, printed)


def _award(show: Programme, suppliers: dict[int, Supplier]) -> Script:
    platform = show.platform
    yield day(10, 15, 10)
    state = result.state_of(platform, NAME)
    found = state.lots[0].evaluation
    assert found is not None
    result.step(platform, OWNER, NAME, Award(LOT, found.ranking[0].bidder))
    won = result.state_of(platform, NAME).lots[0]
    show.say(PLAY, f"采购人确定中标人：{won.winner_name}")
    committee.disclose(platform, NAME, LOT)
    names = committee.members(platform, NAME, LOT)
    address = next(u.address for u in cast.SUPPLIERS if u.code == won.winner)
    printed = printing.result(platform, NAME, LOT, names, address)
    show.paper(PLAY, "中标结果公告", printed.pdf)
    result.step(platform, AGENCY, NAME, PublishResult(LOT, "中标结果公告", printed.sha256), printed.blobs)
    letter, others = printing.letters(platform, NAME, LOT, platform.clock() + 30 * DAY)
    show.paper(PLAY, "中标通知书", letter)
    result.letters(platform, AGENCY, NAME, LOT, letter, others)
    show.say(PLAY, "结果公告（含专家名单）、中标通知书；未中标人得知本人得分和排序")
    yield day(10, 19, 10)
    loser = next(s for s in suppliers.values() if s.unit.code == found.ranking[-1].bidder)
    number = result.challenge(platform, loser.actor, NAME, "result", "对评审得分有质疑（演示）", LOT, "bidder")
    yield day(10, 23, 10)
    result.answer(platform, AGENCY, NAME, number, "dismissed", "经复核评分无误（演示）")
    show.say(PLAY, "收到质疑，七个工作日内答复")
    yield day(11, 2, 10)
    contract = platform.keep("演示合同".encode(), "contract.txt", "text/plain")
    assert won.price is not None
    result.step(platform, OWNER, NAME, RecordContract(LOT, contract.sha256, date(2026, 11, 2), won.price))
    result.step(platform, AGENCY, NAME, PublishContract(LOT, "合同公告", contract.sha256))
    show.say(PLAY, "签订合同并在两个工作日内公告")
    yield day(11, 13, 10)
    listing = encode({"papers": sorted(sha for play, _, sha in show.papers if play == PLAY), "tender": NAME})
    manifest = platform.keep(listing, "manifest.json", "application/json")
    result.step(platform, entry.CENTRE, NAME, ArchiveTender(manifest.sha256))
    show.say(PLAY, "归档")
    yield day(11, 13, 10) + SECOND
