"""Before any tender: units and their roles, the catalogue, agency contracts, the expert pool (演示数据)."""

from datetime import date
from hashlib import sha256

from archive.values import Actor
from experts import categories
from experts.expert.messages import Apply, Employment, Person
from trading.calendar import at_clock
from trading.catalogue import CatalogueItem, Consultation
from trading.codes import CREDIT_SCHEME
from trading.demo import cast
from trading.demo.players import speak
from trading.demo.programme import Programme
from trading.demo.stage import Script
from trading.desk import pool, registry
from trading.parties.messages import RegisterOrg, SignAgencyContract

POOL = "yunnan-demo"
CATALOGUE = "baoshan"


def prologue(show: Programme, pool_size: int = 200) -> Script:
    """Before any tender: units, roles, catalogue, agency contracts, the expert pool."""
    platform = show.platform
    yield at_clock(date(2026, 6, 1), 9)
    founder = Actor.system("founder")
    for unit in cast.UNITS:
        role = "bidder" if "bidder" in unit.roles else unit.roles[0]
        registry.register_org(
            platform, founder, RegisterOrg(CREDIT_SCHEME, unit.code, unit.name, unit.region, unit.address, role)
        )
        evidence = platform.keep(f"演示证照 {unit.code}".encode(), "licence.txt", "text/plain").sha256
        registry.admit_org(platform, founder, unit.code, "演示核验", evidence, unit.roles)
    show.say("序", f"登记并核验 {len(cast.UNITS)} 家演示单位")
    _catalogue(show)
    for principal, agency in ((cast.BUILDER, cast.AGENCY_WORKS), (cast.PURCHASER, cast.AGENCY_GOODS)):
        signed = platform.keep(f"演示代理合同 {principal.name} {agency.name}".encode(), "contract.txt", "text/plain").sha256
        contract = SignAgencyContract(
            contract=f"DL-{principal.code[-4:]}",
            agency=agency.code,
            scopes=("register", "draft", "publish", "clarify", "open", "answer", "result", "archive"),
            from_at=platform.clock(),
            to_at=at_clock(date(2027, 6, 1), 0),
            sha256=signed,
        )
        registry.sign_agency_contract(platform, speak(principal, "tenderer"), principal.code, contract)
    tree = "code,name\n" + "".join(f"{code},{name}\n" for code, name in sorted(cast.CATEGORIES.items()))
    owner = speak(cast.CENTRE, "centre")
    pool.register_categories(platform, owner, POOL, "316-demo", tree.encode())
    known = categories.load(tree.encode())
    experts = cast.experts(pool_size)
    for e in experts:
        jobs = tuple(Employment(org, 20100101 + 10000 * n, 0 if n == 0 else 20250630) for n, org in enumerate(e.orgs))
        identity = sha256(platform.derive(f"identity/{e.id}")).hexdigest()
        application = Apply(identity=identity, cats=e.cats, region=e.region, employment=jobs, title=e.title, years=12)
        pool.admit(platform, owner, e.id, Person(e.name), application, 20290531, known)
    show.say("序", f"专家库入库 {len(experts)} 名演示专家")


def _catalogue(show: Programme) -> None:
    items = (
        CatalogueItem("A0101", "01", "房屋市政工程施工招标", "招标投标法 第三条", "city", date(2026, 6, 1), "依法必须招标的施工"),
        CatalogueItem("B0101", "02", "政府采购货物", "政府采购法 第二条", "city", date(2026, 6, 1), "集中采购目录以内的货物"),
    )
    record = show.platform.keep("演示征求意见记录".encode(), "consultation.txt", "text/plain").sha256
    heard = Consultation(date(2026, 4, 1), date(2026, 5, 1), record)
    registry.publish_catalogue(show.platform, speak(cast.CENTRE, "centre"), CATALOGUE, 1, items, heard)
    show.say("序", "发布交易目录 第 1 版")
