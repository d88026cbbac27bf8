"""Answers to: one step of the discriminator alone, with the optimizer, real images and latents handed in."""

import keras
import tensorflow as tf
from keras import ops

import dcgan_course as dc

BCE = keras.losses.BinaryCrossentropy(from_logits=True)


def tape(generator, discriminator, optimizer, real, latents):
    fake = generator(latents, training=True)
    with tf.GradientTape() as tape:
        real_logits = discriminator(real, training=True)
        fake_logits = discriminator(fake, training=True)
        loss = ops.mean(ops.softplus(-real_logits)) + ops.mean(ops.softplus(fake_logits))
    gradients = tape.gradient(loss, discriminator.trainable_variables)
    optimizer.apply_gradients(zip(gradients, discriminator.trainable_variables))
    return loss


def course(generator, discriminator, optimizer, real, latents):
    def loss():
        fake_logits = discriminator(generator(latents, training=False), training=True)
        return dc.losses.non_saturating(discriminator(real, training=True), fake_logits)[0]

    value, gradients = dc.value_and_gradients(loss, discriminator.trainable_variables)
    optimizer.apply(gradients, discriminator.trainable_variables)
    return float(value)


def generator_inside_the_tape(gen, disc, d_optimizer, images, noise):
    with tf.GradientTape() as disc_tape:
        generated_images = gen(noise, training=True)
        real_output = disc(images, training=True)
        fake_output = disc(generated_images, training=True)
        disc_loss = BCE(tf.ones_like(real_output), real_output) + BCE(tf.zeros_like(fake_output), fake_output)
    d_optimizer.apply(disc_tape.gradient(disc_loss, disc.trainable_variables))
    return disc_loss


def one_batch(generator, discriminator, optimizer, real, latents):
    fake = generator(latents)
    images = ops.concatenate([real, fake], axis=0)
    labels = ops.concatenate([ops.ones((len(real), 1)), ops.zeros((len(fake), 1))], axis=0)
    with tf.GradientTape() as tape:
        loss = 2 * BCE(labels, discriminator(images, training=True))
    grads = tape.gradient(loss, discriminator.trainable_weights)
    optimizer.apply_gradients(zip(grads, discriminator.trainable_weights))
    return loss.numpy()


def stopped(real, latents, generator, discriminator, optimizer):
    fake = ops.stop_gradient(generator(latents, training=True))
    with tf.GradientTape(persistent=True) as tape:
        of_real = tf.nn.sigmoid_cross_entropy_with_logits(tf.ones((real.shape[0], 1)), discriminator(real, training=True))
        of_fake = tf.nn.sigmoid_cross_entropy_with_logits(tf.zeros((real.shape[0], 1)), discriminator(fake, training=True))
        parts = tf.reduce_mean(of_real), tf.reduce_mean(of_fake)
    found = [tape.gradient(part, discriminator.trainable_variables) for part in parts]
    optimizer.apply([a + b for a, b in zip(*found)], discriminator.trainable_variables)
    return sum(parts)


def generator_frozen(generator, discriminator, optimizer, real, latents):
    generator.trainable = False
    loss = tape(generator, discriminator, optimizer, real, latents)
    generator.trainable = True
    return loss


class Step:
    def __call__(self, generator, discriminator, optimizer, real, latents):
        return course(generator, discriminator, optimizer, real, latents)


RIGHT = {
    "GradientTape": tape,
    "value_and_gradients, generator in inference mode": course,
    "the generator inside the tape, other names": generator_inside_the_tape,
    "one batch of both": one_batch,
    "persistent tape, two parts, another order": stopped,
    "generator frozen and thawed": generator_frozen,
    "an object": Step(),
    "compiled": tf.function(tape),
}


