"""Networks of transmitters: best server, interference, single-frequency networks, capacity."""
