"""The tables of the model: what a district's network is, declared once.

Everything that reads, writes, checks, documents or serves tables does so from this module.
Longitude and latitude are WGS-84 degrees; heights are metres above ground unless the name says
otherwise; ``assumed`` names the columns of the row that were assumed, ``*`` for the whole row.
"""

from __future__ import annotations

from .cell_forms import host_form, metric_form, metrics_form, pon_class_form, split_form
from .named_files import BUILT_IN_ANTENNAS
from .schema import Column, Table

__all__ = ["TABLES", "find_table"]


def _key(name: str, what: str) -> Column:
    return Column(name, "id", f"Names the {what}; unique in its table", required=True)


def _position() -> tuple[Column, Column]:
    return (
        Column("lon", "number", "Longitude, WGS-84", "deg", -180, 180, required=True),
        Column("lat", "number", "Latitude, WGS-84", "deg", -90, 90, required=True),
    )


def _origin() -> tuple[Column, Column]:
    return (
        Column("source", "text", "Where the row's facts come from"),
        Column("assumed", "text", "Columns whose value is assumed, separated by spaces; * for all"),
    )


_AREA = Column(
    "area_id", "id", "Subdistrict; found from the position when empty", references="areas.area_id"
)

SITES = Table(
    "sites",
    "site_id",
    "Places with equipment, or candidates for it",
    "point",
    (
        _key("site_id", "site"),
        Column("name", "text", "What people call it"),
        Column(
            "kind",
            "text",
            "What stands or would stand there",
            choices=(
                "ngb-w",
                "base-station",
                "headend",
                "olt",
                "idc",
                "building",
                "exchange",
                "wifi",
            ),
            default="ngb-w",
        ),
        Column(
            "state",
            "text",
            "built and planned sites are always in a plan, candidates may be, forbidden never",
            choices=("built", "planned", "candidate", "forbidden"),
            default="candidate",
        ),
        *_position(),
        _AREA,
        Column("roof_height_m", "number", "Height of the roof above ground", "m", 0, 700),
        Column("antenna_height_m", "number", "Height of the antenna above ground", "m", 1, 700),
        Column("category", "text", "Sort of place (telecom_site, school, ...)"),
        Column("cost", "number", "Cost of using the site, in the project's unit", "", 0),
        Column("accuracy_m", "number", "How exact the position is", "m", 0),
        *_origin(),
    ),
)

CELLS = Table(
    "cells",
    "cell_id",
    "Transmitters: a carrier with its power and antenna",
    "none",
    (
        _key("cell_id", "cell"),
        Column("site_id", "id", "Where it stands", references="sites.site_id", required=True),
        Column("technology", "text", "ngb-w, dtmb, lte, wifi, tetra, ...", default="ngb-w"),
        Column("freq_mhz", "number", "Carrier frequency", "MHz", 30, 100_000),
        Column("bandwidth_mhz", "number", "Occupied bandwidth", "MHz", 0.01, 2000),
        Column("power_dbm", "number", "Transmitter power at the feeder's input", "dBm", -50, 90),
        Column(
            "antenna",
            "text",
            "Pattern: built in, or a file .msi, .pln, .az and .el (a pair by its stem)",
            choices=BUILT_IN_ANTENNAS,
            or_file=True,
        ),
        Column(
            "gain_dbi",
            "number",
            "Antenna gain in the main direction; the pattern file's when empty",
            "dBi",
            -20,
            60,
        ),
        Column("feeder_loss_db", "number", "Loss between transmitter and antenna", "dB", 0, 30),
        Column("azimuth_deg", "number", "Main direction, clockwise from north", "deg", 0, 360),
        Column(
            "tilt_deg",
            "number",
            "Electrical downtilt: the beam sinks in every direction alike, positive below the "
            "horizon; the pattern file's when empty",
            "deg",
            -90,
            90,
        ),
        Column(
            "mech_tilt_deg",
            "number",
            "Mechanical downtilt: the antenna leans, so the beam sinks in front, rises behind and "
            "stays at the sides; the pattern file's or 0 when empty",
            "deg",
            -90,
            90,
        ),
        Column("height_m", "number", "Antenna above ground; the site's when empty", "m", 1, 700),
        Column("sfn_group", "id", "Single-frequency network it belongs to"),
        *_origin(),
    ),
)

DEVICES = Table(
    "devices",
    "device_id",
    "What SNMP talks to",
    "none",
    (
        _key("device_id", "device"),
        Column("site_id", "id", "Where it stands", references="sites.site_id", required=True),
        Column("name", "text", "Host name or label"),
        Column(
            "role",
            "text",
            "Part of the network it belongs to",
            choices=("backbone", "access", "idc", "radio", "cpe", "other"),
            default="other",
        ),
        Column("vendor", "text", "Maker"),
        Column("model", "text", "Maker's name of the model"),
        Column("mgmt_address", "text", "IPv4 or IPv6 address of its SNMP agent"),
        Column(
            "main",
            "boolean",
            "Whether it is main equipment, which targets of IPv6 are about; where no row says so, "
            "every backbone, access and idc device is",
        ),
        *_origin(),
    ),
)