def step(
    loss=lambda real, fake: dc.losses.non_saturating(real, fake)[0],
    train=lambda g, d: d,
    training=True,
    apply=lambda optimizer, gradients, variables: optimizer.apply(gradients, variables),
    returned=lambda loss, gradients: loss,
):
    """The common form, with a mistake in one of its parts."""

    def answer(generator, discriminator, optimizer, real, latents):
        with tf.GradientTape() as tape:
            fake_logits = discriminator(generator(latents, training=training), training=training)
            value = loss(discriminator(real, training=training), fake_logits)
        variables = train(generator, discriminator).trainable_variables
        gradients = tape.gradient(value, variables)
        apply(optimizer, gradients, variables)
        return returned(value, gradients)

    return answer


def both_networks(generator, discriminator, optimizer, real, latents):
    optimizer = keras.optimizers.SGD(0.01)
    variables = generator.trainable_variables + discriminator.trainable_variables
    with tf.GradientTape() as tape:
        fake_logits = discriminator(generator(latents, training=True), training=True)
        loss, _ = dc.losses.non_saturating(discriminator(real, training=True), fake_logits)
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
    return loss


def both_networks_one_optimizer(generator, discriminator, optimizer, real, latents):
    variables = generator.trainable_variables + discriminator.trainable_variables
    with tf.GradientTape() as tape:
        fake_logits = discriminator(generator(latents, training=True), training=True)
        loss, _ = dc.losses.non_saturating(discriminator(real, training=True), fake_logits)
    optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
    return loss


def mixed_up(generator, discriminator, optimizer, real, latents):
    with tf.GradientTape() as tape:
        fake_logits = discriminator(generator(latents, training=True), training=True)
        loss, _ = dc.losses.non_saturating(discriminator(real, training=True), fake_logits)
    optimizer.apply(tape.gradient(loss, generator.trainable_variables), discriminator.trainable_variables)
    return loss


def a_new_optimizer(optimizer, gradients, variables):
    keras.optimizers.Adam(1e-3).apply(gradients, variables)


def by_hand(optimizer, gradients, variables):
    for gradient, variable in zip(gradients, variables):
        variable.assign_sub(optimizer.learning_rate * gradient)


def one_by_one(optimizer, gradients, variables):
    for gradient, variable in zip(gradients, variables):
        optimizer.apply([gradient], [variable])


def not_assigned(optimizer, gradients, variables):
    for gradient, variable in zip(gradients, variables):
        variable = variable - optimizer.learning_rate * gradient


def uphill(optimizer, gradients, variables):
    optimizer.apply([-g for g in gradients], variables)


def twice_applied(optimizer, gradients, variables):
    for _ in range(2):
        optimizer.apply(gradients, variables)


def weights_clipped(optimizer, gradients, variables):
    optimizer.apply(gradients, variables)
    for variable in variables:
        variable.assign(ops.clip(variable, -0.01, 0.01))


def two_updates(generator, discriminator, optimizer, real, latents):
    losses = []
    for images, label in ((real, 1.0), (generator(latents, training=True), 0.0)):
        with tf.GradientTape() as tape:
            logits = discriminator(images, training=True)
            losses.append(BCE(label * ops.ones_like(logits), logits))
        variables = discriminator.trainable_variables
        optimizer.apply(tape.gradient(losses[-1], variables), variables)
    return sum(losses)


def left_frozen(generator, discriminator, optimizer, real, latents):
    generator.trainable = False
    return tape(generator, discriminator, optimizer, real, latents)


def own_latents(generator, discriminator, optimizer, real, latents):
    return tape(generator, discriminator, optimizer, real, keras.random.normal((len(real), 6)))


def loss_outside_the_tape(generator, discriminator, optimizer, real, latents):
    with tf.GradientTape() as tape:
        real_logits = discriminator(real, training=True)
        fake_logits = discriminator(generator(latents, training=True), training=True)
    loss, _ = dc.losses.non_saturating(real_logits, fake_logits)
    optimizer.apply(tape.gradient(loss, discriminator.trainable_variables), discriminator.trainable_variables)
    return loss


