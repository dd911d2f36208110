"""How a website is reached over IPv6: its names, its addresses, its pages, its mail."""
