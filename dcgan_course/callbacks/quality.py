"""Quality: how far the samples are from real images while training runs, and the best epoch's weights at its end."""

from keras import ops

from ..evaluation.distances import frechet_distance
from ..evaluation.quality import comparison
from ..guard import Callback
from ..validate import whole_number


class Quality(Callback):
    """Measures the report's Fréchet distance during training, and puts the best epoch's weights back at the end.

    Samples become worse again in many a run, and nobody sees it in the losses. Put back is everything that training
    changes, optimizers and random state included, so that a further `fit` goes on from the best epoch.

    Args:
        dataset: `ImageDataset` that the GAN learns from.
        every: int, epochs from one measurement to the next; the last epoch of a `fit` is measured, too.
        keep: "best" puts the best epoch back; "last" only measures.
        patience: int, epochs without a better distance after which training stops; None for never.
        n, seed, features, held_out: as in `evaluation.report`, whose Fréchet distance it is. With `held_out` images the
            best epoch is not the one that has learned most by heart.

    Attributes:
        distances: dict `{epoch: Fréchet distance}`.
        best: int, the epoch of the least of them; None before the first.

    Raises:
        ValueError: an argument that is not as said, or too few images, as `evaluation.report` says it.

    Example:
        >>> quality = Quality(digits, every=1, n=100, features="pca")
        >>> history = gan.fit(digits.batches(300), epochs=2, callbacks=[quality], verbose=0)
        >>> sorted(quality.distances), quality.best in (1, 2)
        ([1, 2], True)
    """

    def __init__(self, dataset, every=5, keep="best", patience=None, n=None, seed=0, features="auto", held_out=None):
        super().__init__()
        if keep not in ("best", "last"):
            raise ValueError(f'keep must be "best" or "last". Received: keep={keep!r}.')
        self.every, self.keep = whole_number("every", every), keep
        self.patience = patience if patience is None else whole_number("patience", patience)
        self.n, self.seed = n, whole_number("seed", seed, least=0)
        self.sets = {"dataset": dataset, "features": features, "held_out": held_out}
        self.distances, self.best, self.state = {}, None, None

    def on_train_begin(self, logs=None):
        self.distances, self.best, self.state = {}, None, None
        real, self.n, (self.extractor, _) = comparison(self.model, n=self.n, seed=self.seed, **self.sets)
        self.real = self.extractor.features(real.images[: self.n])

    def on_epoch_end(self, epoch, logs=None):
        self.done = epoch + 1
        if self.done % self.every == 0:
            self._measure()
            if self.patience is not None and self.done - self.best >= self.patience:
                self.model.stop_training = True

    def on_train_end(self, logs=None):
        if getattr(self, "done", None) is not None and self.done not in self.distances:
            self._measure()

    def on_fit_end(self):
        if self.keep == "best" and self.state is not None and self.best != self.done:
            for variable, value in zip(self.model.state, self.state):
                variable.assign(value)
        self.state = None

    def _measure(self):
        samples = self.model.sample(self.n, seed=self.seed)
        distance = frechet_distance(self.real, self.extractor.features(samples))
        if self.best is None or distance < self.distances[self.best]:
            self.best = self.done
            self.state = [ops.convert_to_numpy(v).copy() for v in self.model.state] if self.keep == "best" else None
        self.distances[self.done] = distance

    def __str__(self):
        if self.best is None:
            return "no epoch measured yet"
        return f"best epoch {self.best}: Fréchet distance {self.distances[self.best]:.2f}"
