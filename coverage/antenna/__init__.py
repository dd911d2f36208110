"""How antennas radiate: the built-in sector, pattern files, three dimensions."""
