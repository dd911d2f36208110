"""The loss to every pixel of a district, over its ground and buildings, in seconds.

``area_loss`` is the way in. Below it, from a single number outwards:

- :mod:`.trace` lays out what stands along a radial,
- :mod:`.hull` and :mod:`.fresnel` find what a receiver sees of it,
- :mod:`.radial` reads off each path's geometry,
- :mod:`.pathloss` turns that into a loss,
- :mod:`.sweep` shares radials between pixels, :mod:`.exact` gives each pixel its own profile,
- :mod:`.area` puts a transmitter on a surface.
"""

from .area import Mode, area_loss

__all__ = ["Mode", "area_loss"]
