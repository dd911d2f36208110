"""Where Yangpu and its twelve subdistricts lie: a coarse outline from general knowledge.

Roads and creeks part the subdistricts (a creek such as Zoumatang, a road such as Dalian Road),
and the Huangpu is the border with Pudong. The corners below were written down where those meet,
to some hundred metres, and then moved together, as little as possible, until every subdistrict
had its official area. Nothing else went into them: real polygons only say, in a test, whether the
outline passes or fails. Corners are shared, so that neighbours fit without gap or overlap. WGS-84
longitude and latitude.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

__all__ = [
    "CRS",
    "DISTRICT_ID",
    "PARKS",
    "SUBDISTRICTS",
    "Subdistrict",
    "areas",
    "borders",
    "district",
    "projected",
    "rivers",
    "unprojected",
]

CRS = "EPSG:32651"
DISTRICT_ID = "310110"
_CENSUS_YEAR = 2020
_FACTS_SOURCE = (
    "2020 census by subdistrict, rounded to 100; official area; "
    "coarse outline from general knowledge, fitted to the official areas"
)

_CORNERS: dict[str, tuple[float, float]] = {
    # Middle of the Huangpu, which is the border with Pudong, from Qinhuangdao Road downstream.
    "river-0": (121.5128, 31.2464),
    "river-1": (121.5237, 31.2485),
    "river-2": (121.5309, 31.2527),
    "river-3": (121.5397, 31.2573),
    "river-4": (121.5455, 31.2604),
    "river-5": (121.5519, 31.2641),
    "river-6": (121.5578, 31.2691),
    "river-7": (121.5629, 31.2773),
    "river-8": (121.5652, 31.2880),
    "river-9": (121.5628, 31.2997),
    "river-10": (121.5578, 31.3131),
    "river-11": (121.5551, 31.3199),
    "river-12": (121.5522, 31.3284),
    "river-13": (121.5476, 31.3361),
    "river-14": (121.5413, 31.3423),
    "river-15": (121.5329, 31.3502),
    # Baoshan, then Hongkou, counter-clockwise.
    "north-1": (121.5151, 31.3489),
    "north-2": (121.4981, 31.3452),
    "north-3": (121.4950, 31.3350),
    "north-4": (121.4960, 31.3245),
    "north-5": (121.4969, 31.3140),
    "west-1": (121.4829, 31.3126),
    "west-2": (121.4838, 31.3055),
    "west-3": (121.4860, 31.2965),
    "west-4": (121.4884, 31.2894),
    "west-5": (121.4918, 31.2892),
    "west-6": (121.4908, 31.2850),
    "west-7": (121.4945, 31.2785),
    "west-8": (121.5027, 31.2735),
    "west-9": (121.5060, 31.2655),
    "west-10": (121.5075, 31.2600),
    "west-11": (121.5097, 31.2532),
    # Inside, named after what crosses there.
    "zhengli-guoquan": (121.4976, 31.3093),
    "zhengli-guohe": (121.5177, 31.3113),
    "guohe-zhayin": (121.5173, 31.3194),
    "zhayin-north": (121.5176, 31.3433),
    "nenjiang-jungong": (121.5433, 31.3184),
    "qiujiang-guohe": (121.5197, 31.3068),
    "heishan-xiangyin": (121.5171, 31.3029),
    "huangxing-zoumatang": (121.5159, 31.2908),
    "siping-zoumatang": (121.5035, 31.2894),
    "jiangpu-zoumatang": (121.5103, 31.2897),
    "shuangyang-zoumatang": (121.5226, 31.2914),
    "antu-zoumatang": (121.5323, 31.2962),
    "kongjiang-jiangpu": (121.5122, 31.2793),
    "zhoujiazui-yangshupugang": (121.5205, 31.2743),
    "zhoujiazui-shuangyang": (121.5279, 31.2775),
    "zhoujiazui-neijiang": (121.5395, 31.2790),
    "zhoujiazui-jungong": (121.5511, 31.2840),
    "jiamusi-jungong": (121.5508, 31.3023),
    "changyang-yangshupugang": (121.5221, 31.2680),
    "longchang-south": (121.5420, 31.2702),
    "island-north": (121.5591, 31.3016),
}


def _path(corners: str) -> tuple[str, ...]:
    return tuple(corners.split())


@dataclass(frozen=True, slots=True)
class Subdistrict:
    """One subdistrict with its official figures and the corners of its outline."""

    area_id: str
    name: str
    name_en: str
    population: int
    area_km2: float
    corners: tuple[str, ...]


SUBDISTRICTS: tuple[Subdistrict, ...] = (
    Subdistrict(
        "310110001",
        "定海路街道",
        "Dinghai Road Subdistrict",
        89_600,
        6.25,
        _path(
            "zhoujiazui-neijiang zhoujiazui-jungong jiamusi-jungong island-north river-9 "
            "river-8 river-7 river-6 river-5 river-4 longchang-south"
        ),
    ),
    Subdistrict(
        "310110006",
        "平凉路街道",
        "Pingliang Road Subdistrict",
        57_800,
        3.22,
        _path("west-10 changyang-yangshupugang river-2 river-1 river-0 west-11"),
    ),
    Subdistrict(
        "310110008",
        "江浦路街道",
        "Jiangpu Road Subdistrict",
        82_400,
        2.31,
        _path(
            "west-8 kongjiang-jiangpu zhoujiazui-yangshupugang changyang-yangshupugang "
            "west-10 west-9"
        ),
    ),
    Subdistrict(
        "310110009",
        "四平路街道",
        "Siping Road Subdistrict",
        92_400,
        2.64,
        _path("west-5 siping-zoumatang jiangpu-zoumatang kongjiang-jiangpu west-8 west-7 west-6"),
    ),
    Subdistrict(
        "310110012",
        "控江路街道",
        "Kongjiang Road Subdistrict",
        102_800,
        2.15,
        _path(
            "jiangpu-zoumatang huangxing-zoumatang shuangyang-zoumatang "
            "zhoujiazui-shuangyang zhoujiazui-yangshupugang kongjiang-jiangpu"
        ),
    ),
    Subdistrict(
        "310110013",
        "长白新村街道",
        "Changbai Xincun Subdistrict",
        73_800,
        3.04,
        _path("antu-zoumatang jiamusi-jungong zhoujiazui-jungong zhoujiazui-neijiang"),
    ),
    Subdistrict(
        "310110015",
        "延吉新村街道",
        "Yanji Xincun Subdistrict",
        84_900,
        1.96,
        _path("shuangyang-zoumatang antu-zoumatang zhoujiazui-neijiang zhoujiazui-shuangyang"),
    ),
    Subdistrict(
        "310110016",
        "殷行街道",
        "Yinhang Subdistrict",
        182_500,
        9.52,
        _path(
            "guohe-zhayin zhayin-north river-15 river-14 river-13 river-12 river-11 "
            "river-10 nenjiang-jungong"
        ),
    ),
    Subdistrict(
        "310110018",
        "大桥街道",
        "Daqiao Subdistrict",
        95_400,
        4.38,
        _path(
            "changyang-yangshupugang zhoujiazui-yangshupugang zhoujiazui-shuangyang "
            "zhoujiazui-neijiang longchang-south river-4 river-3 river-2"
        ),
    ),
    Subdistrict(
        "310110019",
        "五角场街道",
        "Wujiaochang Subdistrict",
        144_700,
        7.44,
        _path(
            "west-4 west-3 west-2 west-1 north-5 zhengli-guoquan zhengli-guohe "
            "qiujiang-guohe heishan-xiangyin huangxing-zoumatang jiangpu-zoumatang "
            "siping-zoumatang west-5"
        ),
    ),
    Subdistrict(
        "310110020",
        "新江湾城街道",
        "Xinjiangwancheng Subdistrict",
        69_400,
        8.69,
        _path(
            "zhengli-guoquan north-5 north-4 north-3 north-2 north-1 river-15 zhayin-north "
            "guohe-zhayin zhengli-guohe"
        ),
    ),
    Subdistrict(
        "310110021",
        "长海路街道",
        "Changhai Road Subdistrict",
        166_900,
        8.99,
        _path(
            "zhengli-guohe guohe-zhayin nenjiang-jungong river-10 river-9 island-north "
            "jiamusi-jungong antu-zoumatang shuangyang-zoumatang huangxing-zoumatang "
            "heishan-xiangyin qiujiang-guohe"
        ),
    ),
)
"""All twelve, in the order of their codes; official names, areas and 2020 census."""

_WATERS: tuple[tuple[str, str, str, tuple[tuple[float, float], ...]], ...] = (
    (
        "YP-W1", "黄浦江", "Huangpu River",
        (
            *(_CORNERS[f"river-{n}"] for n in range(16)),
            # The bank on the Yangpu side, upstream; Fuxing Island belongs to it.
            (121.5310, 31.3482), (121.5401, 31.3404), (121.5457, 31.3348), (121.5500, 31.3272),
            (121.5525, 31.3194), (121.5548, 31.3117), (121.5577, 31.3033), (121.5610, 31.2960),
            (121.5618, 31.2880), (121.5599, 31.2780), (121.5548, 31.2695), (121.5466, 31.2640),
            (121.5382, 31.2603), (121.5300, 31.2557), (121.5227, 31.2514), (121.5139, 31.2489),
        ),
    ),
    (
        "YP-W2", "复兴岛运河", "Fuxing Island Canal",
        (
            (121.5535, 31.2685), (121.5537, 31.2755), (121.5543, 31.2850), (121.5556, 31.2930),
            (121.5588, 31.3000), (121.5580, 31.3005), (121.5546, 31.2934), (121.5533, 31.2851),
            (121.5526, 31.2755), (121.5525, 31.2679),
        ),
    ),
)  # fmt: skip

PARKS: tuple[tuple[str, str, str, tuple[tuple[float, float], ...]], ...] = (
    (
        "YP-P1", "共青森林公园", "Gongqing Forest Park",
        ((121.5445, 31.3140), (121.5540, 31.3150), (121.5500, 31.3260), (121.5440, 31.3250)),
    ),
    (
        "YP-P2", "黄兴公园", "Huangxing Park",
        ((121.5235, 31.2950), (121.5295, 31.2955), (121.5305, 31.3000), (121.5245, 31.3000)),
    ),
    (
        "YP-P3", "杨浦公园", "Yangpu Park",
        ((121.5240, 31.2800), (121.5282, 31.2800), (121.5278, 31.2833), (121.5240, 31.2835)),
    ),
    (
        "YP-P4", "新江湾城湿地", "New Jiangwan City Wetland",
        ((121.5060, 31.3360), (121.5120, 31.3360), (121.5115, 31.3420), (121.5065, 31.3425)),
    ),
)  # fmt: skip
"""Parks where nobody lives and no roof is proposed."""

_TO_M = pyproj.Transformer.from_crs(4326, CRS, always_xy=True)
_TO_DEG = pyproj.Transformer.from_crs(CRS, 4326, always_xy=True)


def projected(geometry: BaseGeometry) -> BaseGeometry:
    """Return a geometry given in degrees in metres of :data:`CRS`."""
    return _moved(geometry, _TO_M)


def unprojected(geometry: BaseGeometry) -> BaseGeometry:
    """Return a geometry given in metres of :data:`CRS` in degrees."""
    return _moved(geometry, _TO_DEG)


def _moved(geometry: BaseGeometry, transformer: pyproj.Transformer) -> BaseGeometry:
    def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(transformer.transform(xy[:, 0], xy[:, 1]))

    return shapely.transform(geometry, move)


def borders() -> dict[str, shapely.Polygon]:
    """Return each subdistrict's outline in degrees, by ``area_id``."""
    return {
        one.area_id: shapely.Polygon([_CORNERS[corner] for corner in one.corners])
        for one in SUBDISTRICTS
    }


