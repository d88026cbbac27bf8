"""The course's own layer: batch normalisation that goes through TensorFlow's fused kernel."""

import keras


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
