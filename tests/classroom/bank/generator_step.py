"""Answers to: one step of the generator alone, with the optimizer and the latents handed in."""

import keras
import tensorflow as tf
from keras import ops

import dcgan_course as dc

BCE = keras.losses.BinaryCrossentropy(from_logits=True)


def tape(generator, discriminator, optimizer, latents):
    with tf.GradientTape() as tape:
        fake_logits = discriminator(generator(latents, training=True), training=True)
        loss = tf.reduce_mean(tf.nn.softplus(-fake_logits))
    gradients = tape.gradient(loss, generator.trainable_variables)
    optimizer.apply_gradients(zip(gradients, generator.trainable_variables))
    return loss


def course(generator, discriminator, optimizer, latents):
    def loss():
        fake_logits = discriminator(generator(latents, training=True), training=False)
        return dc.losses.non_saturating(fake_logits, fake_logits)[1]

    value, gradients = dc.value_and_gradients(loss, generator.trainable_variables)
    optimizer.apply(gradients, generator.trainable_variables)
    return value


def keras_loss(g, d, opt, z):
    variables = g.trainable_variables
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch([v.value for v in variables])
        output = d(g(z, training=True))
        loss = BCE(tf.ones_like(output), output)
    opt.apply(tape.gradient(loss, [v.value for v in variables]))
    return loss.numpy()


def discriminator_frozen(generator, discriminator, optimizer, latents):
    discriminator.trainable = False
    try:
        return tape(generator, discriminator, optimizer, latents)
    finally:
        discriminator.trainable = True


def layers_frozen(generator, discriminator, optimizer, latents):
    for layer in discriminator.layers:
        layer.trainable = False
    loss = course(generator, discriminator, optimizer, latents)
    for layer in discriminator.layers:
        layer.trainable = True
    return loss


def by_the_chain_rule(generator, discriminator, optimizer, latents):
    """The slope at the images first, then through the generator."""
    with tf.GradientTape() as inner:
        fake = generator(latents, training=True)
    with tf.GradientTape() as outer:
        outer.watch(fake)
        loss = -ops.mean(ops.log_sigmoid(discriminator(fake, training=True)))
    variables = generator.trainable_variables
    gradients = inner.gradient(fake, variables, output_gradients=outer.gradient(loss, fake))
    optimizer.apply(gradients, variables)
    return float(loss)


class Step:
    def __call__(self, generator, discriminator, optimizer, latents):
        return tape(generator, discriminator, optimizer, latents)


RIGHT = {
    "GradientTape": tape,
    "value_and_gradients, discriminator in inference mode": course,
    "Keras' loss, watched variables, other names": keras_loss,
    "discriminator frozen and thawed": discriminator_frozen,
    "its layers frozen and thawed": layers_frozen,
    "by the chain rule": by_the_chain_rule,
    "an object": Step(),
    "compiled": tf.function(tape),
    "arguments in another order": lambda latents, optimizer, discriminator, generator: tape(
        generator, discriminator, optimizer, latents
    ),
}


def step(
    loss=lambda fake: ops.mean(ops.softplus(-fake)),
    train=lambda g, d: g,
    training=True,
    apply=lambda optimizer, gradients, variables: optimizer.apply(gradients, variables),
    returned=lambda loss, gradients: loss,
):
    """The common form, with a mistake in one of its parts."""

    def answer(generator, discriminator, optimizer, latents):
        with tf.GradientTape() as tape:
            value = loss(discriminator(generator(latents, training=training), training=training))
        variables = train(generator, discriminator).trainable_variables
        gradients = tape.gradient(value, variables)
        apply(optimizer, gradients, variables)
        return returned(value, gradients)

    return answer


def generator_outside_the_tape(generator, discriminator, optimizer, latents):
    fake = generator(latents, training=True)
    with tf.GradientTape() as tape:
        loss = ops.mean(ops.softplus(-discriminator(fake, training=True)))
    optimizer.apply(tape.gradient(loss, generator.trainable_variables), generator.trainable_variables)
    return loss


def stopped(generator, discriminator, optimizer, latents):
    with tf.GradientTape() as tape:
        fake = ops.stop_gradient(generator(latents, training=True))
        loss = ops.mean(ops.softplus(-discriminator(fake, training=True)))
    optimizer.apply(tape.gradient(loss, generator.trainable_variables), generator.trainable_variables)
    return loss


def by_numpy(generator, discriminator, optimizer, latents):
    import numpy as np

    with tf.GradientTape() as tape:
        loss = np.logaddexp(0, -discriminator(generator(latents, training=True), training=True).numpy()).mean()
        loss = ops.convert_to_tensor(loss)
    optimizer.apply(tape.gradient(loss, generator.trainable_variables), generator.trainable_variables)
    return loss


def both_networks(generator, discriminator, optimizer, latents):
    variables = generator.trainable_variables + discriminator.trainable_variables
    with tf.GradientTape() as tape:
        loss = ops.mean(ops.softplus(-discriminator(generator(latents, training=True), training=True)))
    for gradient, variable in zip(tape.gradient(loss, variables), variables):
        variable.assign_sub(0.01 * gradient)
    return loss


def left_frozen(generator, discriminator, optimizer, latents):
    discriminator.trainable = False
    return tape(generator, discriminator, optimizer, latents)


