import struct
import warnings
import zlib

import numpy as np
import pytest
from numpy.typing import NDArray
from rasterio.errors import NotGeoreferencedWarning
from rasterio.io import MemoryFile
from rasterio.warp import transform

from ngbw.coverage.grid import Grid
from ngbw.maps.palette import class_numbers, coverage_classes
from ngbw.maps.raster import MAX_COLOURS, MAX_SIDE_PIXELS, mercator_frame, palette_png
from ngbw.topology.errors import UsageError

GRID = Grid("EPSG:32651", 355_000.0, 3_466_000.0, 25.0, 60, 80)
CLASSES = coverage_classes(0.95)


def decode(png: bytes) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return the palette numbers and the palette with opacity, read without the writer's help."""
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    at, chunks = 8, {}
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        name, data = png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack(">I", png[at + 8 + length : at + 12 + length])
        assert checksum == zlib.crc32(name + data)
        chunks[name] = data
        at += 12 + length
    width, height, depth, colour = struct.unpack(">IIBB", chunks[b"IHDR"][:10])
    assert (depth, colour) == (8, 3)
    lines = np.frombuffer(zlib.decompress(chunks[b"IDAT"]), np.uint8).reshape(height, width + 1)
    assert not lines[:, 0].any()  # no filter
    palette = np.frombuffer(chunks[b"PLTE"], np.uint8).reshape(-1, 3)
    opacity = np.frombuffer(chunks[b"tRNS"], np.uint8)
    return lines[:, 1:], np.column_stack([palette, opacity])


def number_at(png: bytes, bounds: tuple[float, float, float, float], x_m: float, y_m: float) -> int:
    """Return the palette number where a web map would draw a position."""
    (x,), (y,) = transform(GRID.crs, "EPSG:3857", [x_m], [y_m])[:2]
    west, south, east, north = bounds
    (left, right), (bottom, top) = transform(
        "EPSG:4326", "EPSG:3857", [west, east], [south, north]
    )[:2]
    numbers, _ = decode(png)
    height, width = numbers.shape
    return int(
        numbers[int((top - y) / (top - bottom) * height), int((x - left) / (right - left) * width)]
    )


def world() -> NDArray[np.float32]:
    values = np.full(GRID.shape, 0.99, np.float32)
    values[:10] = np.nan
    values[20:40, 10:30] = 0.2
    values[50:70, 30:50] = 0.92
    return values


def picture(
    values: NDArray[np.float32], grid: Grid = GRID
) -> tuple[bytes, tuple[float, float, float, float]]:
    """Return location probability as the map draws it, and where."""
    frame = mercator_frame(grid)
    numbers = frame.picture(class_numbers(values, CLASSES))
    return palette_png(numbers, [one.colour for one in CLASSES], clear=[5]), frame.bounds


@pytest.mark.parametrize(
    ("row", "column", "number"),
    [(5, 30, 0), (30, 20, 1), (60, 40, 4), (45, 55, 5), (20, 10, 1), (39, 29, 1), (19, 10, 5)],
)
def test_every_place_has_the_class_of_its_pixel(row: int, column: int, number: int) -> None:
    png, bounds = picture(world())
    assert number_at(png, bounds, GRID.x_m()[column], GRID.y_m()[row]) == number


def test_outside_and_served_are_transparent_and_weak_is_painted() -> None:
    png, _ = picture(world())
    _, palette = decode(png)
    assert palette[:, 3].tolist() == [0, 255, 255, 255, 255, 0]
    for number, one in enumerate(CLASSES, start=1):
        assert bytes(palette[number, :3]).hex() == one.colour[1:]


def test_gdal_reads_the_picture_as_we_meant_it() -> None:
    png, _ = picture(world())
    numbers, palette = decode(png)
    with warnings.catch_warnings():
        # A PNG has no place on earth; the map gives it one.
        warnings.simplefilter("ignore", NotGeoreferencedWarning)
        with MemoryFile(png) as file, file.open(driver="PNG") as drawn:
            assert np.array_equal(drawn.read(1), numbers)
            assert drawn.colormap(1)[1] == tuple(palette[1])


def test_the_picture_covers_the_grid_and_little_more() -> None:
    _, (west, south, east, north) = picture(world())
    left, bottom, right, top = GRID.bounds_m
    lons, lats = transform(
        GRID.crs, "EPSG:4326", [left, right, left, right], [bottom, bottom, top, top]
    )[:2]
    margin = 1e-3
    assert west - 1e-9 <= min(lons) < west + margin
    assert south - 1e-9 <= min(lats) < south + margin
    assert east - margin < max(lons) <= east + 1e-9
    assert north - margin < max(lats) <= north + 1e-9


def test_a_large_raster_is_drawn_coarser() -> None:
    grid = Grid("EPSG:32651", 355_000.0, 3_466_000.0, 5.0, 6000, 40)
    png, _ = picture(np.full(grid.shape, 0.1, np.float32), grid)
    assert max(decode(png)[0].shape) <= MAX_SIDE_PIXELS


def test_a_raster_of_another_shape_is_refused() -> None:
    with pytest.raises(UsageError, match="shape"):
        mercator_frame(GRID).picture(np.zeros((3, 3), np.uint8))


def test_more_colours_than_a_palette_holds_are_refused() -> None:
    with pytest.raises(UsageError, match="palette has 255"):
        palette_png(np.zeros((2, 2), np.uint8), ["#000000"] * (MAX_COLOURS + 1))


def test_every_picture_of_a_grid_takes_its_pixels_from_the_same_places() -> None:
    frame = mercator_frame(GRID)
    rows, columns = np.indices(GRID.shape)
    inside = frame.source > 0
    for numbers in (rows % 7, columns % 5):
        found = frame.picture(numbers.astype(np.uint8))
        assert np.array_equal(found[inside], numbers.ravel()[frame.source[inside] - 1])
        assert not found[~inside].any()
