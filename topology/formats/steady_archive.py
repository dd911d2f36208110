"""Makes office files the same bytes every time: one time for every member and in the properties.

XLSX and DOCX are ZIP archives whose writers put the clock into them, so that two files of the same
content differ. Here they are packed again with the time they are about.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime

__all__ = ["steady_archive"]

_TIME = (1980, 1, 1, 0, 0, 0)
_STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(</dcterms:\2>)")


def steady_archive(data: bytes, when: datetime) -> bytes:
    """Return an office file with its times taken from ``when`` instead of the clock."""
    out = io.BytesIO()
    stamp = when.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(out, "w") as packed:
        for name in archive.namelist():
            content = archive.read(name)
            if name == "docProps/core.xml":
                content = _STAMP.sub(rb"\g<1>" + stamp + rb"\g<3>", content)
            packed.writestr(zipfile.ZipInfo(name, _TIME), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
