"""Words that foreign and Chinese tables use for our columns, and for our choices.

All words stand in the form that :func:`.headings.plain_heading` makes: lower case, without
spaces and punctuation. Within a table no word stands for two columns.
"""

from __future__ import annotations

__all__ = ["CHOICES", "DATUMS", "KEY_TAILS", "STATE_WORDS", "heading_words"]

_LON = (
    "longitude", "long", "lng", "x经度", "经度", "东经", "坐标经度", "经度坐标", "地理经度", "easting",
    "东坐标", "横坐标",
)  # fmt: skip
_LAT = (
    "latitude", "y纬度", "纬度", "北纬", "坐标纬度", "纬度坐标", "地理纬度", "northing", "北坐标", "纵坐标",
)  # fmt: skip
_NAME = ("title", "label", "名称", "名字", "中文名", "中文名称", "namezh", "namecn", "fullname")
_NAME_EN = ("nameen", "englishname", "英文名", "英文名称", "名称英文")
_SOURCE = ("datasource", "来源", "数据来源", "资料来源")
_AREA = (
    "subdistrict", "subdistrictname", "所属街道", "街道", "街道名称", "街镇", "街道镇", "所属街镇",
    "乡镇街道", "areaname", "township", "town",
)  # fmt: skip
_POPULATION = (
    "population", "pop", "人口", "人口数", "人数", "常住人口", "居民数", "居住人口", "residents", "pop2020",
)  # fmt: skip
_YEAR = ("year", "年份", "普查年份", "统计年份", "年度", "popyear")
_ACCURACY = ("accuracy", "precision", "精度", "位置精度", "定位精度")
_LENGTH = ("length", "长度", "线路长度", "光缆长度", "路由长度")
_CAPACITY = ("capacity", "bandwidth", "容量", "带宽", "速率", "链路带宽", "rate", "speed")
_TYPE = ("type", "class", "类型", "类别", "种类", "分类")
_IDS = ("id", "code", "identifier", "uid", "编号", "编码", "代码", "唯一标识", "标识")

KEY_TAILS = ("objectid", "fid", "gid", "ogcfid", "序号", "no", "index")
"""Headings that name rows only where nothing better does."""

