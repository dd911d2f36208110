"""Names of SNMP objects, compiled offline from definitions that are written down here."""

from .names import MibObject, name_of, object_at, object_named, oid_of

__all__ = ["MibObject", "name_of", "object_at", "object_named", "oid_of"]
