"""How ready the network is for IPv6: checks and their evidence."""
