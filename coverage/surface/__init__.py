"""What stands on the ground: terrain, buildings, land cover, or a generated city."""