_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "sites": {
        "site_id": (
            *_IDS, "siteid", "sitecode", "siteno", "sitenumber", "站址编号", "站址编码", "站址id",
            "站点编号", "站点编码", "站点id", "基站编号", "基站编码", "基站id", "基站号", "站号", "站点号",
            "enodebid", "gnodebid", "stationid", "stationcode", "候选点编号",
        ),
        "name": (
            *_NAME, "sitename", "stationname", "站名", "站址名称", "站点名称", "站点名", "基站名称", "基站名",
            "机房名称", "站址", "局站名称",
        ),
        "kind": (*_TYPE, "sitetype", "站型", "站点类型", "基站类型", "站址类型"),
        "state": ("status", "状态", "建设状态", "站点状态", "站址状态"),
        "lon": _LON,
        "lat": _LAT,
        "area_id": _AREA,
        "roof_height_m": (
            "roofheight", "buildingheight", "楼高", "楼顶高度", "屋顶高度", "建筑高度", "楼面高度",
        ),
        "antenna_height_m": (
            "antennaheight", "height", "antheight", "hba", "天线挂高", "挂高", "天线高度", "天线离地高度",
            "高度", "antennaheightagl", "heightagl",
        ),
        "category": ("场景", "覆盖场景", "场所类型", "物业类型"),
        "cost": ("造价", "成本", "费用", "投资", "建设成本", "price"),
        "accuracy_m": _ACCURACY,
        "source": _SOURCE,
    },
    "cells": {
        "cell_id": (
            *_IDS, "cellid", "cellcode", "小区编号", "小区id", "小区标识", "扇区编号", "扇区id", "ci",
            "sectorid", "eci", "小区号",
        ),
        "site_id": (
            "site", "siteid", "sitecode", "站址编号", "站点编号", "基站编号", "站号", "所属站点", "所属基站",
            "基站id", "站点id", "enodebid", "gnodebid",
        ),
        "technology": ("制式", "网络制式", "系统", "rat", "tech"),
        "freq_mhz": (
            "frequency", "freq", "频率", "中心频率", "载波频率", "工作频率", "频点", "carrierfrequency", "发射频率",
        ),
        "bandwidth_mhz": ("bandwidth", "带宽", "信道带宽", "channelwidth", "载波带宽"),
        "power_dbm": (
            "power", "txpower", "transmitpower", "功率", "发射功率", "输出功率", "最大发射功率", "载波功率",
        ),
        "antenna": ("antennatype", "antennapattern", "天线类型", "天线", "方向图"),
        "gain_dbi": ("gain", "antennagain", "增益", "天线增益"),
        "feeder_loss_db": ("feederloss", "cableloss", "馈线损耗", "馈损", "馈缆损耗"),
        "azimuth_deg": ("azimuth", "azim", "bearing", "方位角", "天线方位角", "方向角", "方位"),
        "tilt_deg": (
            "tilt", "downtilt", "totaltilt", "下倾角", "俯仰角", "天线下倾角", "总下倾角",
            "electricaltilt", "electricaldowntilt", "etilt", "ret", "电子下倾角", "电下倾角", "电下倾",
            "电子下倾",
        ),
        "mech_tilt_deg": (
            "mechanicaltilt", "mechanicaldowntilt", "mtilt", "mechtilt", "机械下倾角", "机械下倾",
        ),
        "height_m": (
            "height", "antennaheight", "挂高", "天线挂高", "天线高度", "高度", "heightagl",
        ),
        "sfn_group": ("sfn", "sfngroup", "单频网", "单频网编号", "单频网组"),
        "source": _SOURCE,
    },
    "devices": {
        "device_id": (*_IDS, "deviceid", "设备编号", "设备id", "设备编码", "资产编号", "assetid"),
        "site_id": ("site", "siteid", "站址编号", "站点编号", "所属站点", "机房编号", "所属机房", "局站编号"),
        "name": (*_NAME, "hostname", "devicename", "设备名称", "主机名", "sysname"),
        "role": (*_TYPE, "devicetype", "设备类型", "网络层级", "设备角色"),
        "vendor": ("manufacturer", "厂家", "厂商", "设备厂家", "供应商"),
        "model": ("devicemodel", "型号", "设备型号"),
        "mgmt_address": (
            "ip", "ipaddress", "managementip", "mgmtip", "ip地址", "管理ip", "管理地址", "设备ip", "address",
        ),
        "main": ("主要设备", "是否主要设备", "主设备", "mainequipment"),
        "source": _SOURCE,
    },
    "ports": {
        "port_id": (*_IDS, "portid", "端口编号", "端口id"),
        "device_id": ("device", "deviceid", "设备编号", "设备id", "所属设备"),
        "if_name": ("ifname", "interface", "port", "端口", "端口名称", "接口", "接口名称", "ifdescr"),
        "if_alias": ("ifalias", "alias", "description", "描述", "端口描述", "备注"),
        "capacity_mbps": (*_CAPACITY, "ifspeed", "端口速率"),
        "source": _SOURCE,
    },
    "links": {
        "link_id": (*_IDS, "linkid", "链路编号", "链路id", "电路编号", "光路编号"),
        "kind": (*_TYPE, "linktype", "链路类型", "传输方式", "承载方式"),
        "a_site": (
            "from", "start", "asite", "a端", "a端站点", "起点", "起始站点", "本端", "本端站点", "起点站点",
            "fromsite", "sitea",
        ),
        "b_site": (
            "to", "target", "end", "bsite", "zsite", "b端", "z端", "z端站点", "b端站点", "终点", "终止站点", "对端",
            "对端站点", "终点站点", "tosite", "siteb", "destination",
        ),
        "a_port": ("aport", "a端端口", "本端端口", "fromport"),
        "b_port": ("bport", "zport", "z端端口", "b端端口", "对端端口", "toport"),
        "capacity_mbps": _CAPACITY,
        "length_km": (*_LENGTH, "distance", "距离"),
        "spans": ("spanids", "光缆段", "缆段", "经过缆段"),
        "source": ("datasource", "来源", "数据来源", "资料来源"),
    },
    "spans": {
        "span_id": (*_IDS, "spanid", "光缆段编号", "缆段编号", "管段编号", "段编号"),
        "kind": (*_TYPE, "敷设方式", "敷设类型", "laying"),
        "street_id": ("street", "streetid", "道路编号"),
        "fibre_count": ("fibres", "fibers", "fibercount", "fibrecount", "芯数", "纤芯数", "光缆芯数", "cores"),
        "length_m": (*_LENGTH, "段长"),
        "source": _SOURCE,
    },
    "streets": {
        "street_id": (*_IDS, "streetid", "roadid", "osmid", "道路编号"),
        "name": (*_NAME, "streetname", "roadname", "路名", "道路名称", "街道名称"),
        "kind": (*_TYPE, "highway", "fclass", "道路类型", "道路等级"),
        "length_m": (*_LENGTH, "道路长度"),
        "source": _SOURCE,
    },
    "demand": {
        "demand_id": (*_IDS, "demandid", "gridid", "网格编号", "网格id", "栅格编号", "栅格id"),
        "kind": (*_TYPE, "人群", "需求类型", "人口类型"),
        "lon": _LON,
        "lat": _LAT,
        "people": _POPULATION,
        "cell_m": ("cell", "cellsize", "gridsize", "网格边长", "栅格边长", "栅格大小", "网格大小"),
        "census_year": _YEAR,
        "area_id": _AREA,
        "source": _SOURCE,
    },
    "places": {
        "place_id": (
            *_IDS, "placeid", "poiid", "stopid", "stationid", "communityid", "场所编号", "地点编号", "站点编号",
        ),
        "name": (*_NAME, "placename", "stationname", "stopname", "场所名称", "地点名称", "单位名称", "站名"),
        "name_en": _NAME_EN,
        "kind": (*_TYPE, "category", "placetype", "场所类型", "场所类别", "地点类型", "单位类型"),
        "lon": _LON,
        "lat": _LAT,
        "area_id": _AREA,
        "wifi_priority": ("wifi", "wifi优先级", "优先级", "priority"),
        "accuracy_m": _ACCURACY,
        "source": _SOURCE,
    },
    "areas": {
        "area_id": (
            *_IDS, "areaid", "admincode", "adcode", "areacode", "行政区划代码", "行政代码", "区划代码", "街道编号",
            "街道代码",
        ),
        "name": (
            *_NAME, "areaname", "subdistrict", "subdistrictname", "街道", "街道名称", "街镇", "行政区", "区名",
            "区域名称",
        ),
        "name_en": _NAME_EN,
        "kind": (*_TYPE, "areatype", "区域类型"),
        "population": (
            "pop", "pop2020", "人口", "人口数", "常住人口", "居民数", "residents", "people",
        ),
        "census_year": _YEAR,
        "area_km2": ("area", "面积", "官方面积", "土地面积", "行政面积"),
        "source": _SOURCE,
    },
    "targets": {
        "id": ("targetid", "编号", "目标编号", "指标编号"),
        "area": ("领域", "类别"),
        "quote_zh": ("原文", "quote", "规划原文"),
        "meaning": ("含义", "说明", "目标", "任务"),
        "metric": ("指标",),
        "operator": ("运算符", "关系"),
        "value": ("目标值", "数值"),
        "unit": ("单位",),
        "due": ("期限", "完成时间", "截止日期", "duedate"),
        "responsible": ("责任单位", "牵头单位", "负责单位"),
        "kind": ("类型", "type"),
    },
    "websites": {
        "website_id": (*_IDS, "websiteid", "网站编号", "应用编号"),
        "name": (*_NAME, "网站名称", "应用名称", "系统名称"),
        "name_en": ("englishname", "英文名称"),
        "host": ("hostname", "domain", "域名", "主机名", "网址", "网站域名"),
        "kind": (*_TYPE, "网站类型", "应用类型"),
        "field": ("领域", "示范领域", "应用领域"),
        "site_id": ("site", "siteid", "机房编号", "所属机房", "托管机房"),
        "visits_per_day": ("visits", "日访问量", "访问量"),
        "mail_domain": ("maildomain", "邮件域名", "邮箱域名"),
        "source": _SOURCE,
    },
    "device_services": {
        "device_service_id": (*_IDS, "deviceserviceid"),
        "device_id": ("device", "deviceid", "设备编号", "所属设备"),
        "service": ("服务", "业务", "servicename"),
        "over_ipv6": ("ipv6", "overipv6", "是否ipv6", "走ipv6", "支持ipv6"),
        "as_of": ("日期", "陈述日期", "截至日期", "date"),
        "said_by": ("陈述人", "陈述单位", "来源单位"),
        "source": _SOURCE,
    },
    "statements": {
        "statement_id": ("id", "编号", "statementid"),
        "metric": ("指标",),
        "target_id": ("目标编号", "targetid", "target"),
        "value": ("数值", "指标值", "完成值"),
        "as_of": ("日期", "统计日期", "截至日期", "date"),
        "said_by": ("报送单位", "填报单位", "单位"),
        "source": _SOURCE,
    },
}  # fmt: skip


