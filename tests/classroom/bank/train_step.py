"""Answers to: from both networks, a training step that takes real images and returns both losses."""

import keras
import numpy as np
import tensorflow as tf
from keras import ops

import dcgan_course as dc

BCE = keras.losses.BinaryCrossentropy(from_logits=True)


def course(generator, discriminator):
    d_optimizer, g_optimizer = (keras.optimizers.Adam(2e-4, beta_1=0.5) for _ in range(2))
    seeds = keras.random.SeedGenerator(1)

    def step(real):
        latents = keras.random.normal((len(real), generator.input_shape[-1]), seed=seeds)

        def losses():
            fake_logits = discriminator(generator(latents, training=True), training=True)
            return dc.losses.non_saturating(discriminator(real, training=True), fake_logits)

        of_d, of_g = discriminator.trainable_variables, generator.trainable_variables
        d_loss, d_gradients = dc.value_and_gradients(lambda: losses()[0], of_d)
        g_loss, g_gradients = dc.value_and_gradients(lambda: losses()[1], of_g)
        d_optimizer.apply(d_gradients, of_d)
        g_optimizer.apply(g_gradients, of_g)
        return float(d_loss), float(g_loss)

    return step


def two_tapes(generator, discriminator):
    """As in TensorFlow's tutorial."""
    generator_optimizer = tf.keras.optimizers.Adam(1e-4)
    discriminator_optimizer = tf.keras.optimizers.Adam(1e-4)
    noise_dim = generator.input_shape[1]

    @tf.function
    def train_step(images):
        noise = tf.random.normal([tf.shape(images)[0], noise_dim])
        with tf.GradientTape() as gen_tape, tf.GradientTape() as disc_tape:
            generated_images = generator(noise, training=True)
            real_output = discriminator(images, training=True)
            fake_output = discriminator(generated_images, training=True)
            gen_loss = BCE(tf.ones_like(fake_output), fake_output)
            disc_loss = BCE(tf.ones_like(real_output), real_output) + BCE(tf.zeros_like(fake_output), fake_output)
        of_generator = gen_tape.gradient(gen_loss, generator.trainable_variables)
        of_discriminator = disc_tape.gradient(disc_loss, discriminator.trainable_variables)
        generator_optimizer.apply_gradients(zip(of_generator, generator.trainable_variables))
        discriminator_optimizer.apply_gradients(zip(of_discriminator, discriminator.trainable_variables))
        return {"gen_loss": gen_loss, "disc_loss": disc_loss}

    return train_step


class Trainer:
    """An object with a step: one persistent tape, RMSprop."""

    def __init__(self, generator, discriminator):
        self.networks = {"d": discriminator, "g": generator}
        self.optimizers = {name: keras.optimizers.RMSprop(1e-3) for name in self.networks}

    def train_step(self, real):
        g, d = self.networks["g"], self.networks["d"]
        with tf.GradientTape(persistent=True) as tape:
            fake = d(g(np.random.randn(len(real), g.input_shape[-1]), training=True), training=True)
            losses = dict(zip("dg", dc.losses.non_saturating(d(real, training=True), fake)))
        for name, network in self.networks.items():
            variables = network.trainable_variables
            self.optimizers[name].apply(tape.gradient(losses[name], variables), variables)
        return [losses["d"], losses["g"]]


class Callable:
    """An object that is called: alternating, SGD with momentum, gradients clipped, one-sided smoothing."""

    def __init__(self, generator, discriminator, smoothing=0.1):
        self.generator, self.discriminator, self.smoothing = generator, discriminator, smoothing
        self.of_d = keras.optimizers.SGD(0.01, momentum=0.5, clipnorm=1.0)
        self.of_g = keras.optimizers.SGD(0.01, momentum=0.5, clipnorm=1.0)

    def __call__(self, real):
        latents = tf.random.normal((real.shape[0], self.generator.input_shape[-1]))
        fake = self.generator(latents, training=False)
        with tf.GradientTape() as tape:
            real_logits, fake_logits = self.discriminator(real, training=True), self.discriminator(fake, training=True)
            d_loss = BCE((1 - self.smoothing) * tf.ones_like(real_logits), real_logits)
            d_loss += BCE(tf.zeros_like(fake_logits), fake_logits)
        variables = self.discriminator.trainable_variables
        self.of_d.apply_gradients(zip(tape.gradient(d_loss, variables), variables))
        with tf.GradientTape() as tape:
            fake_logits = self.discriminator(self.generator(latents, training=True), training=True)
            g_loss = BCE(tf.ones_like(fake_logits), fake_logits)
        variables = self.generator.trainable_variables
        self.of_g.apply_gradients(zip(tape.gradient(g_loss, variables), variables))
        return d_loss, g_loss


