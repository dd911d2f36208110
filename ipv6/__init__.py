"""How ready the network is for IPv6: checks, their evidence, the ladder, the targets."""
