"""Doctor: watches a run and names what is wrong, in words, with the fix."""

import dataclasses
import html

import numpy as np
from keras import ops

from ..datasets import check_images
from ..guard import Callback

# Thresholds. "Healthy": runs on digits, shapes and stacked digits, with the course's recipe and with Radford's settings.
LOOKS, PATIENCE = 3, 200  # a lasting failure: seen 3 times in a row, through at least 200 steps
SATURATED = 0.002  # mean of 1 - D(x) and D(G(z)), probabilities; healthy runs come down to 0.0033 and recover
VANISHED = 1e-5  # root mean square of the generator's gradient per weight; healthy from 3e-3; Adam's epsilon is 1e-7
EXPLODED = 2000.0  # norm of a network's gradient after clipping, mean of an epoch; healthy up to 220
SAMPLES, BETWEEN = 64, 100  # images that are looked at, every so many steps; one look costs about as much as a step
COLLAPSED = 0.15  # distance of samples to their nearest, as a share of the same among real images; healthy ends near 1,
SETTLED = 2000  # but begins with near-identical blobs: the threshold rises from 0 through so many steps
SWING, TURNS, WINDOW = 0.1, 3, 15  # D(G(z)), a probability, turns so often by so much in so many epochs; healthy: once
WARM_UP, SHORT = 300, 10  # steps: at first D(G(z)) swings in healthy runs, too; the mean of a shorter epoch is noise
OUTSIDE = 1.01  # largest absolute pixel value: 1, and a little for rounding

ADVICE = {  # name: (what it means, what to do)
    "discriminator saturated": (
        "The discriminator is sure of every image, so its judgement no longer tells the generator what to improve.",
        "Add Strategy(instance_noise=0.2) or label_smoothing=0.1, lower discriminator_learning_rate, or make it narrower.",
    ),
    "generator gradient vanished": (
        "Almost no gradient reaches the generator, so it hardly learns any more.",
        'Use the loss "non_saturating" instead of "minimax", and hold the discriminator back: instance_noise=0.2.',
    ),
    "gradients exploding": (
        "The steps rest on huge numbers, which end as infinity or NaN.",
        'Lower learning_rate, clip both networks with Strategy(…, global_clip_norm=1.0, clip="both"), and check the loss: '
        'a mean over the batch, and for "wasserstein" a bounded slope.',
    ),
    "mode collapse": (
        "The generator makes the same few images whatever the latent is.",
        "Lower the generator's learning_rate, keep batch normalisation in it, use beta_1=0.5 or less, and add "
        "instance_noise=0.2.",
    ),
    "oscillation": (
        "Each network overshoots the other's last move and undoes its own, so neither settles.",
        "Set beta_1=0.5 or less, and lower learning_rate, the faster network's first.",
    ),
    "images out of range": (
        "Training images lie in [-1, 1]; the discriminator can tell the generator's by their range alone.",
        'End the generator with activation="tanh".',
    ),
    "batch normalisation in inference mode": (
        "These layers normalise by statistics that never follow the batches, as if they were not there.",
        "Call the layers with training=True in training (pass `training` on in your own call), and set no trainable=False.",
    ),
}


@dataclasses.dataclass(frozen=True)
class Diagnosis:
    """One failure."""

    name: str  # a key of `ADVICE`
    epoch: int  # the one it was first seen in, from 1
    evidence: str  # what was measured
    meaning: str  # what that means
    fix: str  # what to do

    def __str__(self):
        return f"Epoch {self.epoch}, {self.name}: {self.evidence}.\n  {self.meaning} {self.fix}"


