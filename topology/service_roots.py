"""Where service comes from: the sites named in the settings, else by kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from .errors import InputError, MissingError

__all__ = ["ServiceRoots", "assumed_roots", "service_roots"]


@dataclass(frozen=True, slots=True)
class ServiceRoots:
    """Where service comes from, and how far that can be trusted.

    Attributes
    ----------
    ids
        Sites, each once.
    rule
        ``setting``, ``headend`` or ``exchange-idc``.
    kind_assumed
        Roots whose kind the table ``sites`` marks as assumed: they are roots only because a reader
        took them for one. Empty where the setting names the roots.
    """

    ids: tuple[str, ...]
    rule: str
    kind_assumed: tuple[str, ...] = ()


def assumed_roots(roots: ServiceRoots) -> str:
    """Return why nothing can be told of failures where the kind of roots is assumed; else ""."""
    guessed = roots.kind_assumed
    if not guessed:
        return ""
    return (
        f"where service comes from is assumed: the kind of {len(guessed)} of {len(roots.ids)} "
        f"roots ({', '.join(guessed[:3])}{', ...' if len(guessed) > 3 else ''}) is a guess; name "
        'the roots in ngbw.toml: [network] roots = ["SITE"], or correct kind and assumed in the '
        "table sites"
    )


def service_roots(sites: pd.DataFrame, given: Sequence[str] | None = None) -> ServiceRoots:
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
    ServiceRoots
        Their ids, the rule that gave them, and those whose kind is assumed.

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
        return ServiceRoots(tuple(dict.fromkeys(given)), "setting")
    stands = sites["state"].isin(["built", "planned"])
    for kinds in (("headend",), ("exchange", "idc")):
        found = sites[stands & sites["kind"].isin(kinds)]
        if len(found):
            # A row that is assumed as a whole was drawn up as that kind; a kind that is assumed
            # by itself belongs to a thing of which nobody said what it is.
            guessed = ["kind" in str(cell).split() for cell in found["assumed"]]
            return ServiceRoots(
                tuple(found["site_id"]), "-".join(kinds), tuple(found.loc[guessed, "site_id"])
            )
    raise InputError(
        "the network has no head-end, exchange or data centre that stands, so nothing says where "
        'service comes from; name sites in ngbw.toml: [network] roots = ["SITE"]'
    )
