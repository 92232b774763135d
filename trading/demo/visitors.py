"""One tender that is open now, so that a visitor can seal a bid and hand it in (演示数据).

It is published on the machine's own clock after the plays, with the deadline that the law asks for.  Its trustees'
keys are written beside the platform's folder, for whoever wants to play the opening; a real trustee keeps its own.
"""

import json
from datetime import date
from pathlib import Path

from archive.canonical import encode
from archive.values import DAY, MINUTE, Money
from trading import tender as t
from trading.amounts import minute
from trading.calendar import at_clock, legal_date
from trading.demo import cast, entry, works
from trading.demo.players import policy, policy_hex
from trading.lifecycle.drafting import policy_digest
from trading.platform import Platform

NAME, LOT = "BS-OPEN", "1"
TITLE = "保山市演示道路照明改造工程施工（可试投）"
DAYS = 45


def publish(platform: Platform, keys: Path) -> str:
    """Register, draft and publish it; a sentence that says until when bids are taken."""
    now = platform.clock()
    estimate = Money(320_000_000)
    ours = works.project(TITLE, estimate, "道路照明灯具更换与智能控制系统安装", legal_date(now), 9)
    entry.admit(platform, works.AGENCY, NAME, ours, "cn-rs1-2019", "A0101")
    keepers = entry.trustees(platform, cast.AGENCY_WORKS)
    keys.mkdir(parents=True, exist_ok=True, mode=0o700)
    for j, keeper in enumerate(keepers, 1):
        held = {
            "note": "演示密钥",
            "operator": keeper.unit.code,
            "role": keeper.role,
            "sk": keeper.sk.hex(),
            "suite": 1,
            "trustee": j,
        }
        (keys / f"{NAME}-{j}.json").write_text(json.dumps(held, ensure_ascii=False, indent=1) + "\n", "utf-8")
    rules = policy_hex(policy(keepers, 2, 3))
    document = platform.keep(f"{TITLE} 招标文件".encode(), "招标文件.txt", "text/plain", "tender-documents")
    lot = t.LotSpec(LOT, "施工标段", estimate, "A080000", ceiling=Money(315_000_000), duration="90日历天", quality="合格")
    draft = t.Draft(
        title=TITLE,
        lots=(lot,),
        method=t.Method("comprehensive", encode(works.METHOD).decode(), 6000, 10000),
        documents=(document,),
        policy=rules,
        policy_hash=policy_digest(rules),
        decrypt_minutes=30,
        validity_days=90,
        qualification="具备城市及道路照明工程专业承包资质",
        objection_channel="通过本平台异议通道提交，由代理机构受理",
        platform_url=platform.url,
    )
    entry.fix(platform, works.AGENCY, works.OWNER, NAME, draft)
    said = _notice(platform)
    entry.proclaim(platform, works.AGENCY, NAME, said)
    return f"可试投的招标项目 {NAME}：投标截止 {minute(said.deadline)}"


def _notice(platform: Platform) -> t.Notice:
    now = platform.clock()
    last = date.fromordinal(legal_date(now).toordinal() + DAYS)
    return t.Notice(
        title=f"{TITLE}招标公告",
        sha256=entry.UNPRINTED,
        documents_from=now + 5 * MINUTE,
        documents_to=now + 30 * DAY,
        deadline=at_clock(last, 9),
        documents_how="登录本平台免费下载，无需报名",
        submit_how="使用投标工具或浏览器加密后在本平台递交",
        opening_place="本平台网上开标厅",
        principal=t.Contact(cast.BUILDER.name, cast.BUILDER.address, "张示（演示）", "0875-***0001"),
        agency=t.Contact(cast.AGENCY_WORKS.name, cast.AGENCY_WORKS.address, "李演（演示）", "0875-***0002"),
    )
