"""行政区划 (GB/T 2260) that the platform serves, and the neighbours that its bidders and experts come from."""

REGIONS: dict[str, str] = {
    "530000": "云南省",
    "530100": "昆明市",
    "530500": "保山市",
    "530502": "隆阳区",
    "530521": "施甸县",
    "530523": "龙陵县",
    "530524": "昌宁县",
    "530581": "腾冲市",
    "532900": "大理白族自治州",
    "533100": "德宏傣族景颇族自治州",
    "510100": "成都市",
}
