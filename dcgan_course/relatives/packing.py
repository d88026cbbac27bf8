"""Packing (Lin et al. 2018, PacGAN): a discriminator that sees several images at once, and so sees when they repeat."""

import keras
from keras import layers, ops

from .. import networks
from ..validate import whole_number


class Stacks(layers.Layer):
    """Base of the two layers below: so many images, `pack`, are in a stack."""

    def __init__(self, pack, **kwargs):
        super().__init__(**kwargs)
        self.pack = pack

    def get_config(self):
        return {**super().get_config(), "pack": self.pack}


@keras.saving.register_keras_serializable("dcgan_course")
class Pack(Stacks):
    """Neighbours in the batch become one stack of channels: `(B, H, W, C)` → `(B/pack, H, W, pack*C)`.

    Stack i holds the images `pack*i … pack*i + pack - 1`, in this order. A batch that is not a multiple of `pack` is a
    ValueError (TensorFlow's InvalidArgumentError inside a graph).
    """

    def call(self, images):
        height, width, channels = images.shape[1:]
        x = ops.reshape(self._checked(images), (-1, self.pack, height, width, channels))
        x = ops.transpose(x, (0, 2, 3, 1, 4))
        return ops.reshape(x, (-1, height, width, self.pack * channels))

    def _checked(self, images):
        advice = (
            f"A batch of a packed discriminator must be a multiple of pack={self.pack}: "
            f"dataset.batches({32 * self.pack}, drop_remainder=True)."
        )
        if images.shape[0] is not None:
            if images.shape[0] % self.pack:
                raise ValueError(f"{advice} Received: {images.shape[0]} images.")
        elif keras.backend.backend() == "tensorflow" and not isinstance(images, keras.KerasTensor):
            import tensorflow as tf  # inside a graph the number of images is known only when it runs

            check = tf.debugging.assert_equal(tf.shape(images)[0] % self.pack, 0, message=advice)
            with tf.control_dependencies([] if check is None else [check]):  # before the reshape can fail
                return tf.identity(images)
        return images

    def compute_output_shape(self, shape):
        batch, height, width, channels = shape
        return (None if batch is None else batch // self.pack, height, width, self.pack * channels)


@keras.saving.register_keras_serializable("dcgan_course")
class Unpack(Stacks):
    """Each stack's logit for every image in it: `(B/pack, 1)` → `(B, 1)`."""

    def call(self, logits):
        beside = ops.concatenate([logits] * self.pack, axis=1)  # ops.repeat makes TensorFlow complain on stderr
        return ops.reshape(beside, (-1, 1))

    def compute_output_shape(self, shape):
        return (None if shape[0] is None else shape[0] * self.pack, 1)


def packed_discriminator(image_shape, pack=2, width=32, norm=True):
    """`networks.discriminator` that sees `pack` images together; losses and `GAN` stay as they are. Built in chapter 05.1.

    Real images and generated ones pass through it apart, so a stack is all real or all generated. Built in
    chapter 05.1.

    Args:
        image_shape: tuple `(H, W, C)`, as for `networks.generator`; ValueError where there is no network for it.
        pack: int, images seen together; 1 is the plain discriminator.
        width: int, filters of the first layer.
        norm: bool, batch normalisation in the hidden layers. It too tells the discriminator about the rest of the batch.

    Returns:
        `keras.Model`: images `(B, H, W, C)` → logits `(B, 1)`, B a multiple of `pack`; images of one stack share a logit.

    Example:
        >>> logits = ops.convert_to_numpy(packed_discriminator((16, 16, 1), pack=3)(digits.images[:6]))
        >>> logits.shape, len(set(logits[:, 0]))
        ((6, 1), 2)
    """
    size, channels = networks.check_shape(image_shape)
    pack, width = whole_number("pack", pack), whole_number("width", width)

    images = keras.Input((size, size, channels), name="images")
    if pack == 1:
        return keras.Model(images, networks.discriminator_layers(images, width, norm), name="discriminator")
    logits = networks.discriminator_layers(Pack(pack, name="pack")(images), width, norm)
    return keras.Model(images, Unpack(pack, name="unpack")(logits), name="packed_discriminator")
