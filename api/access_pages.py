"""The pages of signing in and of the admins."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import Request
from fastapi.responses import Response

from ..maps import figures
from ..maps.bilingual import named
from ..maps.words import text, word_or_raw
from ..topology.project import Project
from .access.admin import AdminView
from .access.roles import Role
from .pages import FORM_POLICY, html_page, language_links, page_language

__all__ = ["admin_page", "sign_in_page"]


def sign_in_page(request: Request, project: Project, after: str, *, failed: bool) -> Response:
    """Return the page to sign in on."""
    language = page_language(request, project)
    page = html_page(
        "sign_in.html",
        language,
        policy=FORM_POLICY,
        title=text("access.sign_in", language),
        project=named(project.settings.name, project.settings.name_en).in_language(language),
        after=after,
        failed=failed,
        languages=language_links(request, language),
        root=request.scope.get("root_path", "") + "/",
    )
    page.headers["Cache-Control"] = "no-store"
    return page


def admin_page(request: Request, project: Project, view: AdminView) -> Response:
    """Return the page of people, keys and deeds."""
    language = page_language(request, project)
    zone = project.settings.timezone or "UTC"
    now_s = view.access.clock()

    def moment(at_s: float | None) -> str:
        if at_s is None:
            return ""
        return figures.moment(datetime.fromtimestamp(at_s, UTC).isoformat(), zone, language)

    entries = view.entries
    oldest = entries[-1][0] if entries else 0
    page = html_page(
        "admin.html",
        language,
        policy=FORM_POLICY,
        title=text("access.admin", language),
        me=view.caller,
        roles=[(role.value, text(f"role.{role.value}", language)) for role in Role],
        people=[
            {"name": one.name, "role": one.role.value, "made": moment(one.made_s),
             "disabled": one.disabled}
            for one in view.access.accounts.people()
        ],
        keys=[
            {"id": one.key_id, "label": one.label, "role": text(f"role.{one.role}", language),
             "expires": moment(one.expires_s), "used": moment(one.used_s),
             "open": one.holds(now_s), "revoked": one.revoked_s is not None}
            for one in view.access.accounts.api_keys()
        ],
        entries=[
            {"at": moment(one.at_s), "who": one.who,
             "deed": word_or_raw("deed", one.deed, language), "subject": one.subject,
             "outcome": word_or_raw("deed_outcome", one.outcome, language),
             "refused": one.outcome != "done", "address": one.address,
             "change": ", ".join(f"{name} {value}" for name, value in one.change.items())}
            for _, one in entries
        ],
        older=oldest if oldest > 1 else 0,
        new_key=view.new_key,
        problem=view.problem,
        languages=language_links(request, language),
        root=request.scope.get("root_path", "") + "/",
    )  # fmt: skip
    page.headers["Cache-Control"] = "no-store"
    return page