class KerasExample(keras.Model):
    """As in Keras' DCGAN example: a Model with metrics, one batch of both, and labels the right way round."""

    def __init__(self, generator, discriminator):
        super().__init__()
        self.generator, self.discriminator = generator, discriminator
        self.seed_generator = keras.random.SeedGenerator(1337)
        self.d_loss_metric = keras.metrics.Mean(name="d_loss")
        self.g_loss_metric = keras.metrics.Mean(name="g_loss")
        self.compile(keras.optimizers.Adam(3e-4), keras.optimizers.Adam(3e-4), BCE)

    def compile(self, d_optimizer, g_optimizer, loss_fn):
        super().compile()
        self.d_optimizer, self.g_optimizer, self.loss_fn = d_optimizer, g_optimizer, loss_fn

    @property
    def metrics(self):
        return [self.d_loss_metric, self.g_loss_metric]

    def latents(self, n):
        return keras.random.normal((n, self.generator.input_shape[-1]), seed=self.seed_generator)

    def train_step(self, real_images):
        batch_size = ops.shape(real_images)[0]
        combined_images = ops.concatenate([self.generator(self.latents(batch_size)), real_images], axis=0)
        labels = ops.concatenate([ops.zeros((batch_size, 1)), ops.ones((batch_size, 1))], axis=0)
        with tf.GradientTape() as tape:
            d_loss = self.loss_fn(labels, self.discriminator(combined_images, training=True))
        grads = tape.gradient(d_loss, self.discriminator.trainable_weights)
        self.d_optimizer.apply_gradients(zip(grads, self.discriminator.trainable_weights))
        with tf.GradientTape() as tape:
            predictions = self.discriminator(self.generator(self.latents(batch_size), training=True), training=True)
            g_loss = self.loss_fn(ops.ones((batch_size, 1)), predictions)
        grads = tape.gradient(g_loss, self.generator.trainable_weights)
        self.g_optimizer.apply_gradients(zip(grads, self.generator.trainable_weights))
        self.d_loss_metric.update_state(d_loss)
        self.g_loss_metric.update_state(g_loss)
        return {"d_loss": self.d_loss_metric.result(), "g_loss": self.g_loss_metric.result()}


def toggled(generator, discriminator):
    """Functions inside functions; the discriminator is frozen for the generator's turn, then thawed."""
    d_optimizer = keras.optimizers.Adam()
    g_optimizer = keras.optimizers.Adam()

    def move(optimizer, network, loss):
        value, gradients = dc.value_and_gradients(loss, network.trainable_variables)
        optimizer.apply(gradients, network.trainable_variables)
        return value

    def step(real):
        latents = keras.random.normal((real.shape[0], generator.input_shape[-1]))
        fake = ops.stop_gradient(generator(latents, training=True))
        d_loss = move(
            d_optimizer,
            discriminator,
            lambda: dc.losses.non_saturating(discriminator(real, training=True), discriminator(fake, training=True))[0],
        )
        discriminator.trainable = False
        g_loss = move(
            g_optimizer, generator, lambda: ops.mean(ops.softplus(-discriminator(generator(latents, training=True))))
        )
        discriminator.trainable = True
        return np.array([d_loss, g_loss])

    return step


def stacked(generator, discriminator):
    """The classic: two compiled models, one of them the pair with a frozen discriminator; run without compiling."""
    discriminator.compile(keras.optimizers.Adam(1e-3), BCE, run_eagerly=True)
    pair = keras.Sequential([generator, discriminator])
    pair.compile(keras.optimizers.Adam(1e-3), BCE, run_eagerly=True)
    rng = np.random.default_rng()

    def step(real):
        real = ops.convert_to_numpy(real)
        noise = rng.standard_normal((len(real), generator.input_shape[-1])).astype("float32")
        both = np.concatenate([real, generator(noise)])
        d_loss = discriminator.train_on_batch(both, np.r_[np.ones((len(real), 1)), np.zeros((len(real), 1))])
        discriminator.trainable = False
        g_loss = pair.train_on_batch(noise, np.ones((len(real), 1)))
        discriminator.trainable = True
        return d_loss, g_loss

    return step