def heading_words(table: str) -> dict[str, tuple[str, ...]]:
    """Return for each column of a table the plain headings that mean it."""
    return _WORDS[table]


DATUMS: dict[str, str] = {
    "wgs84": "wgs84", "wgs": "wgs84", "cgcs2000": "wgs84", "gps": "wgs84",
    "gcj02": "gcj02", "gcj": "gcj02", "火星": "gcj02", "高德": "gcj02", "amap": "gcj02", "腾讯": "gcj02",
    "bd09": "bd09", "bd09ll": "bd09", "百度": "bd09", "baidu": "bd09",
}  # fmt: skip
"""Words beside a longitude or latitude that say in which datum it is."""

STATE_WORDS: dict[str, str] = {
    "候选": "candidate", "候选站": "candidate", "备选": "candidate", "拟选": "candidate",
    "已建": "built", "现网": "built", "在用": "built", "已开通": "built", "建成": "built", "存量": "built",
    "existing": "built", "active": "built", "onair": "built",
    "规划": "planned", "已规划": "planned", "在建": "planned", "待建": "planned", "新建": "planned",
    "proposed": "planned",
    "禁用": "forbidden", "不可用": "forbidden", "禁止": "forbidden", "excluded": "forbidden",
}  # fmt: skip

CHOICES: dict[tuple[str, str], dict[str, str]] = {
    ("sites", "state"): STATE_WORDS,
    ("sites", "kind"): {
        "ngbw": "ngb-w", "ngbw站": "ngb-w", "无线站": "ngb-w", "广播站": "ngb-w",
        "基站": "base-station", "通信基站": "base-station", "宏站": "base-station",
        "宏基站": "base-station", "basestation": "base-station",
        "前端": "headend", "前端机房": "headend", "总前端": "headend", "分前端": "headend",
        "数据中心": "idc", "机楼": "exchange", "局房": "exchange", "交换局": "exchange",
        "楼宇": "building", "大楼": "building", "建筑": "building",
        "wifi热点": "wifi", "热点": "wifi", "ap": "wifi", "wlan": "wifi",
    },
    ("cells", "antenna"): {
        "全向": "omni", "全向天线": "omni", "omnidirectional": "omni",
        "定向": "3gpp-65", "定向天线": "3gpp-65", "扇区": "3gpp-65", "sector": "3gpp-65",
    },
    ("devices", "role"): {
        "骨干": "backbone", "核心": "backbone", "core": "backbone", "接入": "access", "数据中心": "idc",
        "无线": "radio", "终端": "cpe", "其他": "other", "其它": "other",
    },
    ("links", "kind"): {
        "光纤": "fibre", "光缆": "fibre", "光路": "fibre", "fiber": "fibre", "微波": "microwave",
        "以太网": "ethernet", "同轴": "hfc", "无源光网络": "pon", "gpon": "pon", "epon": "pon",
    },
    ("spans", "kind"): {
        "管道": "duct", "直埋": "buried", "架空": "aerial", "隧道": "tunnel", "桥梁": "bridge", "桥": "bridge",
    },
    ("streets", "kind"): {
        "快速路": "trunk", "motorway": "trunk", "主干道": "main", "主干路": "main", "primary": "main",
        "secondary": "main", "支路": "local", "次干道": "main", "次干路": "main", "residential": "local",
        "tertiary": "local", "桥梁": "bridge", "桥": "bridge", "隧道": "tunnel",
    },
    ("demand", "kind"): {
        "居民": "residents", "常住人口": "residents", "住户": "residents", "人口": "residents",
        "resident": "residents", "学生": "pupils", "乘客": "passengers",
    },
    ("places", "kind"): {
        "地铁站": "metro_station", "轨交站": "metro_station", "轨道交通站": "metro_station", "大学": "university",
        "高校": "university", "医院": "hospital", "商场": "mall", "购物中心": "mall", "公园": "park",
        "公交站": "bus_stop", "公交站点": "bus_stop", "学校": "school", "中学": "school_secondary",
        "小学": "school_primary", "幼儿园": "kindergarten", "政府": "government", "体育": "sports",
        "体育场馆": "sports", "办公园区": "office_park", "产业园区": "office_park", "园区": "office_park",
        "社区": "community", "滨江": "riverside",
    },
    ("areas", "kind"): {
        "区": "district", "市辖区": "district", "行政区": "district", "街道": "subdistrict",
        "街镇": "subdistrict", "镇": "subdistrict", "乡镇": "subdistrict", "禁建区": "exclusion",
        "禁建": "exclusion", "水域": "water", "河流": "water", "水面": "water",
    },
}  # fmt: skip
"""(table, column) -> their plain word -> our word."""
