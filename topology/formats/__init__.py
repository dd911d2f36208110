"""How table files are read and written, one module per format; files.py is the way in."""
