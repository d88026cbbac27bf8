"""Every figure that two notebooks share. Each function returns a matplotlib Figure; images are in [-1, 1].

Figures of a run are here; those of latents, the overview and what moves are in modules of their own, and found here, too.
"""

import numpy as np
from matplotlib.ticker import LogLocator, MaxNLocator, NullFormatter, StrMethodFormatter

from .drawing import check_snapshots, grid, labelled_rows, mosaic_of, new_figure, show  # noqa: F401  (dc.plots.grid)
from .files import animation  # noqa: F401  (dc.plots.animation, and so on)
from .latent_space import arithmetic, interpolation, inversion, latent_walk, truncation  # noqa: F401
from .overview import overview  # noqa: F401

GREY = "0.35"
CLAIM_METRICS = {  # what the runs of a claim report: the label of its axis
    "frechet": "Fréchet distance (lower is better)",
    "gradient": "length of the generator's gradient",
    "gap": "share of pairs in which D finds the training digit more real (0.5: it cannot tell)",
    "near_copies": "share of samples that are near copies",
    "accuracy": "images sorted right, percent",
    "images_per_second": "images per second, all together",
    "seconds_to_quality": "seconds until the samples are good",
}


def curves(history):
    """Losses, D(x) with D(G(z)), and gradient norms, epoch by epoch; ValueError before the first.

    Args:
        history: what `fit` returns, or its `.history`, a dict `{metric: [value after each epoch]}`.

    Example:
        >>> figure = curves(gan.fit(digits.images[:64], epochs=2, verbose=0))
    """
    history = getattr(history, "history", history)
    if not history.get("d_loss"):
        raise ValueError("No epoch to draw: training has not finished one yet.")
    figure, axes = new_figure(10, 3, columns=3)
    _draw_losses(axes[0], history)
    _draw_scores(axes[1], history)
    for network, style, color in (("d", "-", "C0"), ("g", "--", "C1")):
        for suffix, look in (("", {"alpha": 0.4, "linewidth": 4}), ("_clipped", {"linewidth": 1})):
            label = f"{network.upper()} {'after' if suffix else 'before'}"
            _line(axes[2], history[f"{network}_norm{suffix}"], style, label, color=color, **look)
    axes[2].set(title="gradient norms before and after clipping", xlabel="epoch", yscale="log")
    _legend_above(axes[2], lines=2)
    return figure


def live(history, images, epoch, columns=None, best=None):
    """The panel that `LiveView` keeps redrawing: samples after that epoch, losses, D(x) with D(G(z)).

    `history` is a dict as for `curves`, `images` are samples `(n, H, W, C)` in [-1, 1] after `epoch` epochs, `columns` of
    them in a row. `best` is an epoch to mark; None marks none.
    """
    figure, axes = new_figure(10, 3, columns=3, width_ratios=(1.4, 1, 1))
    show(axes[0], mosaic_of(images, columns)[0], f"samples after epoch {epoch}")
    _draw_losses(axes[1], history)
    _draw_scores(axes[2], history)
    for ax in axes[1:] if best is not None else ():
        ax.axvline(best, color=GREY, linewidth=0.8)
        ax.text(best, ax.get_ylim()[0], "best ", rotation=90, va="bottom", ha="right", fontsize=8, color=GREY)
    return figure


def timeline(snapshots, rows=6, columns=8):
    """The same latents all through training, one row per moment.

    Args:
        snapshots: dict `{epoch: images (n, H, W, C)}`, as `LiveView.snapshots` keeps it; ValueError where it is empty.
        rows: int, moments to show at most, evenly spread.
        columns: int, images in a row.

    Example:
        >>> figure = timeline({0: digits.images[:8], 30: digits.images[8:16]})
    """
    check_snapshots(snapshots)
    epochs = list(snapshots)
    chosen = [epochs[i] for i in np.unique(np.linspace(0, len(epochs) - 1, rows).round().astype(int))]
    return labelled_rows({f"epoch {epoch}": snapshots[epoch][:columns] for epoch in chosen})


def evidence(evidence, metric):
    """One row per arm of a `claims.Evidence`: a dot for every seed, a line at their median.

    `metric` is a key of its runs, a `str`; ValueError where no arm has it.
    """
    arms = {name: evidence.values(name, metric) for name, runs in evidence.arms.items() if metric in runs[0]}
    if not arms:
        known = sorted(set(next(iter(evidence.arms.values()))[0]) - {"seed"})
        raise ValueError(f"No arm of {evidence.id} has the metric {metric!r}. Metrics: {', '.join(known)}.")
    figure, axes = new_figure(7, 0.6 + 0.36 * len(arms))
    for row, values in enumerate(arms.values()):
        axes.plot(values, np.full(len(values), row), "o", color="C0", markerfacecolor="none")
        axes.plot([np.median(values)] * 2, [row - 0.3, row + 0.3], "-", color="black")
    numbers = np.concatenate(list(arms.values()))
    if numbers.min() > 0 and numbers.max() > 20 * numbers.min():
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    label = CLAIM_METRICS.get(metric, metric.replace("_", " "))
    axes.set(yticks=range(len(arms)), yticklabels=list(arms), xlabel=label, ylim=(len(arms) - 0.5, -0.5))
    axes.grid(axis="x")
    return figure


def _line(axes, values, style, label, **look):
    marker = {"-": "o", "--": "s"}[style] if len(values) == 1 else None  # a line of one point would not be seen
    axes.plot(range(1, len(values) + 1), values, linestyle=style, marker=marker, label=label, **look)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(values) == 1:
        axes.set_xlim(0, 2)


def _draw_losses(axes, history):
    _line(axes, history["d_loss"], "-", "discriminator", color="C0")
    _line(axes, history["g_loss"], "--", "generator", color="C1")
    axes.set(title="losses", xlabel="epoch")
    _legend_above(axes)


def _draw_scores(axes, history):
    _line(axes, history["d_real"], "-", "D(x), real", color="C0")
    _line(axes, history["d_fake"], "--", "D(G(z)), fake", color="C1")
    axes.axhline(0.5, color=GREY, linewidth=0.8, linestyle=":")
    axes.set(title="what D says", xlabel="epoch", ylim=(0, 1), yticks=np.linspace(0, 1, 6))
    _legend_above(axes)


def _legend_above(axes, lines=1):
    """A legend in two columns, in a strip that the curves leave free."""
    bottom, top = axes.transData.transform([(1, y) for y in axes.get_ylim()])[:, 1]
    strip = [(0, top + 0.14 * lines * (top - bottom))]
    axes.set_ylim(top=axes.transData.inverted().transform(strip)[0, 1])
    axes.legend(ncols=2, loc="upper center", columnspacing=1.0)
