"""The course's own layers: batch normalisation through TensorFlow's fused kernel, and spectral normalisation."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("dcgan_course")
class BatchNormalization(keras.layers.BatchNormalization):
    """`keras.layers.BatchNormalization`, through TensorFlow's fused kernel in training mode.

    Same variables, same results up to rounding; the fused kernel reads the activations fewer times.
    On other backends, and where the kernel does not apply, it is Keras' own layer. Built in the scope of a
    `tf.distribute` strategy with several replicas, it normalises over the whole batch, not over each replica's part.
    """

    def __init__(self, *args, synchronized=None, **kwargs):
        if synchronized is None and keras.backend.backend() == "tensorflow":
            import tensorflow as tf

            synchronized = tf.distribute.get_strategy().num_replicas_in_sync > 1
        super().__init__(*args, synchronized=bool(synchronized), **kwargs)

    def call(self, inputs, training=None, mask=None):
        fused = (
            training
            and self.trainable
            and self.scale
            and self.center
            and mask is None
            and keras.backend.backend() == "tensorflow"
            and len(inputs.shape) == 4
            and self.axis in (-1, 3)
            and not self.synchronized
            and self.compute_dtype in ("float32", "bfloat16")
        )
        return self._fused(inputs) if fused else super().call(inputs, training=training, mask=mask)

    def _fused(self, inputs):
        import tensorflow as tf

        scale, offset = (tf.cast(v, "float32") for v in (self.gamma, self.beta))  # also where layers compute in bfloat16
        normalise = tf.compat.v1.nn.fused_batch_norm
        outputs, mean, variance, *_ = normalise(inputs, scale, offset, epsilon=self.epsilon, is_training=True)
        count = tf.cast(tf.size(inputs) / tf.shape(inputs)[-1], "float32")
        variance *= (count - 1.0) / count  # the kernel returns the unbiased variance; Keras keeps the plain one
        for moving, batch in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving + (batch - moving) * (1.0 - self.momentum))
        return outputs


@keras.saving.register_keras_serializable("dcgan_course")
class SpectralNormalization(keras.layers.SpectralNormalization):
    """A dense or convolution layer whose output is divided by its kernel's largest singular value (Miyato et al. 2018).

    Keras' own layer writes the divided kernel over the kernel at each call, and JAX and TensorFlow differ in the gradient
    then. Here the kernel stays, and gradients flow through the division, as in the paper. The singular value comes from one
    step of the power iteration a call. A bias is divided, too.
    """

    def call(self, inputs, training=False):
        kernel = ops.reshape(self.kernel, (-1, self.kernel_shape[-1]))
        fixed = ops.stop_gradient(kernel)
        left = _unit(ops.matmul(self.vector_u, ops.transpose(fixed)))
        right = _unit(ops.matmul(left, fixed))
        if training:
            self.vector_u.assign(right)
        largest = ops.matmul(ops.matmul(left, kernel), ops.transpose(right))[0, 0]
        outputs = self.layer(inputs)
        return outputs / ops.cast(ops.maximum(largest, 1e-12), outputs.dtype)


def _unit(vector):
    return vector / ops.maximum(ops.sqrt(ops.sum(ops.square(vector))), 1e-12)
