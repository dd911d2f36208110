"""The web application of a project: the page that people open, and the API others build on.

Everything is read from the project's runs; nothing here computes anything, and but for signing in
and the admins' page every resource answers GET and HEAD only. Each route says which permission it
takes (:mod:`.access`).
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import FastAPI, Query, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import RedirectResponse, Response
from pydantic import ConfigDict, Field
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from .. import __version__
from ..topology.errors import UsageError
from ..topology.project import Project
from .access import admin, sign_in
from .access.body_cap import BodyCap
from .access.callers import Access
from .access.permit import permit, public
from .access.roles import Permission
from .access_pages import admin_page, sign_in_page
from .features import LIMIT_DEFAULT, LIMIT_MAX, PlanQuery, collections_router
from .guard import Guard
from .negotiation import prefers_html, prefers_json
from .pages import error_reply, map_reply, overview_page, page_language
from .problems import PROBLEM_JSON, PROBLEM_SCHEMA, Problem, ProblemError, answer_problems
from .replies import address, here, json_reply, link, tagged
from .served_runs import RunSummary, ServedRun, ServedRuns

__all__ = ["create_app"]

_STATIC = Path(__file__).parent / "static"
_GZIP_FROM_BYTES = 1_000
_GZIP_LEVEL = 6
_MOST_BODY_BYTES = 64 * 1024
_READ = [permit(Permission.MAP_READ)]

_PROBLEM = {"content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"description": "A parameter is unknown or breaks its rule", **_PROBLEM},
    401: {"description": "Whoever asks must say who they are", **_PROBLEM},
    403: {"description": "The caller's role does not allow it", **_PROBLEM},
    404: {"description": "There is no such resource or plan", **_PROBLEM},
    429: {"description": "Too many requests; Retry-After says how long to wait", **_PROBLEM},
    500: {"description": "Something broke in the server", **_PROBLEM},
    503: {"description": "The results are being written anew", **_PROBLEM},
}


class _MapQuery(PlanQuery):
    """Which map, in which language, whole or for a frame."""

    lang: Annotated[str | None, Field(max_length=40, description="zh-CN or en")] = None
    embedded: Annotated[bool, Field(description="Map and legend only, for a frame")] = False


class _RunsQuery(PlanQuery):
    """Which runs of the list."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX, description="Runs a page")] = LIMIT_DEFAULT
    after: Annotated[
        str | None, Field(max_length=64, description="Id of the last run of the page before")
    ] = None


def _clean_root_path(root_path: str) -> str:
    """Return the sub-path with a leading and without a trailing slash.

    Raises
    ------
    UsageError
        It is not a path of plain segments.
    """
    path = root_path.rstrip("/")
    segments = path.split("/")[1:]
    plain = all(part and part.replace("-", "").replace("_", "").replace(".", "").isalnum()
                and part.isascii() for part in segments)  # fmt: skip
    if path and not (path.startswith("/") and plain):
        raise UsageError(
            f"root path {root_path[:80]!r} is not usable; give the sub-path of the reverse proxy "
            "with a leading slash and plain segments, such as /ngbw"
        )
    return path


def _landing(request: Request, project: Project, plan: str | None) -> Response:
    # Pages overlook what messengers add to a shared link; programs are told of their slips.
    unknown = sorted(set(request.query_params) - {"plan", "lang", "f"})
    if unknown:
        errors = [
            {"loc": ["query", name], "msg": "there is no such parameter", "type": "extra_forbidden"}
            for name in unknown
        ]
        raise ProblemError("bad-request", "leave out the parameters that are named", errors=errors)
    settings = project.settings
    return json_reply(
        {
            "title": settings.name_en or settings.name,
            "description": f"Coverage, sites and gaps of {settings.name}",
            "links": [
                link("self", here(request), "This document"),
                link("alternate", address(request, f="html", plan=plan), "This page", "text/html"),
                link("service-desc", address(request, "openapi.json"), "The API", _OPENAPI),
                link("conformance", address(request, "conformance"), "Conformance classes"),
                link("data", address(request, "collections", plan=plan), "Collections"),
                link("related", address(request, "coverage", plan=plan), "Coverage summary"),
                link("related", address(request, "runs"), "Runs"),
                link("related", address(request, "map", plan=plan), "Map", "text/html"),
            ],
        }
    )