def package(generator, discriminator):
    gan = dc.GAN(generator, discriminator)
    gan.compile(dc.Strategy())
    return gan


RIGHT = {
    "value_and_gradients": course,
    "two tapes, compiled": two_tapes,
    "an object with a step, RMSprop": Trainer,
    "an object that is called, SGD": Callable,
    "a keras.Model with train_step": KerasExample,
    "functions inside, frozen and thawed": toggled,
    "train_on_batch": stacked,
    "the course's GAN": package,
}


def draw(real, generator):
    return keras.random.normal((real.shape[0], generator.input_shape[-1]))


def maker(
    losses=dc.losses.non_saturating,
    latents=draw,
    variables=lambda g, d: (d.trainable_variables, g.trainable_variables),
    optimizers=lambda: (keras.optimizers.Adam(1e-3), keras.optimizers.Adam(1e-3)),
    apply=lambda optimizer, gradients, variables: optimizer.apply(gradients, variables),
    training=True,
    returned=lambda losses, gradients, logits: losses,
    at_every_step=False,
):
    """The common form, with a mistake in one of its parts."""

    def answer(generator, discriminator):
        made = None if at_every_step else optimizers()

        def step(real):
            used = made or optimizers()
            with tf.GradientTape(persistent=True) as tape:
                fake = generator(latents(real, generator), training=training)
                logits = discriminator(real, training=training), discriminator(fake, training=training)
                found = losses(*logits)
            asked = variables(generator, discriminator)
            gradients = [tape.gradient(loss, group) for loss, group in zip(found, asked)]
            for arguments in zip(used, gradients, asked):
                apply(*arguments)
            return returned(found, gradients, logits)

        return step

    return answer


def swapped_labels(real, fake):
    return ops.mean(ops.softplus(real)) + ops.mean(ops.softplus(-fake)), ops.mean(ops.softplus(fake))


def sigmoid_twice(real, fake):
    return dc.losses.non_saturating(tf.sigmoid(real), tf.sigmoid(fake))


def only_real(real, fake):
    return ops.mean(ops.softplus(-real)), ops.mean(ops.softplus(-fake))


def the_same_loss(real, fake):
    d_loss, _ = dc.losses.non_saturating(real, fake)
    return d_loss, d_loss


def one_optimizer_built_on_all(generator, discriminator):
    optimizer = keras.optimizers.Adam(1e-3)
    optimizer.build(discriminator.trainable_variables + generator.trainable_variables)
    return maker(optimizers=lambda: (optimizer, optimizer))(generator, discriminator)


def one_optimizer(generator, discriminator):
    optimizer = keras.optimizers.Adam(1e-3)
    return maker(optimizers=lambda: (optimizer, optimizer))(generator, discriminator)


def all_variables(generator, discriminator):
    return (generator.trainable_variables + discriminator.trainable_variables,) * 2


def other_networks(generator, discriminator):
    return generator.trainable_variables, discriminator.trainable_variables


def latents_drawn_once(generator, discriminator):
    latents = keras.random.normal((12, generator.input_shape[-1]))
    return maker(latents=lambda real, g: latents)(generator, discriminator)


def seeded(real, generator):
    return keras.random.normal((len(real), generator.input_shape[-1]), seed=42)


def reseeded(real, generator):
    np.random.seed(0)
    return np.random.randn(len(real), generator.input_shape[-1])


def numpy_compiled(generator, discriminator):
    step = maker(latents=lambda real, g: np.random.randn(12, g.input_shape[-1]))(generator, discriminator)
    return tf.function(step)


def left_frozen(generator, discriminator):
    step = maker()(generator, discriminator)

    def frozen(real):
        losses = step(real)
        discriminator.trainable = False
        return losses

    return frozen


def frozen_beforehand(generator, discriminator):
    """The classic, as Keras 2 wanted it: frozen once, for good."""
    discriminator.compile(keras.optimizers.Adam(), BCE, run_eagerly=True)
    discriminator.trainable = False
    return maker()(generator, discriminator)


def not_assigned(optimizer, gradients, variables):
    for gradient, variable in zip(gradients, variables):
        variable = variable - 0.001 * gradient


