"""The demonstration's 交易目录 after the twelve kinds of 宁波市公共资源交易管理条例 12; it is in force nowhere."""

from datetime import date

from archive.values import Money
from trading.catalogue import CatalogueItem

_FROM = date(2026, 1, 1)
_WAN = 1_000_000  # 万元 in 分
_NINGBO = "宁波市公共资源交易管理条例 第十二条"


def _item(code: str, name: str, scope: str, basis: str, threshold: int = 0, text: str = "", level: str = "city") -> CatalogueItem:
    money = Money(threshold * _WAN) if threshold else None
    return CatalogueItem(
        code, code[:2], name, basis, level, _FROM, scope=scope, threshold=money, threshold_text=text or "不限规模"
    )


DEMO_ITEMS: tuple[CatalogueItem, ...] = (
    _item("01-01", "工程施工招标", "依法必须招标的工程施工", "招标投标法 第三条", 400, "单项合同估算价400万元以上"),
    _item("01-02", "工程重要设备、材料招标", "与工程有关的重要设备、材料", "招标投标法 第三条", 200, "单项合同估算价200万元以上"),
    _item("01-03", "勘察、设计、监理招标", "与工程有关的服务", "招标投标法 第三条", 100, "单项合同估算价100万元以上"),
    _item("01-04", "小型工程招标", "限额以下的乡镇工程", _NINGBO, 0, "限额以下", "township"),
    _item("02-01", "政府采购货物", "集中采购目录以内或者限额以上的货物", "政府采购法 第二条", 0, "按当年集中采购目录及限额标准"),
    _item("02-02", "政府采购服务", "集中采购目录以内或者限额以上的服务", "政府采购法 第二条", 0, "按当年集中采购目录及限额标准"),
    _item("03-01", "国有建设用地使用权出让", "招标、拍卖、挂牌出让", _NINGBO),
    _item("03-02", "矿业权出让", "招标、拍卖、挂牌出让", _NINGBO),
    _item("04-01", "企业国有产权转让", "国有产权、资产转让和增资", _NINGBO),
    _item("05-01", "机关事业单位资产出让、租赁", "房产、车辆和设备", _NINGBO, 0, "", "county"),
    _item("06-01", "罚没物品、没收资产处置", "依法罚没、没收的物品和资产", _NINGBO, 0, "", "county"),
    _item("07-01", "特许经营权和公共场地使用权", "经营权、使用权、承包权、冠名权", _NINGBO),
    _item("08-01", "排污权、碳排放权、用能权", "环境权益有偿使用和转让", _NINGBO),
    _item("09-01", "机电产品国际招标", "依法必须进行的机电产品国际招标", _NINGBO),
    _item("10-01", "林权流转", "国有和集体林权流转", _NINGBO, 0, "", "county"),
    _item("11-01", "农村集体产权流转", "土地经营权、资产出租、股权、四荒地", _NINGBO, 0, "", "township"),
    _item("12-01", "其他公共资源", "法律、法规和目录规定的其他项目", _NINGBO),
)
