"""What the claims' comparisons say, against the budget."""

import numpy as np
from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

from .drawing import new_figure

LOOKS = (("o", "-", "C0"), ("s", "--", "C1"), ("^", ":", "C2"))  # one for each data set, told apart in grey, too
COLUMNS = 3


def effects(findings, metric="frechet"):
    """Effect against budget: for each pair of arms one picture, in it a line for each data set with its 95 % interval.

    The thin line is "no difference"; within the grey band a difference is too small to matter. A filled marker is a
    comparison with an answer, an empty one says "not enough runs".

    Args:
        findings: list of `Finding`s from `dcgan_course.classroom.claims.findings`, as of one claim.
        metric: str, which of their metrics to draw.

    Raises:
        ValueError: none of them is about that metric.
    """
    chosen = [finding for finding in findings if finding.question.metric == metric]
    if not chosen:
        known = ", ".join(dict.fromkeys(finding.question.metric for finding in findings)) or "none"
        raise ValueError(f"No comparison is about {metric!r}. Metrics there are: {known}.")
    pairs = list(dict.fromkeys((finding.question.arm, finding.question.against) for finding in chosen))
    columns = min(COLUMNS, len(pairs))
    rows = -(-len(pairs) // columns)
    figure, axes = new_figure(3.4 * columns, 2.7 * rows, rows, columns, squeeze=False, sharex=True)
    for ax, pair in zip(axes.flat, pairs):
        _one(ax, [f for f in chosen if (f.question.arm, f.question.against) == pair], pair)
    for ax in axes.flat[len(pairs) :]:
        ax.axis("off")
    axes.flat[0].legend()
    for ax in axes[-1]:
        ax.set_xlabel("share of the usual budget")
    return figure


def _one(ax, findings, pair):
    metric = findings[0].metric
    ratio = metric["scale"] == "ratio"
    none, low = (1.0, 1 / metric["margin"]) if ratio else (0.0, -metric["margin"])
    ax.axhspan(low, metric["margin"], color="0.9")
    ax.axhline(none, color="0.35", linewidth=0.8)
    for data, (marker, style, color) in zip(dict.fromkeys(f.data for f in findings), LOOKS):
        mine = sorted((f for f in findings if f.data == data), key=lambda f: f.share)
        shares = [f.share for f in mine]
        ax.plot(shares, [f.comparison.estimate for f in mine], style, color=color)
        ax.fill_between(shares, *np.transpose([f.comparison.interval for f in mine]), color=color, alpha=0.15)
        for finding in mine:
            face = color if finding.comparison.answer != "not enough runs" else "none"
            ax.plot(finding.share, finding.comparison.estimate, marker, color=color, markerfacecolor=face)
        ax.plot([], [], style, marker=marker, color=color, label=data)
    ax.set_xscale("log")
    ax.set(xticks=(0.25, 0.5, 1, 2, 4), title=(" ÷ " if ratio else " − ").join(_side(side) for side in pair))
    ax.xaxis.set_major_formatter(lambda share, _: f"{100 * share:g} %")
    ax.xaxis.set_minor_locator(LogLocator(subs=()))
    ax.title.set_fontsize(8)
    if ratio:
        ax.set_yscale("log")
        ax.yaxis.set_major_locator(LogLocator(subs=(1, 1.5, 2, 3, 5, 7)))
        ax.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        ax.yaxis.set_minor_formatter(NullFormatter())


def _side(side):
    return f"({' ÷ '.join(side)})" if isinstance(side, tuple) else side
