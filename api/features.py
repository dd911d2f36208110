"""The results as OGC API Features (Part 1: Core), so that QGIS and other programs open them.

``/collections/{sites,gaps,areas,places}/items`` give GeoJSON in WGS-84 longitude and latitude
(CRS84). Pages follow each other by key: ``after`` is the id of the last feature seen, and a link
to the next page names the run, so that a plan made in between does not mix into it. Features have
no time of their own, so ``datetime`` is checked and every feature matches it, as the standard says.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, LiteralString

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError

from .problems import ProblemError
from .replies import GEOJSON, address, here, json_reply, link, tagged
from .served_runs import COLLECTIONS, FeatureTable, ServedRun, ServedRuns

__all__ = [
    "CONFORMANCE",
    "CollectionId",
    "ItemsQuery",
    "PlanQuery",
    "collections_router",
    "page_of",
]

CONFORMANCE = (
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
)
"""Conformance classes that hold; tests hold us to each."""

LIMIT_DEFAULT = 100
LIMIT_MAX = 1000

_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_TITLES = {
    "sites": ("Sites", "Sites of the plan, in the order of choice"),
    "gaps": ("Gaps", "Areas in which residents are not served, the most people first"),
    "areas": ("Areas", "The district, its subdistricts and areas of exclusion"),
    "places": ("Places", "Important places, and whether each is served"),
}
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d([Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d))?")

CollectionId = Literal["sites", "gaps", "areas", "places"]


class PlanQuery(BaseModel):
    """Which plan is meant."""

    model_config = ConfigDict(extra="forbid")

    plan: Annotated[
        str | None,
        Field(min_length=1, max_length=64, description="Plan name or run id; the newest without"),
    ] = None


class ItemsQuery(PlanQuery):
    """Which features are meant, and how many at once."""

    bbox: Annotated[
        str | None,
        Field(
            max_length=200,
            description=(
                "west,south,east,north in degrees (CRS84), or six numbers with heights, which "
                "match everything as features have none; west > east crosses the date line"
            ),
            examples=["121.45,31.25,121.58,31.38"],
        ),
    ] = None
    datetime: Annotated[
        str | None,
        Field(max_length=100, description="Instant or interval (RFC 3339); features have no time"),
    ] = None
    limit: Annotated[
        int, Field(ge=1, description=f"Features a page; at most {LIMIT_MAX} are given")
    ] = LIMIT_DEFAULT
    after: Annotated[
        str | None, Field(max_length=200, description="Id of the last feature of the page before")
    ] = None

    @field_validator("limit")
    @classmethod
    def _at_most(cls, limit: int) -> int:
        # The standard wants a larger number to be cut, not refused.
        return min(limit, LIMIT_MAX)

    @field_validator("bbox")
    @classmethod
    def _is_box(cls, text: str | None) -> str | None:
        if text is not None:
            boxes_of(text)
        return text

    @field_validator("datetime")
    @classmethod
    def _is_time(cls, text: str | None) -> str | None:
        if text is not None:
            _check_time(text)
        return text


def _refusal(kind: LiteralString, rule: str) -> PydanticCustomError:
    return PydanticCustomError(kind, "{rule}", {"rule": rule})


def boxes_of(text: str) -> tuple[tuple[float, float, float, float], ...]:
    """Return the box that a ``bbox`` parameter means; two where it crosses the date line.

    Raises
    ------
    PydanticCustomError
        It is not four or six numbers in range and in order.
    """
    parts = text.split(",")
    if len(parts) not in (4, 6) or not all(_NUMBER.fullmatch(part) for part in parts):
        raise _refusal("bbox_form", "give west,south,east,north in degrees as plain numbers")
    numbers = [float(part) for part in parts]
    if len(numbers) == 6:
        west, south, lowest, east, north, highest = numbers
        if not lowest <= highest:
            raise _refusal("bbox_height", "the first height must not be above the second")
    else:
        west, south, east, north = numbers
    if not all(math.isfinite(value) for value in numbers):
        raise _refusal("bbox_form", "give west,south,east,north in degrees as plain numbers")
    if not (-180 <= west <= 180 and -180 <= east <= 180):
        raise _refusal("bbox_longitude", "longitudes (first and third) must be from -180 to 180")
    if not -90 <= south <= north <= 90:
        raise _refusal(
            "bbox_latitude",
            "latitudes (second and fourth) must be from -90 to 90, the southern one first",
        )
    if west <= east:
        return ((west, south, east, north),)
    return ((west, south, 180.0, north), (-180.0, south, east, north))


def _check_time(text: str) -> None:
    """Refuse what is neither an instant nor an interval from earlier to later.

    At most one end of an interval may be open.
    """
    ends = text.split("/")
    rule = "give a date, a time with zone, or two of them with / between; .. is an open end"
    open_ends = [end in ("", "..") for end in ends]
    if len(ends) > 2 or all(open_ends) or (len(ends) == 1 and open_ends[0]):
        raise _refusal("datetime_form", rule)
    instants: list[dt.datetime] = []
    for end, is_open in zip(ends, open_ends, strict=True):
        if is_open:
            continue
        try:
            if not _INSTANT.fullmatch(end):
                raise ValueError
            instant = dt.datetime.fromisoformat(end.upper())
        except ValueError:
            raise _refusal("datetime_form", rule) from None
        # A date has no zone and stands in UTC; as the end of an interval it lasts all day.
        if instant.tzinfo is None:
            last = dt.time.max if instants else dt.time.min
            instant = dt.datetime.combine(instant, last, dt.UTC)
        instants.append(instant)
    if len(instants) == 2 and instants[0] > instants[1]:
        raise _refusal("datetime_order", "the first time must not be after the second")


def page_of(table: FeatureTable, query: ItemsQuery) -> tuple[list[Mapping[str, Any]], int, bool]:
    """Return the features of one page, how many match in all, and whether there are more.

    Raises
    ------
    ProblemError
        ``after`` is not the id of a feature.
    """
    if query.bbox is None:
        matched = list(range(len(table.features)))
    else:
        matched = [int(position) for position in table.within(boxes_of(query.bbox))]
    begin = 0
    if query.after is not None:
        last = table.positions.get(query.after)
        if last is None:
            rule = {"loc": ["query", "after"], "msg": "no feature has this id", "type": "missing"}
            raise ProblemError(
                "bad-request", "follow the next link of a page; after is an id", errors=[rule]
            )
        begin = next((n for n, position in enumerate(matched) if position > last), len(matched))
    chosen = matched[begin : begin + query.limit]
    more = begin + query.limit < len(matched)
    return [table.features[position] for position in chosen], len(matched), more


def _describe(request: Request, runs: ServedRuns, served: ServedRun | None,
              name: str, plan: str | None) -> dict[str, Any]:  # fmt: skip
    title, description = _TITLES[name]
    described: dict[str, Any] = {
        "id": name,
        "title": title,
        "description": description,
        "itemType": "feature",
        "crs": [_CRS84],
        "links": [
            link("self", address(request, f"collections/{name}", plan=plan), title),
            link("items", address(request, f"collections/{name}/items", plan=plan), title, GEOJSON),
        ],
    }
    extent = None if served is None else runs.features(served, name).extent()
    if extent is not None:
        described["extent"] = {"spatial": {"bbox": [extent], "crs": _CRS84}}
    return described


def _feature_with_links(
    request: Request, feature: Mapping[str, Any], name: str, plan: str | None
) -> dict[str, Any]:
    path = f"collections/{name}"
    return {
        **feature,
        "links": [
            link("self", here(request), "This feature", GEOJSON),
            link("collection", address(request, path, plan=plan), _TITLES[name][0]),
        ],
    }


def collections_router(runs: ServedRuns, responses: dict[int | str, dict[str, Any]]) -> APIRouter:
    """Return the routes of OGC API Features.

    Parameters
    ----------
    responses
        Problems that every route may answer, for the description of the API.
    """
    router = APIRouter(tags=["features"], responses=responses)
    geojson: dict[int | str, dict[str, Any]] = {
        200: {"content": {GEOJSON: {"schema": {"type": "object"}}}}
    }

    @router.get("/conformance", operation_id="get_conformance", summary="Conformance classes")
    def conformance() -> dict[str, list[str]]:
        return {"conformsTo": list(CONFORMANCE)}

    @router.get("/collections", operation_id="list_collections", summary="Every collection")
    def list_collections(request: Request, query: Annotated[PlanQuery, Query()]) -> Response:
        served = runs.newest() if query.plan is None else runs.choose(query.plan)

        def make() -> Response:
            plan = query.plan
            return json_reply(
                {
                    "links": [link("self", here(request), "Collections")],
                    "collections": [
                        _describe(request, runs, served, name, plan) for name in COLLECTIONS
                    ],
                }
            )

        return make() if served is None else tagged(request, served.tag, make)

    @router.get(
        "/collections/{collection_id}",
        operation_id="get_collection",
        summary="What a collection holds",
    )
    def get_collection(
        request: Request, collection_id: CollectionId, query: Annotated[PlanQuery, Query()]
    ) -> Response:
        served = runs.newest() if query.plan is None else runs.choose(query.plan)

        def make() -> Response:
            return json_reply(_describe(request, runs, served, collection_id, query.plan))

        return make() if served is None else tagged(request, served.tag, make)

    @router.get(
        "/collections/{collection_id}/items",
        operation_id="list_features",
        summary="Features of a collection, by page",
        responses=geojson,
        response_class=Response,
    )
    def list_features(
        request: Request, collection_id: CollectionId, query: Annotated[ItemsQuery, Query()]
    ) -> Response:
        served = runs.choose(query.plan)

        def make() -> Response:
            features, matched, more = page_of(runs.features(served, collection_id), query)
            path = f"collections/{collection_id}"
            links = [
                link("self", here(request), "This page", GEOJSON),
                link("collection", address(request, path, plan=query.plan),
                     _TITLES[collection_id][0]),
            ]  # fmt: skip
            if more:
                following = address(
                    request, f"{path}/items",
                    plan=served.summary.run_id, bbox=query.bbox, datetime=query.datetime,
                    limit=query.limit, after=str(features[-1]["id"]),
                )  # fmt: skip
                links.append(link("next", following, "Next page", GEOJSON))
            return json_reply(
                {
                    "type": "FeatureCollection",
                    "run": served.summary.run_id,
                    "numberMatched": matched,
                    "numberReturned": len(features),
                    "links": links,
                    "features": features,
                },
                GEOJSON,
            )

        return tagged(request, served.tag, make)

    @router.get(
        "/collections/{collection_id}/items/{feature_id:path}",
        operation_id="get_feature",
        summary="One feature",
        responses=geojson,
        response_class=Response,
    )
    def get_feature(
        request: Request,
        collection_id: CollectionId,
        feature_id: Annotated[str, Path(max_length=200)],
        query: Annotated[PlanQuery, Query()],
    ) -> Response:
        served = runs.choose(query.plan)
        table = runs.features(served, collection_id)
        position = table.positions.get(feature_id)
        if position is None:
            raise ProblemError("not-found", "the collection has no feature with this id")

        def make() -> Response:
            feature = table.features[position]
            return json_reply(
                _feature_with_links(request, feature, collection_id, query.plan), GEOJSON
            )

        return tagged(request, served.tag, make)

    return router