def district() -> shapely.Polygon:
    """Return the district's outline in degrees: the union of its subdistricts."""
    union = shapely.union_all(list(borders().values()))
    if not isinstance(union, shapely.Polygon):
        raise TypeError(f"the subdistricts leave a {union.geom_type}, not one outline")
    return union


def rivers() -> dict[str, BaseGeometry]:
    """Return the water inside the district in degrees, by ``area_id``."""
    inside = district()
    return {
        area_id: shapely.intersection(shapely.Polygon(ring), inside)
        for area_id, _, _, ring in _WATERS
    }


def areas() -> tuple[list[Mapping[str, str | int | float | None]], list[BaseGeometry]]:
    """Return the rows of the table ``areas`` and their polygons in degrees."""
    shapes = borders()
    water = rivers()

    def row(
        area_id: str, name: str, name_en: str, kind: str, population: int | None,
        area_km2: float | None, source: str, assumed: str,
    ) -> Mapping[str, str | int | float | None]:  # fmt: skip
        year = None if population is None else _CENSUS_YEAR
        return {
            "area_id": area_id, "name": name, "name_en": name_en, "kind": kind,
            "population": population, "census_year": year, "area_km2": area_km2,
            "source": source, "assumed": assumed,
        }  # fmt: skip

    total = sum(one.population for one in SUBDISTRICTS)
    rows = [
        row(
            DISTRICT_ID, "杨浦区", "Yangpu District", "district", total, 60.61,
            _FACTS_SOURCE, "geometry",
        )
    ]  # fmt: skip
    geometries: list[BaseGeometry] = [district()]
    for one in SUBDISTRICTS:
        rows.append(
            row(
                one.area_id, one.name, one.name_en, "subdistrict", one.population, one.area_km2,
                _FACTS_SOURCE, "geometry",
            )
        )  # fmt: skip
        geometries.append(shapes[one.area_id])
    for area_id, name, name_en, _ in _WATERS:
        rows.append(row(area_id, name, name_en, "water", None, None, "general knowledge", "*"))
        geometries.append(water[area_id])
    for area_id, name, name_en, ring in PARKS:
        rows.append(row(area_id, name, name_en, "exclusion", None, None, "general knowledge", "*"))
        geometries.append(shapely.Polygon(ring))
    return rows, geometries
