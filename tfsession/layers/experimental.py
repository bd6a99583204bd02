"""`tf.layers.experimental`: layers that name themselves as those of Keras do."""

from tfsession.layers.base import (
    keras_style_scope as keras_style_scope,
    set_keras_style as set_keras_style,
)
