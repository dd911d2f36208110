"""Where service comes from: the sites named in the settings, else by kind."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from .errors import InputError, MissingError

__all__ = ["service_roots"]


def service_roots(sites: pd.DataFrame, given: Sequence[str] | None = None) -> tuple[list[str], str]:
    """Return the roots of service and the rule that gave them.

    Parameters
    ----------
    sites
        Rows of the table ``sites``.
    given
        Sites that ``[network] roots`` names; found by kind when empty: head-ends that stand, or
        without those exchanges and data centres.

    Returns
    -------
    list of str
        Site ids, each once.
    str
        ``setting``, ``headend`` or ``exchange-idc``.

    Raises
    ------
    MissingError
        A named root is no site.
    InputError
        Nothing says where service comes from.
    """
    if given:
        missing = sorted(set(given) - set(sites["site_id"]))
        if missing:
            raise MissingError(
                f"network.roots names {missing[0]!r}, which is no site of the network; name rooms "
                "that stand, such as head-ends"
            )
        return list(dict.fromkeys(given)), "setting"
    stands = sites["state"].isin(["built", "planned"])
    for kinds in (("headend",), ("exchange", "idc")):
        found = sites.loc[stands & sites["kind"].isin(kinds), "site_id"]
        if len(found):
            return list(found), "-".join(kinds)
    raise InputError(
        "the network has no head-end, exchange or data centre that stands, so nothing says where "
        'service comes from; name sites in ngbw.toml: [network] roots = ["SITE"]'
    )
