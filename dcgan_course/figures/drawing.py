"""What figures are put together from: images in a mosaic, and figures that pyplot does not keep."""

import math

import numpy as np


def grid(images, columns=None, title=None, scale=0.75):
    """Images side by side.

    Args:
        images: `(n, H, W, C)` in [-1, 1] with C = 1 or 3, else ValueError.
        columns: int, images in a row; None for about two to one.
        title: str, a line above.
        scale: float, inches per image.

    Example:
        >>> figure = grid(digits.images[:24], columns=8, title="real digits")
    """
    mosaic, rows, columns = mosaic_of(images, columns)
    figure, axes = new_figure(columns * scale, rows * scale + (0.3 if title else 0))
    show(axes, mosaic, title)
    return figure


def mosaic_of(images, columns):
    """`(n, H, W, C)` → one image with a thin border between, and how many rows and columns of them it has.

    The mosaic is `(height, width)` or `(height, width, 3)`, in [-1, 1] as they are.
    """
    images = np.asarray(images)
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or not len(images):
        raise ValueError(f"Images to draw must be (n, H, W, C) with C = 1 or 3. Received: shape {images.shape}.")
    n, height, width, channels = images.shape
    columns = min(n, columns or _columns(n))
    rows = math.ceil(n / columns)
    cells = np.ones((rows * columns, height + 2, width + 2, channels), "float32")
    cells[:n, 1:-1, 1:-1] = images
    mosaic = cells.reshape(rows, columns, height + 2, width + 2, channels).swapaxes(1, 2)
    mosaic = mosaic.reshape(rows * (height + 2), columns * (width + 2), channels)
    return (mosaic[..., 0] if channels == 1 else mosaic), rows, columns


def _columns(n):
    """Columns for about two to one, without a gap in the last row where n allows it."""
    wide = math.ceil(math.sqrt(2 * n))
    return next((c for c in range(wide, math.ceil(math.sqrt(n)) - 1, -1) if n % c == 0), wide)


def new_figure(width, height, rows=1, columns=1, **options):
    """A figure that pyplot does not keep: shown once, as a cell's last value."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(rows, columns, figsize=(width, height), layout="constrained", **options)
    plt.close(figure)
    return figure, axes


def show(axes, mosaic, title=None):
    """Draw a mosaic in [-1, 1] on axes, each pixel as it is, without ticks."""
    axes.imshow((mosaic + 1) / 2, cmap="gray", vmin=0, vmax=1, interpolation="nearest")
    axes.axis("off")
    if title:
        axes.set_title(title)


def labelled_rows(rows, columns=None):
    """A figure of images, a row for each item of `{label: images (n, H, W, C)}`; the label stands at the left.

    Args:
        rows: the labels, `str` of one line or more, and their images in [-1, 1].
        columns: int, for how many images there is room in a row; None for as many as the longest row has.
    """
    columns = columns or max(len(images) for images in rows.values())
    lines = [line for label in rows for line in label.split("\n")]
    figure, axes = new_figure(columns * 0.75 + 0.1 * max(map(len, lines)) + 0.2, len(rows) * 0.75, rows=len(rows))
    for ax, (label, images) in zip(np.atleast_1d(axes), rows.items()):
        show(ax, mosaic_of(images, len(images))[0])
        ax.set_ylabel(label, rotation=0, ha="right", va="center")
        ax.axis("on")
        ax.set(xticks=[], yticks=[])
        ax.spines[:].set_visible(False)
    return figure


def check_snapshots(snapshots):
    """ValueError where the dict of snapshots is empty."""
    if not len(snapshots):
        raise ValueError("No snapshots to show: train with callbacks=[view := LiveView()] first, then use view.snapshots.")
