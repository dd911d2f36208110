"""Pages that need no network: every script, style and picture goes into the page itself.

folium writes links to content delivery networks. :func:`inline` puts the vendored copy in the
place of the links that a page needs, drops those it does not (bootstrap, jQuery and icon fonts
serve parts of folium that are not used), and refuses any other, so that a new plugin cannot make
a government intranet's page depend on the internet. The page then gets a content security policy
that allows exactly its own scripts: even a text that escaped escaping would not run.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from ..topology.errors import NgbwError

__all__ = ["MissingAssetError", "content_security_policy", "inline", "outside_links"]

_VENDOR = Path(__file__).parent / "vendor"

_REPLACED = {
    re.compile(r"https://[^/]+/(npm/)?leaflet@1\.9\.\d+/dist/leaflet\.js"): "leaflet.js",
    re.compile(r"https://[^/]+/(npm/)?leaflet@1\.9\.\d+/dist/leaflet\.css"): "leaflet.css",
}

_DROPPED = re.compile(
    r"""https://[^/]+/(.*/)?(
        jquery-[\d.]+(\.min)?\.js
        | bootstrap(@[\d.]+)?/.*
        | @?fortawesome/.*
        | Leaflet\.awesome-markers/.*
        | leaflet\.awesome\.rotate(\.min)?\.css
    )""",
    re.VERBOSE,
)

_SCRIPT_LINK = re.compile(r'<script\s+src="([^"]*)"\s*>\s*</script>')
_STYLE_LINK = re.compile(r'<link\s+rel="stylesheet"\s+href="([^"]*)"\s*/?>')
_CSS_URL = re.compile(r"""url\(\s*["']?([^"')]*)["']?\s*\)""")
_LINKING = {
    "action",
    "background",
    "cite",
    "data",
    "formaction",
    "href",
    "poster",
    "src",
    "srcset",
    "xlink:href",
}
# The declaration of the charset has to stay among the first bytes of the page.
_HEAD = re.compile(r"<head>(\s*<meta charset=[^>]*>)?")


class MissingAssetError(NgbwError, LookupError):
    """A page links to something that is not vendored, and would need the network."""

    exit_code = 6


@cache
def _vendored(name: str) -> str:
    content = (_VENDOR / name).read_text(encoding="utf-8")
    return _CSS_URL.sub(_no_picture, content) if name.endswith(".css") else content


def _no_picture(match: re.Match[str]) -> str:
    """Take Leaflet's pictures out: they belong to its default markers, which no page uses."""
    return match[0] if match[1].startswith("#") else "none"


def _asset(url: str) -> str | None:
    """Return the vendored file that stands in for a link; None for one that is not needed."""
    for pattern, name in _REPLACED.items():
        if pattern.fullmatch(url):
            return name
    if _DROPPED.fullmatch(url):
        return None
    raise MissingAssetError(
        f"the page links to {url!r}, which is not vendored, so it would need the network; "
        "copy the file to maps/vendor and name it in maps/offline.py, or do without it"
    )


def _enclosed(name: str, tag: str) -> str:
    """Return a vendored file as an element; nothing in it can end the element early."""
    # "<\/" means "</" inside a string of JavaScript or CSS, and nothing to HTML.
    content = re.sub(f"</({tag})", r"<\\/\1", _vendored(name), flags=re.IGNORECASE)
    return f"<{tag}>{content}</{tag}>"


def _script(match: re.Match[str]) -> str:
    name = _asset(match[1])
    return _enclosed(name, "script") if name else ""


def _style(match: re.Match[str]) -> str:
    name = _asset(match[1])
    return _enclosed(name, "style") if name else ""


class _Page(HTMLParser):
    """Collects the links of a page and the text of its scripts and styles."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: list[str] = []
        self.scripts: list[str] = []
        self._inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag if tag in ("script", "style") else ""
        values = dict(attrs)
        if tag == "script" and "src" not in values:
            if (values.get("type") or "text/javascript") == "text/javascript":
                self.scripts.append("")
            else:
                self._inside = ""
        for name, value in attrs:
            if name in _LINKING and value is not None:
                self.links.append(value)
            elif name == "style" and value:
                self.links.extend(_CSS_URL.findall(value))

    def handle_data(self, data: str) -> None:
        if self._inside == "style":
            self.links.extend(_CSS_URL.findall(data))
            self.links.extend(re.findall(r"@import\s+[\"']([^\"']*)", data))
        elif self._inside == "script" and self.scripts:
            self.scripts[-1] += data

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""


def _read(html: str) -> _Page:
    page = _Page()
    page.feed(html)
    page.close()
    return page


def outside_links(html: str) -> list[str]:
    """Return every link of a page that a browser would fetch or follow from elsewhere.

    Looks at the attributes that link (``src``, ``href`` and the like) and at ``url()`` and
    ``@import`` in styles. ``data:`` and links within the page are not outside.
    """
    return [
        link
        for link in _read(html).links
        if link and not link.startswith(("#", "data:image/", "data:,"))
    ]


def content_security_policy(html: str) -> str:
    """Return the policy that lets a page run its own inline scripts and nothing else.

    Parameters
    ----------
    html
        A page without outside links.

    Returns
    -------
    str
        For the ``Content-Security-Policy`` header or the meta element of that name.
    """
    hashes = []
    for script in _read(html).scripts:
        digest = hashlib.sha256(script.encode("utf-8")).digest()
        hashes.append(f"'sha256-{base64.b64encode(digest).decode('ascii')}'")
    allowed = " ".join(dict.fromkeys(hashes)) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def inline(html: str) -> str:
    """Make a page of folium self-contained.

    Parameters
    ----------
    html
        The page with folium's links to content delivery networks.

    Returns
    -------
    str
        The same page with vendored files in place of the links, and a policy in its head.

    Raises
    ------
    MissingAssetError
        The page links to anything else outside itself; nothing is fetched to find out.
    """
    page = _STYLE_LINK.sub(_style, _SCRIPT_LINK.sub(_script, html))
    for link in outside_links(page):
        _asset(link)  # whatever is left is not vendored, however it is written
        raise MissingAssetError(
            f"the page links to {link!r} in a way that cannot be inlined; write it as a plain "
            "script or stylesheet link"
        )
    policy = content_security_policy(page)
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
    return _HEAD.sub(lambda match: match[0] + meta, page, count=1)
