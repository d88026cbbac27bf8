"""Where the points lie that a generator makes, as regions of the plane."""

import contourpy  # matplotlib needs it, too
import numpy as np
from matplotlib.collections import PathCollection
from matplotlib.patches import Patch
from matplotlib.path import Path
from scipy import ndimage

from ....figures.overview import LIT

INK, EDGE = LIT["generator"], "#5c2800"  # the edge is dark enough for grey print over every field
OPAQUE = {0.95: 0.4, 0.75: 0.8}  # share of the points: opacity of the region that holds it, the smaller over the larger
NAMES = {0.75: "75 %", 0.95: "95 % of G(z)"}
CELLS = 72  # along one side of the plane, in which points are counted
WIDE = 1.5  # cells, standard deviation of the smoothing
PEAK = 0.9  # of the largest density: what lies above is drawn even when one cell alone holds the share
ALONE = 0.15  # smoothed count in a cell, below which a point without neighbours stays


class Density:
    """The densest regions that hold 75 % and 95 % of the generator's points in the plane, dark and light.

    Matplotlib's own contours would be new artists in each picture; here one `artist` gets new paths. `axes` have equal
    limits for x and y; `key` are patches for a legend.
    """

    def __init__(self, axes):
        self.sides = axes.get_xlim()
        self.artist = axes.add_collection(PathCollection([], edgecolor=EDGE, linewidth=0.8))
        self.key = [Patch(facecolor=(INK, OPAQUE[share]), edgecolor=EDGE, label=name) for share, name in NAMES.items()]

    def show(self, points):
        """Put points `(n, 2)` into the picture."""
        regions = densest(points, OPAQUE, self.sides)
        self.artist.set_paths([path for paths in regions for path in paths])
        self.artist.set_facecolor([(INK, alpha) for paths, alpha in zip(regions, OPAQUE.values()) for _ in paths])


def densest(points, shares, sides):
    """For each share, between 0 and 1, the densest region that holds so many of the points `(n, 2)` in the plane.

    `sides` are where the plane begins and ends, for x and y alike; points outside it, or not finite, do not count. A region
    is a list of closed paths, an empty one where no points have neighbours.
    """
    edges = np.linspace(*sides, CELLS + 1)
    middles = (edges[1:] + edges[:-1]) / 2
    counts = np.histogram2d(*points.T[::-1], edges)[0]  # rows go along y
    density = ndimage.gaussian_filter(counts, WIDE)
    falling = np.argsort(-density, axis=None)
    inside = np.cumsum(counts.flat[falling])  # points in the densest cells
    contours = contourpy.contour_generator(middles, middles, density, fill_type="OuterCode")

    def paths(share):
        least = density.flat[falling[np.searchsorted(inside, share * inside[-1])]]
        least = max(min(least, PEAK * density.max()), ALONE)
        return [Path(*path) for path in zip(*contours.filled(least, density.max() + 1))]

    return [paths(share) for share in shares]