class Doctor(Callback):
    """Names a failing run while it trains; says nothing about a healthy one.

    It reads the numbers that `fit` reports at the end of an epoch, and now and then looks at 64 images that the training
    generator makes from fixed latents, in training mode as the discriminator sees them. Nothing in the run changes.

    Args:
        images: real images, an `ImageDataset` or an array `(N, H, W, C)` in [-1, 1] with N at least 16, shaped as the
            networks', else ValueError: to compare the samples' diversity with. None: it is compared with the samples'
            own contrast, which would mistake a data set of near-identical images for mode collapse.

    Attributes:
        diagnoses: list of `Diagnosis`, each failure once, in the order of appearance.

    What it rests on: a discriminator that is too good leaves no useful gradient (Arjovsky & Bottou 2017, theorem 2.4),
    least of all to the minimax loss (Goodfellow 2016, NIPS tutorial, section 3.2.3); mode collapse (ibid., section
    5.1.1) shows as twins among the samples (Arora & Zhang 2017); tanh, batch normalisation and beta_1=0.5 keep a
    generator in range, in variety and steady (Radford et al. 2015, sections 3 and 4).

    Example:
        >>> doctor = Doctor(digits)
        >>> history = gan.fit(digits.images[:64], epochs=2, callbacks=[doctor], verbose=0)
        >>> print(doctor)  # doctest: +NORMALIZE_WHITESPACE
        No failure seen in 2 epochs. Checked: gradients exploding, images out of range, batch normalisation in inference
        mode. Not checked here: discriminator saturated, generator gradient vanished, mode collapse, oscillation.
    """

    def __init__(self, images=None):
        super().__init__()
        self.real = None
        if images is not None:
            images = check_images(getattr(images, "images", images), "The doctor's real images")
            if len(images) < 16:
                raise ValueError(f"To compare diversity the doctor needs 16 real images or more. Received: {len(images)}.")
            self.real = images[np.random.default_rng(0).permutation(len(images))[:SAMPLES]]
        self._forget()

    def _forget(self):
        self.diagnoses, self.checked, self.epoch, self.epochs = [], set(), 0, 0
        self.streaks, self.d_fakes, self.last_look = {}, [], -BETWEEN

    def on_train_begin(self, logs=None):
        self._forget()
        gan, real = self.model, self.real
        shape = gan.generator.output_shape[1:]
        if real is not None and real.shape[1:] != shape:
            raise ValueError(
                f"The doctor was given images {real.shape[1:]}, the generator makes {shape}. "
                "Give it the data set that the GAN is trained on: Doctor(digits)."
            )
        self.step = self.first_step = int(gan.generator_optimizer.iterations)
        self.weights = sum(np.prod(v.shape) for v in gan.generator.trainable_variables)
        self.latents = gan.latents(SAMPLES if real is None else len(real), seed=0)  # equal numbers lie equally dense
        self.statistics = _batch_statistics(gan)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch + 1

    def on_epoch_end(self, epoch, logs=None):
        before, self.step = self.step, int(self.model.generator_optimizer.iterations)
        self.epochs += 1
        logs = {name: float(value) for name, value in logs.items()}
        self._check_gradients(logs)
        if logs["d_loss"] >= 0:  # below 0 D gives scores, as in a Wasserstein GAN, and their sigmoid is no probability
            self._check_discriminator(logs["d_real"], logs["d_fake"], self.step - before)
        if self.epochs == 1:  # statistics that have moved once are in training mode
            self._check_statistics()
        if self.step - self.last_look >= BETWEEN:
            self.last_look = self.step
            self._check_samples()

    def on_train_interrupted(self, error):
        if isinstance(error, FloatingPointError):
            self._diagnose("gradients exploding", str(error).split(". ")[0])

    # -- one rule each -----------------------------------------------------------------------------------------

    def _check_gradients(self, logs):
        self.checked.add("gradients exploding")
        norms = {"discriminator": logs["d_norm_clipped"], "generator": logs["g_norm_clipped"]}
        network = max(norms, key=norms.get)
        if norms[network] > EXPLODED:
            evidence = f"the {network}'s gradient has the norm {norms[network]:,.0f} after clipping"
            self._diagnose("gradients exploding", evidence)
        per_weight = logs["g_norm"] / np.sqrt(self.weights)
        evidence = f"{per_weight:.0e} per weight (root mean square)"
        self._if_lasting("generator gradient vanished", per_weight < VANISHED, evidence)

    def _check_discriminator(self, real, fake, steps):
        best = 1.0 - self.model.strategy.label_smoothing  # the D(x) that the discriminator is asked for
        doubt = (max(best - real, 0.0) + fake) / 2
        self._if_lasting("discriminator saturated", doubt < SATURATED, f"D(x) {real:.3f} and D(G(z)) {fake:.3f}")

        self.d_fakes = [*self.d_fakes, fake][-WINDOW:] if self.step > WARM_UP and steps >= SHORT else []
        turns = _turns(self.d_fakes, SWING)
        if turns >= TURNS:
            ends = f"between {min(self.d_fakes):.2f} and {max(self.d_fakes):.2f}"
            self._diagnose("oscillation", f"D(G(z)) turned {turns} times in {len(self.d_fakes)} epochs, {ends}")
        if len(self.d_fakes) == WINDOW:
            self.checked.add("oscillation")

    def _check_statistics(self):
        self.checked.add("batch normalisation in inference mode")
        now = _batch_statistics(self.model)
        still = [layer for layer, values in self.statistics.items() if all(map(np.array_equal, values, now[layer]))]
        if still:
            evidence = f"an epoch has not moved the statistics of {', '.join(still)}"
            self._diagnose("batch normalisation in inference mode", evidence)

    def _check_samples(self):
        self.checked.add("images out of range")
        generator = self.model.generator
        images, _ = generator.stateless_call(  # in training mode, yet no moving statistic moves
            generator.trainable_variables, generator.non_trainable_variables, self.latents, training=True
        )
        images = ops.convert_to_numpy(images)
        outside = np.mean(np.abs(images) > OUTSIDE)
        if outside:
            values = f"generated pixels run from {images.min():.1f} to {images.max():.1f}"
            self._diagnose("images out of range", f"{values}, {outside:.1%} of them outside [-1, 1]")

        nearest, contrast = _spacing(images)
        usual, whose = (contrast, "their contrast") if self.real is None else (_spacing(self.real)[0], "real images'")
        share = nearest / max(usual, 1e-6)
        alike = share < COLLAPSED * min(1.0, self.step / SETTLED)
        self._if_lasting("mode collapse", alike, f"samples differ from their nearest by {share:.1%} of {whose}")

    def _if_lasting(self, name, failing, evidence):
        """Diagnose what has failed for long enough."""
        since, looks = self.streaks.get(name, (self.first_step, 0))
        self.streaks[name] = (since, looks + 1) if failing else (self.step, 0)
        if failing and looks + 1 >= LOOKS and self.step - since >= PATIENCE:
            self._diagnose(name, f"{evidence} for {self.step - since} steps")
        if self.step - self.first_step >= PATIENCE:
            self.checked.add(name)

    def _diagnose(self, name, evidence):
        if all(d.name != name for d in self.diagnoses):
            diagnosis = Diagnosis(name, self.epoch, evidence, *ADVICE[name])
            self.diagnoses.append(diagnosis)
            gap = "\n" if self.params.get("verbose") == 1 else ""  # leave the line of Keras' progress bar
            print(f"{gap}Doctor: {diagnosis}", flush=True)

    def report(self):
        """All diagnoses as text; without any, what was checked, and what the run was too short for."""
        if self.diagnoses:
            return "\n".join(map(str, self.diagnoses))
        checked = ", ".join(name for name in ADVICE if name in self.checked) or "nothing"
        left = ", ".join(name for name in ADVICE if name not in self.checked)
        left = f" Not checked here: {left}." if left else ""
        return f"No failure seen in {self.epochs} epochs. Checked: {checked}.{left}"

    __repr__ = report

    def _repr_html_(self):
        return f'<div style="white-space: pre-wrap">{html.escape(self.report())}</div>'


