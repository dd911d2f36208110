"""SNMP: values, agents, transports and what hostile agents may not do to us."""
