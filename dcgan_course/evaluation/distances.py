"""How far apart two sets of images are: pure functions of features `(n, d)`, one row per image.

`real` and `fake` are only the usual roles; every function takes any two arrays with the same number of columns and
at least 2 rows each. Features that do not fit together are a ValueError.
"""

import numpy as np
from scipy import linalg, stats
from scipy.spatial.distance import cdist

NEIGHBOURS = 5  # Naeem et al. 2020, section 4
RESAMPLES = 100  # of the bootstrap
NEAR = 1.0  # percent of unseen real images that lie nearer to the training images than a "near copy" does


def frechet_distance(real, fake):
    """Fréchet distance between Gaussian fits (Dowson & Landau 1982; Heusel et al. 2017, eq. 6): at least 0.

    |μ₁ - μ₂|² + tr(Σ₁ + Σ₂ - 2 (Σ₁ Σ₂)^½), a float in squared units of the features `(n, d)`.

    Example:
        >>> square = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
        >>> round(frechet_distance(square, square), 6), round(frechet_distance(square, square + [3, 4]), 6)
        (0.0, 25.0)
    """
    real, fake = _pair(real, fake)
    cov_real, cov_fake = np.cov(real, rowvar=False), np.cov(fake, rowvar=False)
    values, vectors = linalg.eigh(np.atleast_2d(cov_real))
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    cross = linalg.eigvalsh(root @ np.atleast_2d(cov_fake) @ root)  # has the eigenvalues of Σ₁ Σ₂
    spread = np.trace(np.atleast_2d(cov_real + cov_fake)) - 2 * np.sqrt(np.clip(cross, 0, None)).sum()
    return float(max(0.0, np.sum((real.mean(0) - fake.mean(0)) ** 2) + spread))


def frechet_interval(real, fake, seed=0, level=0.95):
    """Bootstrap interval `(low, high)`, floats, around the Fréchet distance, from resampling both sets of features `(n, d)`.

    A resampled set repeats images, which lengthens every resampled distance alike; so the resamples give the width of
    the interval, and are moved so that their mean is the distance itself. `level` is the interval's confidence.
    """
    real, fake = _pair(real, fake)
    resampled = stats.bootstrap(
        (np.arange(len(real)), np.arange(len(fake))),
        lambda i, j: frechet_distance(real[i], fake[j]),
        vectorized=False,
        method="percentile",
        n_resamples=RESAMPLES,
        rng=np.random.default_rng(seed),
    ).bootstrap_distribution
    moved = resampled - resampled.mean() + frechet_distance(real, fake)
    low, high = np.quantile(moved, [(1 - level) / 2, (1 + level) / 2])
    return max(0.0, float(low)), float(high)


def kernel_distance(real, fake):
    """Unbiased squared maximum mean discrepancy with the kernel (x·y/d + 1)³: KID (Bińkowski et al. 2018).

    Its mean is 0 for two samples of one distribution, so the float that comes out may be slightly negative.
    """
    from sklearn.metrics.pairwise import polynomial_kernel

    real, fake = _pair(real, fake)

    def within(x):
        kernel = polynomial_kernel(x, degree=3, coef0=1)  # gamma is 1/d
        return (kernel.sum() - np.trace(kernel)) / (len(x) * (len(x) - 1))

    return float(within(real) + within(fake) - 2 * polynomial_kernel(real, fake, degree=3, coef0=1).mean())


def neighbourhood_scores(real, fake, k=NEIGHBOURS):
    """Precision and recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020).

    Around each point lies a ball that reaches to its k-th nearest neighbour in its own set, of more than k rows.

    Returns:
        dict: `precision`, the share of fake in a ball of real ones; `recall`, the share of real in a ball of fake ones;
        `density`, how many balls of real ones a fake lies in, over k (1 for equal distributions, more where fakes keep
        to the middle); `coverage`, the share of real ones whose ball holds a fake.
    """
    from sklearn.neighbors import NearestNeighbors

    real, fake = _pair(real, fake)
    if min(len(real), len(fake)) <= k:
        raise ValueError(f"{k} neighbours need more than {k} images on each side. Received: {len(real)} and {len(fake)}.")
    searches = (NearestNeighbors(n_neighbors=k).fit(x) for x in (real, fake))
    real_reach, fake_reach = (search.kneighbors()[0][:, -1] for search in searches)  # no point is its own neighbour
    apart = cdist(real, fake)
    in_real_ball = apart <= real_reach[:, None]
    return {
        "precision": float(in_real_ball.any(axis=0).mean()),
        "recall": float((apart <= fake_reach[None, :]).any(axis=1).mean()),
        "density": float(in_real_ball.sum() / (k * len(fake))),
        "coverage": float(in_real_ball.any(axis=1).mean()),
    }


def class_scores(real_classes, fake_classes, classes):
    """How the fakes are spread over the classes that there are real images of; integers `(n,)` below `classes`.

    Returns:
        dict: `classes`, how many of the real classes appear among the fakes;
        `kl`, the Kullback-Leibler divergence of the fakes' shares from the real ones, in nats (Lin et al. 2018).

    Example:
        >>> class_scores(real_classes=np.array([0, 1, 2, 2]), fake_classes=np.array([1, 2, 2, 2]), classes=3)["classes"]
        2
    """
    real, fake = (np.bincount(c, minlength=classes) for c in (real_classes, fake_classes))
    there = real > 0
    return {
        "classes": int((fake[there] > 0).sum()),
        "kl": float(stats.entropy(fake[there], real[there])) if fake[there].any() else float("inf"),
    }


def nearest_distances(training, images):
    """Distances `(n,)` of images `(n, d)` to their nearest training image; `images=None`: of each training image to another.

    Example:
        >>> nearest_distances(np.array([[0.0], [3.0]]), np.array([[1.0], [5.0]])).tolist()
        [1.0, 2.0]
    """
    from sklearn.neighbors import NearestNeighbors

    return NearestNeighbors(n_neighbors=1).fit(training).kneighbors(images)[0][:, 0]


def memorisation_scores(training, fake, held_out=None):
    """Do the fakes lie nearer to the training images than other real images do?

    All are features or pixels, arrays `(n, d)`. `held_out` are real images that training has not seen; None compares each
    training image with the others.

    Returns:
        dict: `nearest`, the fakes' median distance to the nearest training image; `nearest_real`, the same for held-out
        images; `near_copies`, the share of fakes that are nearer than all but 1 % of the held-out images (so 1 % is
        what unseen real images would give).
    """
    from_fake, from_real = nearest_distances(training, fake), nearest_distances(training, held_out)
    return {
        "nearest": float(np.median(from_fake)),
        "nearest_real": float(np.median(from_real)),
        "near_copies": float(np.mean(from_fake < np.percentile(from_real, NEAR))),
    }


def _pair(real, fake):
    real, fake = np.asarray(real, "float64"), np.asarray(fake, "float64")
    if real.ndim != 2 or fake.ndim != 2 or real.shape[1] != fake.shape[1] or min(len(real), len(fake)) < 2:
        raise ValueError(
            f"Two arrays of features (n, d) with the same d and at least 2 rows each are needed. "
            f"Received: {real.shape} and {fake.shape}."
        )
    return real, fake