PORTS = Table(
    "ports",
    "port_id",
    "Ports of devices",
    "none",
    (
        _key("port_id", "port"),
        Column("device_id", "id", "Its device", references="devices.device_id", required=True),
        Column("if_name", "text", "ifName of the interface"),
        Column("if_alias", "text", "ifAlias of the interface"),
        Column("capacity_mbps", "number", "Nominal rate", "Mbit/s", 0),
        *_origin(),
    ),
)

LINKS = Table(
    "links",
    "link_id",
    "Connections between sites, with their capacity",
    "none",
    (
        _key("link_id", "link"),
        Column(
            "kind",
            "text",
            "How it is carried",
            choices=("fibre", "microwave", "ethernet", "hfc", "pon"),
            default="fibre",
        ),
        Column("a_site", "id", "One end", references="sites.site_id", required=True),
        Column("b_site", "id", "The other end", references="sites.site_id", required=True),
        Column("a_port", "id", "Port at one end", references="ports.port_id"),
        Column("b_port", "id", "Port at the other end", references="ports.port_id"),
        Column("capacity_mbps", "number", "Rate in each direction", "Mbit/s", 0),
        Column("length_km", "number", "Length along its path", "km", 0, 20_000),
        Column("spans", "ids", "Spans it runs through", references="spans.span_id"),
        Column("homes", "integer", "Homes that share a pon or hfc link", "", 1, 100_000),
        Column(
            "pon_class",
            "text",
            "Optics of a pon link, such as gpon-b+ or xgs-pon-n1",
            form=pon_class_form,
        ),
        Column(
            "split",
            "text",
            "Splitters of a pon link from the OLT on, such as 1:4 1:8",
            form=split_form,
        ),
        Column("connectors", "integer", "Mated pairs on a pon link", "", 0, 1000),
        Column("splices", "integer", "Splices on a pon link", "", 0, 1000),
        *_origin(),
    ),
)

SPANS = Table(
    "spans",
    "span_id",
    "Stretches of cable or duct",
    "line",
    (
        _key("span_id", "span"),
        Column(
            "kind",
            "text",
            "How the cable is laid",
            choices=("duct", "buried", "aerial", "tunnel", "bridge"),
            default="duct",
        ),
        Column("street_id", "id", "Street it follows", references="streets.street_id"),
        Column("fibre_count", "integer", "Fibres in the cable", "", 0, 10_000),
        Column("risk_group", "ids", "Names of what would take this span down with others"),
        Column("length_m", "number", "Length along the cable", "m", 0),
        *_origin(),
    ),
)

STREETS = Table(
    "streets",
    "street_id",
    "Edges along which ducts and fibre can run",
    "line",
    (
        _key("street_id", "street"),
        Column("name", "text", "Name on the sign"),
        Column(
            "kind",
            "text",
            "Class of the street",
            choices=("trunk", "main", "local", "bridge", "tunnel"),
            default="local",
        ),
        Column("length_m", "number", "Length along the street", "m", 0),
        *_origin(),
    ),
)

DEMAND = Table(
    "demand",
    "demand_id",
    "People who should be served, as points or as square cells",
    "point",
    (
        _key("demand_id", "demand"),
        Column("kind", "text", "Who: residents, pupils, passengers, ...", default="residents"),
        *_position(),
        Column("people", "number", "How many", "people", 0, 1_000_000, required=True),
        Column(
            "cell_m",
            "number",
            "Side of the square they live in; empty or 0 for a point",
            "m",
            0,
            10_000,
        ),
        Column("census_year", "integer", "Year of the count", "", 1900, 2100),
        _AREA,
        *_origin(),
    ),
)

PLACES = Table(
    "places",
    "place_id",
    "Important places that should be served",
    "point",
    (
        _key("place_id", "place"),
        Column("name", "text", "Name in the district's language"),
        Column("name_en", "text", "Name in English"),
        Column("kind", "text", "metro_station, university, hospital, mall, ...", required=True),
        *_position(),
        _AREA,
        Column("wifi_priority", "integer", "1 is first", "", 1, 9),
        Column("accuracy_m", "number", "How exact the position is", "m", 0),
        *_origin(),
    ),
)

WEBSITES = Table(
    "websites",
    "website_id",
    "Portals, services and demonstrations that people reach by a name",
    "none",
    (
        _key("website_id", "website"),
        Column("name", "text", "Name in the district's language"),
        Column("name_en", "text", "Name in English"),
        Column(
            "host",
            "text",
            "Name in the DNS, such as www.example.net",
            required=True,
            form=host_form,
        ),
        Column(
            "kind",
            "text",
            "What it is: a portal of the government, a service of influence, or a demonstration",
            choices=("portal", "service", "demonstration"),
            default="service",
        ),
        Column(
            "field",
            "text",
            "Field of an IPv6 demonstration that it is",
            choices=("public-credit", "e-authentication", "education", "medical-care"),
        ),
        Column("site_id", "id", "Where it is hosted; empty outside", references="sites.site_id"),
        Column("visits_per_day", "number", "Visits on a day", "", 0, 1e10),
        Column("mail_domain", "text", "Domain of its mail", form=host_form),
        *_origin(),
    ),
)