def _batch_statistics(gan):
    """`{"network's layer": [moving mean, moving variance]}` of all batch normalisation layers, nested ones included."""
    statistics = {}
    for network in (gan.generator, gan.discriminator):
        for v in network.variables:
            if v.name in ("moving_mean", "moving_variance"):
                layer = f"the {network.name}'s {v.path.rpartition('/')[0]}"
                statistics.setdefault(layer, []).append(ops.convert_to_numpy(v).copy())
    return statistics


def _spacing(images):
    """Median distance of an image to the nearest other one, and of an image to flat grey; both at about 8×8 pixels.

    Five images that come again and again have nearly the usual mean distance; to the nearest one it is 0.
    """
    step = max(1, min(images.shape[1:3]) // 8)
    small = images[:, : images.shape[1] // step * step, : images.shape[2] // step * step]
    n, height, width, channels = small.shape
    small = small.reshape(n, height // step, step, width // step, step, channels).mean(axis=(2, 4)).reshape(n, -1)
    distance = np.linalg.norm(small[:, None] - small[None], axis=-1)
    np.fill_diagonal(distance, np.inf)
    contrast = np.linalg.norm(small - small.mean(axis=1, keepdims=True), axis=1)
    return np.median(distance.min(axis=1)), np.median(contrast)


def _turns(values, least):
    """How often a series turns back after going up or down by `least` or more."""
    from scipy.signal import find_peaks

    return sum(len(find_peaks(sign * np.array(values), prominence=least)[0]) for sign in (1, -1))
