"""Where watched things belong: a port to its device, a device to its site, a site to its area."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...topology.network import Network
from ..observations import Resource, resource

__all__ = ["NOWHERE", "Placement", "device_of", "names_in", "placement_of"]


def names_in(of: Resource) -> tuple[str, tuple[str, ...]]:
    """Return the kind of a resource and the names in it, as they were before they were joined.

    Examples
    --------
    >>> names_in("port:R1/xe-0%2F0%2F1")
    ('port', ('R1', 'xe-0/0/1'))
    """
    kind, _, rest = of.partition(":")
    return kind, tuple(n.replace("%2F", "/").replace("%25", "%") for n in rest.split("/"))


def device_of(of: Resource) -> str:
    """Return the device of a device, a port or a sensor; "" for anything else."""
    kind, names = names_in(of)
    return names[0] if kind in ("device", "port", "sensor") else ""


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """Where devices, sites and links are.

    Attributes
    ----------
    site_of_device, role_of_device
        Of each device.
    area_of_site, kind_of_site, name_of_site
        Of each site.
    ends_of_link
        The two sites of each link.
    names
        What people call a device.
    """

    site_of_device: Mapping[str, str] = field(default_factory=dict)
    role_of_device: Mapping[str, str] = field(default_factory=dict)
    name_of_device: Mapping[str, str] = field(default_factory=dict)
    area_of_site: Mapping[str, str] = field(default_factory=dict)
    kind_of_site: Mapping[str, str] = field(default_factory=dict)
    name_of_site: Mapping[str, str] = field(default_factory=dict)
    ends_of_link: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        """Whether there is a network at all to hold names against."""
        return bool(self.area_of_site)

    def sites(self, of: Resource) -> tuple[str, ...]:
        """Return the sites at which a resource stands or ends."""
        kind, names = names_in(of)
        if kind == "site":
            return names[:1]
        if kind == "link":
            return self.ends_of_link.get(names[0], ())
        site = self.site_of_device.get(device_of(of), "")
        return (site,) if site else ()

    def lineage(self, of: Resource) -> tuple[Resource, ...]:
        """Return the resource and what it stands on, nearest first: port, device, site, area.

        Examples
        --------
        >>> placed = Placement({"R1": "S"}, area_of_site={"S": "D"})
        >>> placed.lineage("port:R1/eth0")
        ('port:R1/eth0', 'device:R1', 'site:S', 'area:D')
        """
        found = [of]
        device = device_of(of)
        if device:
            found.append(resource("device", device))
        for site in self.sites(of):
            found.append(resource("site", site))
            area = self.area_of_site.get(site, "")
            if area:
                found.append(resource("area", area))
        return tuple(dict.fromkeys(found))


NOWHERE = Placement()
"""Where things are when there is no network."""


def placement_of(network: Network) -> Placement:
    """Return where the devices, sites and links of a network are."""
    devices, sites, links = network.devices, network.sites, network.links

    def columns(frame: object, key: str, value: str) -> dict[str, str]:
        return dict(zip(frame[key], frame[value].fillna(""), strict=True))  # type: ignore[index]

    ends = zip(links["a_site"], links["b_site"], strict=True)
    return Placement(
        columns(devices, "device_id", "site_id"),
        columns(devices, "device_id", "role"),
        columns(devices, "device_id", "name"),
        columns(sites, "site_id", "area_id"),
        columns(sites, "site_id", "kind"),
        columns(sites, "site_id", "name"),
        dict(zip(links["link_id"], ends, strict=True)),
    )