DEVICE_SERVICES = Table(
    "device_services",
    "device_service_id",
    "Services that devices use themselves, and whether they do without IPv4, as somebody stated",
    "none",
    (
        _key("device_service_id", "statement"),
        Column("device_id", "id", "Its device", references="devices.device_id", required=True),
        Column(
            "service",
            "text",
            "Time, log, remote login, or authentication of people",
            choices=("ntp", "syslog", "ssh", "aaa"),
            required=True,
        ),
        Column("over_ipv6", "boolean", "Whether it runs over IPv6", required=True),
        Column("as_of", "date", "Day for which it holds; it counts for 180 days", required=True),
        Column("said_by", "text", "Who stated it"),
        *_origin(),
    ),
)

AREAS = Table(
    "areas",
    "area_id",
    "The district, its subdistricts, and areas where nothing may be built",
    "polygon",
    (
        _key("area_id", "area"),
        Column("name", "text", "Name in the district's language", required=True),
        Column("name_en", "text", "Name in English"),
        Column(
            "kind",
            "text",
            "What sort of area",
            choices=("district", "subdistrict", "exclusion", "water"),
            default="subdistrict",
        ),
        Column("population", "number", "Residents", "people", 0, 100_000_000),
        Column("census_year", "integer", "Year of the count", "", 1900, 2100),
        Column("area_km2", "number", "Official area", "km2", 0),
        *_origin(),
    ),
)

TARGETS = Table(
    "targets",
    "id",
    "What the district promised: a sentence, what measures it, and by when",
    "none",
    (
        _key("id", "target"),
        Column("area", "text", "Part of the plan it belongs to (ngb-w, fibre, ipv6, ...)"),
        Column("quote_zh", "text", "The plan's own words"),
        Column("meaning", "text", "What it asks for", required=True),
        Column(
            "metric",
            "text",
            "Metric that measures it; several joined by and, a grouping behind by or over",
            required=True,
            form=metrics_form,
        ),
        Column(
            "operator",
            "text",
            "What must hold; by and exists for milestones, trend for a direction only",
            choices=(">=", ">", "<=", "<", "by", "exists", "trend"),
            required=True,
        ),
        Column("value", "number", "Figure to reach, in the metric's unit, shares as 0..1"),
        Column("unit", "text", "Unit of the value"),
        Column("due", "date", "Day by which it must hold", required=True),
        Column(
            "due_basis",
            "text",
            "Whether the plan states the day or it is read from its phases",
            choices=("stated", "assumed"),
            default="assumed",
        ),
        Column("phase_2015", "text", "State word of the plan for 2015"),
        Column("phase_2016", "text", "State word of the plan for 2016"),
        Column("phase_2017", "text", "State word of the plan for 2017"),
        Column("responsible", "text", "Who answers for it"),
        Column(
            "kind",
            "text",
            "How it is judged: a stated figure, an assumed one, a direction, a day, a report, or "
            "a result that must not fall",
            choices=("number", "number-assumed", "trend", "milestone", "statement", "baseline"),
            required=True,
        ),
    ),
)

STATEMENTS = Table(
    "statements",
    "statement_id",
    "Values that somebody reported, with the day and the source",
    "none",
    (
        _key("statement_id", "statement"),
        Column(
            "metric",
            "text",
            "Metric it gives a value of; empty for a milestone",
            form=metric_form,
        ),
        Column("target_id", "id", "Target it is about; may be empty", references="targets.id"),
        Column(
            "value",
            "number",
            "In the metric's unit, shares as 0..1; for a milestone 1 is reached, 0 is not",
            required=True,
        ),
        Column("as_of", "date", "Day for which it holds", required=True),
        Column(
            "origin",
            "text",
            "Whether it was reported or measured",
            choices=("stated", "measured"),
            default="stated",
        ),
        Column("said_by", "text", "Who reported it"),
        *_origin(),
    ),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        AREAS,
        SITES,
        CELLS,
        DEVICES,
        PORTS,
        STREETS,
        SPANS,
        LINKS,
        DEMAND,
        PLACES,
        WEBSITES,
        DEVICE_SERVICES,
        TARGETS,
        STATEMENTS,
    )
}
"""Every table, in an order in which references point backwards."""


def find_table(name: str) -> Table:
    """Return the table of that name.

    Raises
    ------
    MissingError
        There is none; the message names them all.
    """
    from .errors import MissingError

    try:
        return TABLES[name]
    except KeyError:
        raise MissingError(
            f"table {name!r} does not exist; use one of {', '.join(TABLES)}"
        ) from None
