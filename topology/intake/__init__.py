"""How foreign tables become ours: headings, units, positions; importing.py is the way in."""
