import re

import folium
import pytest

from ngbw.maps.offline import (
    MissingAssetError,
    content_security_policy,
    inline,
    outside_links,
)


def page(head: str, body: str = "") -> str:
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8">{head}</head><body>{body}</body></html>'
    )


def test_a_plain_folium_map_becomes_self_contained() -> None:
    stock = folium.Map(tiles=None).get_root().render()
    assert outside_links(stock)
    done = inline(stock)
    assert outside_links(done) == []
    assert "Leaflet 1.9.4" in done
    assert "jquery" not in re.sub(r"(?s)<script>.*?</script>", "", done).lower()


@pytest.mark.parametrize(
    "link",
    [
        '<script src="https://cdn.example/heat@latest/heat.js"></script>',
        '<link rel="stylesheet" href="https://cdn.example/pretty.css"/>',
        '<script src="//cdn.example/leaflet.js"></script>',
        '<script async src="https://cdn.example/a.js"></script>',
        '<link href="https://cdn.example/a.css" rel=stylesheet>',
        '<img src="https://tiles.example/1/1/1.png">',
        '<img srcset="https://tiles.example/1.png 2x">',
        '<a href="https://elsewhere.example">x</a>',
        '<form action="https://elsewhere.example"></form>',
        '<div style="background:url(https://elsewhere.example/a.png)"></div>',
        "<style>@import 'https://fonts.example/css';</style>",
        "<style>@font-face { src: url(https://fonts.example/a.woff2) }</style>",
        '<script src="leaflet.js"></script>',
        '<svg><use xlink:href="https://elsewhere.example/a.svg#b"/></svg>',
    ],
)
def test_an_unknown_link_is_refused_however_it_is_written(link: str) -> None:
    with pytest.raises(MissingAssetError, match="links to"):
        inline(page(link))


def test_links_within_the_page_and_pictures_in_it_are_allowed() -> None:
    inside = page(
        "<style>p { fill: url(#hatch) } q { background: url(data:image/png;base64,AA==) }</style>",
        '<a href="#gaps">x</a><img src="data:image/png;base64,AA==">',
    )
    assert outside_links(inline(inside)) == []


def test_text_that_looks_like_a_link_is_text() -> None:
    shown = page("", "<p>&lt;img src=&quot;https://elsewhere.example&quot;&gt;</p>")
    assert outside_links(inline(shown)) == []


def test_no_vendored_script_can_end_its_element() -> None:
    done = inline(
        page('<script src="https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js"></script>')
    )
    assert done.lower().count("</script") == 1


def test_the_policy_names_every_script_of_the_page_and_no_other_source() -> None:
    policy = content_security_policy(page("<script>one()</script>", "<script>two()</script>"))
    assert policy.count("'sha256-") == 2
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy.split("style-src")[0]


def test_the_policy_stands_behind_the_charset() -> None:
    done = inline(page("<script>one()</script>"))
    assert done.index("charset") < done.index("Content-Security-Policy") < 1024
    assert done.index("Content-Security-Policy") < done.index("<script>")
