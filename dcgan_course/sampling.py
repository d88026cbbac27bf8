"""From latents to images: what every generative model of the course has in common."""

import numpy as np


def slerp(start, end, steps):
    """Spherical interpolation (White 2016) between two latents `(d,)` → `(steps, d)`.

    A straight line between Gaussian latents passes too close to 0, where the generator was hardly trained.

    Args:
        start, end: `(d,)`.
        steps: how many latents, both ends included; or the shares of the way themselves, an array of numbers in [0, 1].
    """
    cosine = np.dot(start, end) / (np.linalg.norm(start) * np.linalg.norm(end))
    angle = np.arccos(np.clip(cosine, -1.0, 1.0))
    t = (np.linspace(0.0, 1.0, steps) if np.ndim(steps) == 0 else np.asarray(steps))[:, None]
    if np.sin(angle) < 1e-6:
        return (1 - t) * start + t * end
    return (np.sin((1 - t) * angle) * start + np.sin(t * angle) * end) / np.sin(angle)
