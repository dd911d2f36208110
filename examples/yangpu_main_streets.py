"""The well-known streets of Yangpu: junctions to some hundred metres, from general knowledge.

A street is a chain of junctions; two streets meet where they name the same one. WGS-84 longitude
and latitude. Elevated roads stand for the street below them, in which ducts lie.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["JUNCTIONS", "MAIN_STREETS", "MainStreet"]

JUNCTIONS: dict[str, tuple[float, float]] = {
    # 五角场 and the five roads that meet there
    "wujiaochang": (121.5098, 31.3003),
    "dabaishu": (121.4887, 31.2893),
    "handan-guoquan": (121.5010, 31.2962),
    "guoquan-zhengmin": (121.4985, 31.3030),
    "siping-guoquan": (121.5055, 31.2922),
    "siping-inner-ring": (121.5035, 31.2884),
    "siping-zhangwu": (121.5017, 31.2845),
    "siping-dalian": (121.4978, 31.2772),
    "huangxing-inner-ring": (121.5150, 31.2908),
    "songhu-zhengli": (121.5075, 31.3085),
    "songhu-sanmen": (121.5045, 31.3145),
    "songhu-yingao": (121.5025, 31.3246),
    "songhu-guofan": (121.5025, 31.3320),
    "songhu-north": (121.5030, 31.3440),
    "xiangyin-guohe": (121.5205, 31.3045),
    "xiangyin-zhongyuan": (121.5285, 31.3078),
    "xiangyin-jungong": (121.5505, 31.3075),
    "xiangyin-midriver": (121.5588, 31.3085),
    # the north
    "yixian-handan": (121.4865, 31.2965),
    "yixian-zhengli": (121.4838, 31.3055),
    "yixian-sanmen": (121.4828, 31.3125),
    "sanmen-guoquan": (121.4972, 31.3128),
    "zhengli-guoquan": (121.4980, 31.3082),
    "guoquan-yingao": (121.4962, 31.3240),
    "guoquan-wangu": (121.4972, 31.3380),
    "zhengli-guohe": (121.5180, 31.3105),
    "zhayin-nenjiang": (121.5165, 31.3205),
    "zhayin-yingao": (121.5163, 31.3257),
    "zhayin-yinhang": (121.5160, 31.3335),
    "zhayin-jungong": (121.5175, 31.3440),
    "guohe-nenjiang": (121.5225, 31.3195),
    "guohe-yingao": (121.5235, 31.3265),
    "zhongyuan-nenjiang": (121.5297, 31.3190),
    "zhongyuan-shiguang": (121.5295, 31.3234),
    "zhongyuan-yinhang": (121.5290, 31.3330),
    "zhongyuan-jungong": (121.5290, 31.3440),
    "jungong-nenjiang": (121.5432, 31.3170),
    "jungong-gongqing": (121.5425, 31.3250),
    "jungong-yinhang": (121.5390, 31.3330),
    # the middle
    "jungong-jiamusi": (121.5515, 31.3000),
    "jungong-kongjiang": (121.5512, 31.2905),
    "shuangyang-jiamusi": (121.5235, 31.2925),
    "jiamusi-antu": (121.5355, 31.2985),
    "dalian-kongjiang": (121.5040, 31.2732),
    "kongjiang-jiangpu": (121.5115, 31.2778),
    "kongjiang-huangxing": (121.5205, 31.2808),
    "kongjiang-shuangyang": (121.5275, 31.2838),
    "kongjiang-neijiang": (121.5372, 31.2870),
    "inner-ring-jiangpu": (121.5090, 31.2897),
    "fushun-jiangpu": (121.5095, 31.2838),
    "dalian-zhoujiazui": (121.5070, 31.2655),
    "zhoujiazui-jiangpu": (121.5160, 31.2700),
    "zhoujiazui-huangxing": (121.5255, 31.2738),
    "zhoujiazui-shuangyang": (121.5310, 31.2755),
    "zhoujiazui-longchang": (121.5395, 31.2776),
    "zhoujiazui-aiguo": (121.5465, 31.2808),
    "zhoujiazui-jungong": (121.5512, 31.2840),
    # the south
    "dalian-changyang": (121.5085, 31.2600),
    "changyang-jiangpu": (121.5188, 31.2652),
    "changyang-ningguo": (121.5270, 31.2700),
    "changyang-longchang": (121.5405, 31.2735),
    "changyang-neijiang": (121.5470, 31.2762),
    "changyang-jungong": (121.5515, 31.2785),
    "dalian-pingliang": (121.5095, 31.2572),
    "pingliang-jiangpu": (121.5212, 31.2612),
    "pingliang-ningguo": (121.5295, 31.2660),
    "pingliang-longchang": (121.5418, 31.2700),
    "pingliang-jungong": (121.5515, 31.2740),
    "dalian-yangshupu": (121.5110, 31.2548),
    "dalian-midriver": (121.5160, 31.2485),
    "yangshupu-jiangpu": (121.5225, 31.2568),
    "yangshupu-ningguo": (121.5330, 31.2622),
    "yangpu-bridge-midriver": (121.5393, 31.2588),
    "yangshupu-longchang": (121.5432, 31.2662),
    "yangshupu-dinghai": (121.5507, 31.2700),
    "fuxing-south": (121.5557, 31.2755),
    "fuxing-middle": (121.5572, 31.2822),
    "fuxing-park": (121.5580, 31.2890),
    "fuxing-north": (121.5592, 31.2955),
}


@dataclass(frozen=True, slots=True)
class MainStreet:
    """A named street or a part of it, as a chain of junctions."""

    name: str
    kind: str
    junctions: tuple[str, ...]


def _street(name: str, kind: str, junctions: str) -> MainStreet:
    return MainStreet(name, kind, tuple(junctions.split()))


MAIN_STREETS: tuple[MainStreet, ...] = (
    _street("邯郸路(中环路)", "trunk", "dabaishu handan-guoquan wujiaochang"),
    _street(
        "翔殷路(中环路)", "trunk", "wujiaochang xiangyin-guohe xiangyin-zhongyuan xiangyin-jungong"
    ),
    _street("翔殷路隧道", "tunnel", "xiangyin-jungong xiangyin-midriver"),
    _street(
        "四平路", "main",
        "wujiaochang siping-guoquan siping-inner-ring siping-zhangwu siping-dalian",
    ),
    _street("黄兴路", "main", "wujiaochang huangxing-inner-ring"),
    _street(
        "淞沪路", "main",
        "wujiaochang songhu-zhengli songhu-sanmen songhu-yingao songhu-guofan songhu-north",
    ),
    _street("逸仙路高架", "trunk", "dabaishu yixian-handan yixian-zhengli yixian-sanmen"),
    _street(
        "内环高架路(中山北二路)", "trunk",
        "dabaishu siping-inner-ring inner-ring-jiangpu huangxing-inner-ring",
    ),
    _street(
        "内环高架路(黄兴路)", "trunk",
        "huangxing-inner-ring kongjiang-huangxing zhoujiazui-huangxing changyang-ningguo "
        "pingliang-ningguo yangshupu-ningguo",
    ),
    _street("杨浦大桥", "bridge", "yangshupu-ningguo yangpu-bridge-midriver"),
    _street("国权路", "main", "siping-guoquan handan-guoquan guoquan-zhengmin zhengli-guoquan"),
    _street("国权北路", "main", "zhengli-guoquan sanmen-guoquan guoquan-yingao guoquan-wangu"),
    _street("三门路", "main", "yixian-sanmen sanmen-guoquan songhu-sanmen"),
    _street(
        "政立路", "main", "yixian-zhengli zhengli-guoquan songhu-zhengli zhengli-guohe"
    ),
    _street("国和路", "main", "xiangyin-guohe zhengli-guohe guohe-nenjiang guohe-yingao"),
    _street("闸殷路", "main", "zhengli-guohe zhayin-nenjiang zhayin-yingao zhayin-yinhang zhayin-jungong"),
    _street("殷高东路", "main", "guoquan-yingao songhu-yingao zhayin-yingao guohe-yingao zhongyuan-shiguang"),
    _street(
        "殷行路", "main", "songhu-guofan zhayin-yinhang zhongyuan-yinhang jungong-yinhang"
    ),
    _street(
        "中原路", "main",
        "xiangyin-zhongyuan zhongyuan-nenjiang zhongyuan-shiguang zhongyuan-yinhang "
        "zhongyuan-jungong",
    ),
    _street(
        "嫩江路", "main", "zhayin-nenjiang guohe-nenjiang zhongyuan-nenjiang jungong-nenjiang"
    ),
    _street(
        "军工路", "trunk",
        "yangshupu-dinghai pingliang-jungong changyang-jungong zhoujiazui-jungong "
        "jungong-kongjiang jungong-jiamusi xiangyin-jungong jungong-nenjiang jungong-gongqing "
        "jungong-yinhang zhongyuan-jungong zhayin-jungong songhu-north",
    ),
    _street("佳木斯路", "main", "huangxing-inner-ring shuangyang-jiamusi jiamusi-antu jungong-jiamusi"),
    _street("双阳路", "main", "zhoujiazui-shuangyang kongjiang-shuangyang shuangyang-jiamusi"),
    _street("内江路", "main", "zhoujiazui-longchang kongjiang-neijiang jiamusi-antu"),
    _street(
        "控江路", "main",
        "dalian-kongjiang kongjiang-jiangpu kongjiang-huangxing kongjiang-shuangyang "
        "kongjiang-neijiang jungong-kongjiang",
    ),
    _street(
        "江浦路", "main",
        "yangshupu-jiangpu pingliang-jiangpu changyang-jiangpu zhoujiazui-jiangpu "
        "kongjiang-jiangpu fushun-jiangpu inner-ring-jiangpu",
    ),
    _street(
        "周家嘴路", "main",
        "dalian-zhoujiazui zhoujiazui-jiangpu zhoujiazui-huangxing zhoujiazui-shuangyang "
        "zhoujiazui-longchang zhoujiazui-aiguo zhoujiazui-jungong",
    ),
    _street(
        "大连路", "main",
        "dalian-yangshupu dalian-pingliang dalian-changyang dalian-zhoujiazui dalian-kongjiang "
        "siping-dalian",
    ),
    _street("大连路隧道", "tunnel", "dalian-yangshupu dalian-midriver"),
    _street(
        "长阳路", "main",
        "dalian-changyang changyang-jiangpu changyang-ningguo changyang-longchang "
        "changyang-neijiang changyang-jungong",
    ),
    _street(
        "平凉路", "main",
        "dalian-pingliang pingliang-jiangpu pingliang-ningguo pingliang-longchang "
        "pingliang-jungong",
    ),
    _street(
        "杨树浦路", "main",
        "dalian-yangshupu yangshupu-jiangpu yangshupu-ningguo yangshupu-longchang "
        "yangshupu-dinghai",
    ),
    _street(
        "隆昌路", "main",
        "yangshupu-longchang pingliang-longchang changyang-longchang zhoujiazui-longchang",
    ),
    _street("定海路桥", "bridge", "pingliang-jungong fuxing-south"),
    _street("共青路", "local", "fuxing-south fuxing-middle fuxing-park fuxing-north"),
)  # fmt: skip
