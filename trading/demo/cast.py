"""Who plays in the demonstration: plainly fictional units and people (演示数据).

Unified social credit codes carry valid check digits and belong to nobody; telephone numbers and
identity numbers are masked.  No real company, person or official appears.
"""

from typing import NamedTuple


class Unit(NamedTuple):
    """An organisation: unified social credit code, name, roles, region (GB/T 2260), address."""

    code: str
    name: str
    roles: tuple[str, ...]
    region: str
    address: str


class Expert(NamedTuple):
    """A pool member: id, name, categories, region, employers (current first), title, admitted yyyymmdd."""

    id: str
    name: str
    cats: tuple[str, ...]
    region: str
    orgs: tuple[str, ...]
    title: str
    admitted: int


CENTRE = Unit("12530500MB9Y0A11XK", "保山市公共资源交易中心（演示）", ("platform",), "530500", "保山市隆阳区演示路 1 号")
REGULATOR = Unit("11530500MB9Y0A2240", "保山市政务数据监督单位（演示）", ("regulator",), "530500", "保山市隆阳区演示路 2 号")
BUILDER = Unit("11530502MB9Y0B227D", "隆阳区演示建设单位", ("principal",), "530502", "保山市隆阳区永昌街道演示巷 3 号")
PURCHASER = Unit("11530581MB9Y0C334F", "腾冲市演示采购单位", ("principal",), "530581", "腾冲市腾越街道演示路 4 号")
ROADS = Unit("12530523MB9Y0D4411", "龙陵县演示公路单位", ("principal",), "530523", "龙陵县龙山镇演示路 5 号")
AGENCY_WORKS = Unit("91530100MA9YDA010W", "云岭演示招标代理有限公司", ("agency",), "530100", "昆明市演示大道 10 号")
AGENCY_GOODS = Unit("91530500MA9YDA029E", "保山演示采购代理有限公司", ("agency",), "530500", "保山市演示大道 11 号")
NOTARY = Unit("12530500MB9Y0E559D", "保山市演示公证处", ("notary",), "530500", "保山市隆阳区演示路 6 号")

SUPPLIERS = (
    Unit("91530502MA9YDM0137", "保山演示建筑工程有限公司", ("bidder",), "530502", "保山市隆阳区演示园区 1 号"),
    Unit("91530581MA9YDM021F", "腾冲演示建设集团有限公司", ("bidder",), "530581", "腾冲市演示园区 2 号"),
    Unit("91530100MA9YDM03X8", "昆明演示信息技术有限公司", ("bidder",), "530100", "昆明市演示园区 3 号"),
    Unit("91530500MA9YDM048W", "保山演示数据服务有限公司", ("bidder",), "530500", "保山市演示园区 4 号"),
    Unit("91530521MA9YDM0565", "施甸演示工程有限公司", ("bidder",), "530521", "施甸县演示园区 5 号"),
    Unit("91530524MA9YDM064B", "昌宁演示科技有限公司", ("bidder",), "530524", "昌宁县演示园区 6 号"),
    Unit("91510100MA9YDM072G", "成都演示系统集成有限公司", ("bidder",), "510100", "成都市演示园区 7 号"),
)

UNITS = (CENTRE, REGULATOR, BUILDER, PURCHASER, ROADS, AGENCY_WORKS, AGENCY_GOODS, NOTARY, *SUPPLIERS)

CATEGORIES = {
    "A": "工程",
    "A08": "工程施工",
    "B": "货物",
    "B03": "信息与安全设备",
    "C": "服务",
    "C01": "财务经济",
    "C02": "物业",
    "A0801": "市政工程",
    "A0802": "房屋建筑工程",
    "A0803": "工程造价",
    "B0301": "信息网络设备",
    "B0302": "密码与安全设备",
    "C0101": "会计与经济",
    "C0201": "物业服务",
}

_FAMILY = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN = ("演明", "示安", "演宁", "示远", "演恒", "示和", "演诚", "示公", "演正", "示谦", "演之", "示然", "演朴")
_REGIONS = ("530500", "530502", "530581", "530521", "530523", "530524", "532900", "533100", "530100")
_TITLES = ("高级工程师", "正高级工程师", "高级会计师", "注册造价工程师", "教授")
_EMPLOYERS = tuple(f"演示单位{n:02d}" for n in range(1, 41))


def experts(count: int = 200) -> tuple[Expert, ...]:
    """The fictional pool.  Some experts were once employed by a supplier, so that recusal matters."""
    names = sorted(code for code in CATEGORIES if len(code) == 5)
    pool = []
    for n in range(count):
        first, second = names[n % len(names)], names[(n * 5 + 3) % len(names)]
        employers = [_EMPLOYERS[(n * 7) % len(_EMPLOYERS)]]
        if n % 11 == 4:
            employers.append(SUPPLIERS[n % len(SUPPLIERS)].code)
        pool.append(
            Expert(
                id=f"E{n + 1:07d}",
                name=_FAMILY[n % len(_FAMILY)] + _GIVEN[(n // len(_FAMILY) + n) % len(_GIVEN)],
                cats=tuple(dict.fromkeys((first, second))),
                region=_REGIONS[n % len(_REGIONS)],
                orgs=tuple(employers),
                title=_TITLES[n % len(_TITLES)],
                admitted=20180101 + (n % 6) * 10000,
            )
        )
    return tuple(pool)
