import keras
import numpy as np
import pytest

from dcgan_course import losses

REAL, FAKE = np.array([[2.0], [-1.0], [0.5]], "float32"), np.array([[-3.0], [1.5], [0.0]], "float32")


def sigmoid(x):
    return 1 / (1 + np.exp(-np.asarray(x, "float64")))


def log_likelihoods(real, fake):
    return -np.log(sigmoid(real)).mean() - np.log(1 - sigmoid(fake)).mean()


CLOSED_FORMS = {
    "non_saturating": lambda r, f: (log_likelihoods(r, f), -np.log(sigmoid(f)).mean()),
    "minimax": lambda r, f: (log_likelihoods(r, f), np.log(1 - sigmoid(f)).mean()),
    "least_squares": lambda r, f: (((r - 1) ** 2).mean() / 2 + (f**2).mean() / 2, ((f - 1) ** 2).mean() / 2),
    "hinge": lambda r, f: (np.maximum(0, 1 - r).mean() + np.maximum(0, 1 + f).mean(), -f.mean()),
    "wasserstein": lambda r, f: (f.mean() - r.mean(), -f.mean()),
    "relativistic_average": lambda r, f: (
        log_likelihoods(r - f.mean(), f - r.mean()),
        log_likelihoods(f - r.mean(), r - f.mean()),
    ),
}


@pytest.mark.parametrize("name", losses.LOSSES)
def test_each_loss_is_its_closed_form(name):
    assert set(CLOSED_FORMS) == set(losses.LOSSES)
    d_loss, g_loss = losses.get(name)(*map(keras.ops.convert_to_tensor, (REAL, FAKE)))
    expected = CLOSED_FORMS[name](REAL.astype("float64"), FAKE.astype("float64"))
    assert (float(d_loss), float(g_loss)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("name", losses.LOSSES)
def test_each_loss_stays_finite_at_large_logits(name):
    for real, fake in ((100.0, -100.0), (-100.0, 100.0), (1e4, -1e4), (-1e4, 1e4)):
        assert np.isfinite(
            [float(x) for x in losses.get(name)(keras.ops.full((4, 1), real), keras.ops.full((4, 1), fake))]
        ).all()


def test_an_undecided_discriminator_costs_two_log_two():
    d_loss, g_loss = losses.non_saturating(np.zeros((4, 1)), np.zeros((4, 1)))
    assert float(d_loss) == pytest.approx(2 * np.log(2)) and float(g_loss) == pytest.approx(np.log(2))


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.5])
def test_smoothing_is_cross_entropy_against_the_softer_label(smoothing):
    d_loss, g_loss = losses.non_saturating(REAL, FAKE, label_smoothing=smoothing)
    reference = keras.losses.BinaryCrossentropy(from_logits=True)
    expected = reference(np.full_like(REAL, 1 - smoothing), REAL) + reference(np.zeros_like(FAKE), FAKE)
    assert float(d_loss) == pytest.approx(float(expected), rel=1e-5)
    assert float(g_loss) == pytest.approx(float(losses.non_saturating(REAL, FAKE)[1]))  # one-sided


@pytest.mark.parametrize("smoothing", [-0.1, 0.6, 1.1, float("nan")])
def test_labels_never_leave_zero_to_one(smoothing):
    with pytest.raises(ValueError, match=r"label_smoothing must lie in \[0, 0.5\].*Received: label_smoothing="):
        losses.non_saturating(REAL, FAKE, label_smoothing=smoothing)


def test_get_knows_names_and_functions():
    def mine(real, fake):
        return real.mean(), fake.mean()

    assert losses.get(mine) is mine and losses.get("hinge") is losses.hinge
    assert losses.deserialize(losses.serialize(losses.hinge)) is losses.hinge
    with pytest.raises(ValueError, match="Unknown loss 'bce'. Known: non_saturating"):
        losses.get("bce")