def frozen_itself(generator, discriminator, optimizer, latents):
    loss = tape(generator, discriminator, optimizer, latents)
    generator.trainable = False
    return loss


def own_latents(generator, discriminator, optimizer, latents):
    return tape(generator, discriminator, optimizer, keras.random.normal(ops.shape(latents)))


def half_of_them(generator, discriminator, optimizer, latents):
    return tape(generator, discriminator, optimizer, latents[:6])


def loss_after_the_step(generator, discriminator, optimizer, latents):
    tape(generator, discriminator, optimizer, latents)
    return ops.mean(ops.softplus(-discriminator(generator(latents, training=True), training=True)))


def a_new_optimizer(optimizer, gradients, variables):
    keras.optimizers.SGD(0.01).apply(gradients, variables)


def not_assigned(optimizer, gradients, variables):
    for gradient, variable in zip(gradients, variables):
        variable = variable - optimizer.learning_rate * gradient


def uphill(optimizer, gradients, variables):
    optimizer.apply([-g for g in gradients], variables)


def clipped_by_value(optimizer, gradients, variables):
    optimizer.apply([ops.clip(g, -0.01, 0.01) for g in gradients], variables)


def weights_clipped(optimizer, gradients, variables):
    optimizer.apply(gradients, variables)
    for variable in variables:
        variable.assign(ops.clip(variable, -0.1, 0.1))


def kernels_alone(optimizer, gradients, variables):
    optimizer.apply_gradients((g, v) for g, v in zip(gradients, variables) if v.name == "bias")


def twice_applied(optimizer, gradients, variables):
    optimizer.apply(gradients, variables)
    optimizer.apply(gradients, variables)


def unwritten(generator, discriminator, optimizer, latents):
    raise NotImplementedError()


WRONG = {
    "training forgotten": (step(training=None), "batch normalisation would not follow the batches"),
    "inference mode": (step(training=False), "call it with training=True"),
    "minimax": (step(lambda fake: -ops.mean(ops.softplus(fake))), "minimax loss"),
    "minimax by hand": (step(lambda fake: ops.mean(ops.log(1 - ops.sigmoid(fake)))), "minimax loss"),
    "the discriminator's loss": (step(lambda fake: ops.mean(ops.softplus(fake))), "fakes that are found out"),
    "label 0": (step(lambda fake: BCE(ops.zeros_like(fake), fake)), "trained on the discriminator's loss"),
    "sigmoid applied twice": (step(lambda fake: BCE(ops.ones_like(fake), tf.sigmoid(fake))), "wants them as they are"),
    "the same, which Keras mends and warns of": (
        step(lambda fake: BCE(ops.ones_like(fake), ops.sigmoid(fake))),
        "under JAX and PyTorch it would not",
    ),
    "sum over the batch": (step(lambda fake: ops.sum(ops.softplus(-fake))), "12.00 times as long"),
    "no mean": (step(lambda fake: ops.softplus(-fake)), "Is the loss the mean over the batch"),
    "half the loss": (step(lambda fake: ops.mean(ops.softplus(-fake)) / 2), "0.50 times as long"),
    "bare mean": (step(lambda fake: -ops.mean(fake)), "not its loss's gradient"),
    "the loss's sign turned round": (step(lambda fake: ops.mean(ops.log_sigmoid(fake))), "It moves uphill"),
    "gradient ascent": (step(apply=uphill), "It moves uphill"),
    "the discriminator's gradients": (step(train=lambda g, d: d), "variables that it does not know"),
    "the generator outside the tape": (generator_outside_the_tape, "No gradient reached the variables"),
    "the gradient stopped": (stopped, "No gradient reached the variables"),
    "NumPy on the way": (by_numpy, "without NumPy"),
    "both networks": (both_networks, "The discriminator changed, too"),
    "a new optimizer": (step(apply=a_new_optimizer), "make none anew"),
    "applied twice": (step(apply=twice_applied), "counted 2 steps"),
    "new weights not assigned": (step(apply=not_assigned), "stays as it was"),
    "never applied": (step(apply=lambda *_: None), "applied with the optimizer"),
    "the bias alone": (step(apply=kernels_alone), "Are all its gradients applied"),
    "gradients clipped by value": (step(apply=clipped_by_value), "not its loss's gradient"),
    "weights clipped": (step(apply=weights_clipped), "Weights were clipped to 0.1"),
    "discriminator left frozen": (left_frozen, "not set back"),
    "generator left frozen": (frozen_itself, "stays frozen"),
    "latents of its own": (own_latents, "other latents than those handed in"),
    "half of the latents": (half_of_them, "other latents than those handed in"),
    "nothing returned": (step(returned=lambda loss, gradients: None), "None: the function has to return it"),
    "printed instead of returned": (step(returned=lambda loss, gradients: print(loss)), "what is printed is gone"),
    "gradients returned": (step(returned=lambda loss, gradients: gradients), "What comes back should be"),
    "a rounded loss": (step(returned=lambda loss, gradients: round(float(loss))), "It should return its loss"),
    "the real images asked for": (
        lambda generator, discriminator, optimizer, real, latents: tape(generator, discriminator, optimizer, latents),
        "Yours asks for others",
    ),
    "not written": (unwritten, "not written yet"),
}