def uphill(optimizer, gradients, variables):
    optimizer.apply([-g for g in gradients], variables)


def discriminator_alone(generator, discriminator):
    return maker(variables=lambda g, d: (d.trainable_variables,))(generator, discriminator)


def trained_at_once(generator, discriminator):
    real = keras.random.normal((4, *discriminator.input_shape[1:]))
    return course(generator, discriminator)(real)


def not_returned(generator, discriminator):
    def step(real):
        return course(generator, discriminator)(real)


def two_arguments(generator, discriminator):
    def step(real, latents):
        return 0.0, 0.0

    return step


def unwritten(generator, discriminator):
    raise NotImplementedError()


def latents_used_before_they_are_drawn(generator, discriminator):
    def step(real):
        fake = generator(latent, training=True)  # noqa: F821
        latent = keras.random.normal((len(real), generator.input_shape[-1]))  # noqa: F841
        return fake

    return step


WRONG = {
    "a name used before it is made": (latents_used_before_they_are_drawn, "made before it is used"),
    "one optimizer": (one_optimizer, "an optimizer of its own"),
    "one optimizer, built on all variables": (one_optimizer_built_on_all, "Each network needs its own"),
    "new optimizers at every step": (maker(at_every_step=True), "made at every step"),
    "every loss moves both networks": (maker(variables=all_variables), "down its own loss alone"),
    "each loss moves the other network": (maker(variables=other_networks), "Which loss, which sign, whose variables?"),
    "latents drawn once": (latents_drawn_once, "drawn once, outside the step"),
    "a whole number as seed": (maker(latents=seeded), "the same seed each time"),
    "NumPy seeded inside": (maker(latents=reseeded), "the same seed each time"),
    "NumPy in a tf.function": (numpy_compiled, "NumPy draws only once"),
    "100 numbers, whatever the generator takes": (
        maker(latents=lambda real, g: keras.random.normal((len(real), 100))),
        "generator.input_shape",
    ),
    "training forgotten": (maker(training=None), "batch normalisation would not follow the batches"),
    "inference mode": (maker(training=False), "call it with training=True"),
    "labels swapped": (maker(swapped_labels), "moves uphill on its own loss"),
    "gradient ascent": (maker(apply=uphill), "moves uphill on its own loss"),
    "the discriminator's loss for both": (maker(the_same_loss), "is it the other network's loss"),
    "minimax": (maker(dc.losses.minimax), "the minimax loss"),
    "only real images for the discriminator": (maker(only_real), "The step should return the discriminator's loss"),
    "sigmoid applied twice": (maker(sigmoid_twice), "The step should return the discriminator's loss"),
    "only the discriminator": (discriminator_alone, "The generator stays as it was"),
    "new weights not assigned": (maker(apply=not_assigned), "applied with the optimizer"),
    "never applied": (maker(apply=lambda *_: None), "stays as it was"),
    "discriminator left frozen": (left_frozen, "not set back"),
    "discriminator frozen beforehand": (frozen_beforehand, "stays frozen in its own step"),
    "nothing returned": (maker(returned=lambda *_: None), "hand both losses back"),
    "printed instead of returned": (maker(returned=lambda *found: print(found[0])), "what is printed is gone"),
    "one loss returned": (maker(returned=lambda losses, *_: losses[0]), "should return two losses"),
    "the sum returned": (maker(returned=lambda losses, *_: sum(losses)), "should return two losses"),
    "the same loss twice": (maker(returned=lambda losses, *_: (losses[0], losses[0])), "Received: 2.10 and 2.10"),
    "gradients returned": (maker(returned=lambda losses, gradients, _: gradients), "A loss should be"),
    "D(x) and D(G(z)) returned": (
        maker(returned=lambda losses, gradients, logits: [ops.mean(ops.sigmoid(x)) for x in logits]),
        "and the generator's, about",
    ),
    "the step's result in place of the step": (trained_at_once, "should return a function of a batch"),
    "the step not handed back": (not_returned, "has to return the step"),
    "a step of two arguments": (two_arguments, "TypeError"),
    "the networks in another order, by other names": (lambda disc, gen: course(gen, disc), "in this order"),
    "no networks taken": (lambda: course, "Yours asks for others"),
    "not written": (unwritten, "not written yet"),
}
