"""What a plan says of antennas is said in both languages, with the file and the number of cells."""

from __future__ import annotations

from typing import get_type_hints

import pytest

from ngbw.coverage.antenna.standing import Disagreement
from ngbw.maps.notices import notices


@pytest.mark.parametrize("key", get_type_hints(Disagreement)["key"].__args__)
def test_each_disagreement_has_its_words(key):
    (said,) = notices({"notices": [{"key": key, "count": 3, "kind": "panel.msi", "share": None}]})
    for language in ("zh-CN", "en"):
        text = str(said.in_language(language))
        assert "panel.msi" in text
        assert "3" in text
