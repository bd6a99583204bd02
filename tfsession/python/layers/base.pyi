# Written by tfsession/python/stubs.py.
from tfsession.layers.base import Layer as Layer
from tfsession.layers.base import InputSpec as InputSpec
from tfsession.layers.base import keras_style_scope as keras_style_scope
from tfsession.layers.base import set_keras_style as set_keras_style
