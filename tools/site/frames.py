"""The pictures of the site's latent explorer: what the course's own widget makes at eleven stations of each slider.

A page has no Python, so every picture is made beforehand. The sliders' combinations would be millions of pictures; on the
page one slider counts at a time, and the others rest.
"""

import json
import pathlib

import numpy as np
from PIL import Image

from dcgan_course import datasets, widgets
from dcgan_course.start import quiet_stderr

STARTS, STATIONS, COLUMNS, SIDE = 8, 11, 44, 32
MARKUP = pathlib.Path(__file__).with_name("explorer.html")


class Undrawn(widgets.LatentExplorer):
    """The widget, asked for its latents and neighbours only."""

    def refresh(self):
        pass

    def stations(self, slider):
        """The latents along one slider, which rests again afterwards."""
        rest = slider.value
        for value in np.linspace(slider.min, slider.max, STATIONS):
            slider.value = value
            yield self.latent()
        slider.value = rest

    def tour(self):
        """Every slider in explorer.js's order: four directions, the ways towards ten digits, the walk."""
        for move in self.moves:
            yield from self.stations(move)
        for _, digit in self.digit.options:
            if digit >= 0:
                self.digit.value = digit
                yield from self.stations(self.share)
        self.digit.value = -1
        yield from self.stations(self.walk)


def make(sprite):
    """Write the sprite, and one digit of it as the site's icon beside it.

    Returns:
        the explorer's markup with its numbers: for each picture, its neighbour and distance.
    """
    explorer, latents = Undrawn(), []
    for _ in range(STARTS):
        latents += explorer.tour()
        explorer.another.click()
    with quiet_stderr():  # CUDA says that there is no GPU
        images = explorer.images(np.stack(latents))
    tiles, tile_of, nearest, distances = list(images), {}, [], []
    for image in images:
        neighbour, distance = explorer.nearest(image)
        key = neighbour.tobytes()
        if key not in tile_of:
            tile_of[key] = len(tiles)
            tiles.append(neighbour)
        nearest.append(tile_of[key])
        distances.append(round(distance, 1))
    tiles += [tiles[0]] * (-len(tiles) % COLUMNS)
    grid = datasets.to_uint8(np.stack(tiles)).reshape(-1, COLUMNS, SIDE, SIDE).swapaxes(1, 2)
    Image.fromarray(grid.reshape(-1, COLUMNS * SIDE)).save(sprite, optimize=True)
    Image.fromarray(grid[0, :, STATIONS // 2]).save(sprite.with_name("icon.png"))
    numbers = {"starts": STARTS, "stations": STATIONS, "columns": COLUMNS, "nearest": nearest, "distances": distances}
    return MARKUP.read_text().replace("NUMBERS", json.dumps(numbers, separators=(",", ":")))