_OPENAPI = "application/vnd.oai.openapi+json;version=3.1"


def _coverage(request: Request, served: ServedRun, plan: str | None) -> Response:
    run = served.document
    sites = run["sites"]
    return json_reply(
        {
            "run": served.summary.run_id,
            "names": list(served.summary.names),
            "created": run["created"],
            "project": run["project"],
            "service": run["service"],
            "model": run["model"],
            "coverage": run["coverage"],
            "plan": run["plan"],
            "sites": {name: sites[name] for name in ("count", "budget", "built")},
            "notices": run["notices"],
            "links": [
                link("self", here(request), "Coverage summary"),
                link("collection", address(request, "collections", plan=plan), "Collections"),
            ],
        }
    )


def _run_entry(request: Request, summary: RunSummary, *, newest: bool) -> dict[str, Any]:
    run_id = summary.run_id
    return {
        "id": run_id,
        "names": list(summary.names),
        "created": summary.created,
        "newest": newest,
        "service": summary.service,
        "coverage": {"share": summary.share, "target": summary.target, "met": summary.met},
        "sites": {"count": summary.sites},
        "links": [
            link("alternate", address(request, plan=run_id), "Page", "text/html"),
            link("data", address(request, "collections", plan=run_id), "Collections"),
            link("related", address(request, "coverage", plan=run_id), "Coverage summary"),
        ],
    }


def _run_list(request: Request, runs: ServedRuns, query: _RunsQuery) -> Response:
    summaries = runs.summaries()
    ids = [summary.run_id for summary in summaries]
    entries = [
        _run_entry(request, summary, newest=number == 0) for number, summary in enumerate(summaries)
    ]
    if query.plan is not None:
        chosen = runs.choose(query.plan).summary.run_id
        entries = [entry for entry in entries if entry["id"] == chosen]
    elif query.after is not None:
        if query.after not in ids:
            raise ProblemError("bad-request", "follow the next link of a page; after is a run id")
        entries = entries[ids.index(query.after) + 1 :]
    links = [link("self", here(request), "Runs")]
    if len(entries) > query.limit:
        last = entries[query.limit - 1]["id"]
        following = address(request, "runs", limit=query.limit, after=last)
        links.append(link("next", following, "Next page"))
    return json_reply(
        {"runs": entries[: query.limit], "numberMatched": len(summaries), "links": links}
    )