def uneven(generator, discriminator, optimizer, real, latents):
    return step()(generator, discriminator, optimizer, real[:3], latents)


def unwritten(generator, discriminator, optimizer, real, latents):
    raise NotImplementedError()


WRONG = {
    "training forgotten": (step(training=None), "batch normalisation would not follow the batches"),
    "inference mode": (step(training=False), "call it with training=True"),
    "the generator's loss": (step(lambda real, fake: ops.mean(ops.softplus(-fake))), "learns to be fooled"),
    "only the real images": (step(lambda real, fake: ops.mean(ops.softplus(-real))), "Only the real images were classified"),
    "only the fakes": (step(lambda real, fake: ops.mean(ops.softplus(fake))), "Only the fakes were classified"),
    "labels swapped": (
        step(lambda real, fake: ops.mean(ops.softplus(real)) + ops.mean(ops.softplus(-fake))),
        "labels are swapped",
    ),
    "the halves averaged": (
        step(lambda real, fake: (ops.mean(ops.softplus(-real)) + ops.mean(ops.softplus(fake))) / 2),
        "0.50 times as long",
    ),
    "sum over the batch": (
        step(lambda real, fake: ops.sum(ops.softplus(-real)) + ops.sum(ops.softplus(fake))),
        "Is the loss the mean over the batch",
    ),
    "sigmoid applied twice": (
        step(lambda real, fake: dc.losses.non_saturating(tf.sigmoid(real), tf.sigmoid(fake))[0]),
        "wants them as they are",
    ),
    "bare difference": (step(lambda real, fake: ops.mean(fake) - ops.mean(real)), "not its loss's gradient"),
    "the loss's sign turned round": (
        step(lambda real, fake: -dc.losses.non_saturating(real, fake)[0]),
        "It moves uphill",
    ),
    "gradient ascent": (step(apply=uphill), "It moves uphill"),
    "the generator's gradients": (step(train=lambda g, d: g), "variables that it does not know"),
    "the generator's gradients, the discriminator's variables": (mixed_up, "another shape"),
    "both networks": (both_networks, "The generator changed, too"),
    "both networks, the optimizer handed in": (both_networks_one_optimizer, "variables that it does not know"),
    "a new optimizer": (step(apply=a_new_optimizer), "make none anew"),
    "without the optimizer": (step(apply=by_hand), "did not make the step"),
    "one variable after the other": (step(apply=one_by_one), "counted 4 steps"),
    "real and fake in two steps": (two_updates, "counted 2 steps"),
    "applied twice": (step(apply=twice_applied), "counted 2 steps"),
    "new weights not assigned": (step(apply=not_assigned), "stays as it was"),
    "never applied": (step(apply=lambda *_: None), "applied with the optimizer"),
    "weights clipped": (step(apply=weights_clipped), "Weights were clipped to 0.01"),
    "generator left frozen": (left_frozen, "not set back"),
    "latents of its own": (own_latents, "other latents than those handed in"),
    "loss outside the tape": (loss_outside_the_tape, "No gradient reached the variables"),
    "a part of the batch": (uneven, "on the images and latents handed in"),
    "nothing returned": (step(returned=lambda loss, gradients: None), "None: the function has to return it"),
    "printed instead of returned": (step(returned=lambda loss, gradients: print(loss)), "what is printed is gone"),
    "gradients returned": (step(returned=lambda loss, gradients: gradients), "What comes back should be"),
    "norm of a gradient returned": (
        step(returned=lambda loss, gradients: tf.norm(gradients[0])),
        "It should return its loss",
    ),
    "the networks in another order, by other names": (
        lambda disc, gen, opt, images, noise: tape(gen, disc, opt, images, noise),
        "in this order",
    ),
    "four arguments": (lambda generator, discriminator, optimizer, real: 0.0, "Yours asks for others"),
    "not written": (unwritten, "not written yet"),
}