def _describe_api(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, with the problems that are really sent."""
    schema = get_openapi(
        title="ngbw",
        version=__version__,
        summary="Coverage, sites and gaps of a district's network",
        routes=app.routes,
    )
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            operation["responses"].pop("422", None)  # parameters that break a rule get 400
            if path != "/healthz":
                operation["security"] = [{"key": []}, {}]  # {}: open while there are no accounts
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = PROBLEM_SCHEMA
    schema["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "A key: ngbw key add"}
    }
    return schema


def create_app(
    project: Project,
    *,
    root_path: str = "",
    hosts: Collection[str] = (),
    access: Access | None = None,
) -> FastAPI:
    """Return the web application of a project.

    Parameters
    ----------
    project
        An opened project. Plans made while the application runs are seen at once.
    root_path
        Sub-path under which a reverse proxy offers it, such as ``/ngbw``, whether or not the proxy
        takes it away from the requests it passes on.
    hosts
        Host names, beside those of this machine, by which it may be called.
    access
        Who may do what; without it everybody is a viewer, and nobody can sign in.

    Raises
    ------
    UsageError
        The sub-path cannot be used.
    """
    prefix = _clean_root_path(root_path)
    runs = ServedRuns(project)
    app = FastAPI(
        title="ngbw", version=__version__, docs_url=None, redoc_url=None, openapi_url=None
    )

    app.state.access = access

    def answer(request: Request, problem: Problem) -> Response:
        wants_page = request.method == "GET" and prefers_html(request.headers.get("accept", ""))
        if problem.kind == "sign-in-needed" and wants_page and access is not None:
            query = request.url.query
            after = request.scope["path"] + (f"?{query}" if query else "")
            return RedirectResponse(f"{prefix}/sign-in?" + urlencode({"next": after}), 303)
        return error_reply(request, problem, project)

    answer_problems(app, answer)
    app.add_middleware(GZipMiddleware, minimum_size=_GZIP_FROM_BYTES, compresslevel=_GZIP_LEVEL)
    app.add_middleware(BodyCap, most_bytes=_MOST_BODY_BYTES, answer=answer)
    app.add_middleware(Guard, hosts=frozenset(hosts), root_path=prefix, answer=answer)
    described: dict[str, Any] = {}

    @app.get("/", dependencies=_READ, operation_id="get_landing_page", summary="Overview page, or landing page in JSON",
             response_class=Response, responses=_PROBLEMS)  # fmt: skip
    def landing(
        request: Request,
        plan: Annotated[str | None, Query(max_length=64)] = None,
        lang: Annotated[str | None, Query(max_length=40, description="zh-CN or en")] = None,
        f: Annotated[str | None, Query(pattern="^(json|html)$")] = None,
    ) -> Response:
        json = f == "json" or (f is None and prefers_json(request.headers.get("accept", "")))
        served = runs.choose(plan) if plan else runs.newest()
        if json:
            response = _landing(request, project, plan)
            response.headers["Vary"] = "Accept, Accept-Language"
            return response
        language = page_language(request, project)
        summaries = runs.summaries()

        def make() -> Response:
            return overview_page(request, project, language, served=served, summaries=summaries)

        if served is None:
            return make()
        seen = [f"{one.run_id} {' '.join(one.names)}" for one in summaries]
        return tagged(request, (*served.tag, language, *seen), make, vary="Accept, Accept-Language")

    @app.get("/map", dependencies=_READ, operation_id="get_map", summary="The self-contained map page of a plan",
             response_class=Response, responses=_PROBLEMS)  # fmt: skip
    def map_page(request: Request, query: Annotated[_MapQuery, Query()]) -> Response:
        served = runs.choose(query.plan)
        language = page_language(request, project)

        def make() -> Response:
            return map_reply(runs, served, language, embedded=query.embedded)

        return tagged(request, (*served.tag, language), make, vary="Accept-Language")

    @app.get("/coverage", dependencies=_READ, operation_id="get_coverage", summary="How much a plan covers",
             response_class=Response, responses=_PROBLEMS)  # fmt: skip
    def coverage(request: Request, query: Annotated[PlanQuery, Query()]) -> Response:
        served = runs.choose(query.plan)
        tag = (*served.tag, *served.summary.names)
        return tagged(request, tag, lambda: _coverage(request, served, query.plan))

    @app.get("/runs", dependencies=_READ, operation_id="list_runs", summary="Every run, the newest first",
             response_class=Response, responses=_PROBLEMS)  # fmt: skip
    def run_list(request: Request, query: Annotated[_RunsQuery, Query()]) -> Response:
        return _run_list(request, runs, query)

    @app.get(
        "/healthz",
        dependencies=[public()],
        operation_id="get_health",
        summary="Whether the process is alive",
    )
    def healthz() -> dict[str, str]:
        return {"status": "ok", "version": __version__}

    @app.get("/openapi.json", include_in_schema=False, dependencies=_READ)
    def openapi(request: Request) -> Response:
        if not described:
            described.update(_describe_api(app))
        base = request.scope.get("root_path", "")
        return json_reply({**described, "servers": [{"url": base or "/"}]}, _OPENAPI)

    app.include_router(collections_router(runs, _PROBLEMS), dependencies=_READ)
    app.include_router(
        sign_in.router(
            lambda request, after, failed: sign_in_page(request, project, after, failed=failed)
        )
    )
    app.include_router(admin.router(lambda request, view: admin_page(request, project, view)))
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    return app
