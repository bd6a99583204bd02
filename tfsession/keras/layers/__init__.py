"""`tf.keras.layers`."""

from tfsession.keras.engine.inputs import Input as Input, InputLayer as InputLayer
from tfsession.keras.layers.activations import *
from tfsession.keras.layers.attention import *
from tfsession.keras.layers.cells import (
    AbstractRNNCell as AbstractRNNCell,
    GRUCell as GRUCell,
    LSTMCell as LSTMCell,
    SimpleRNNCell as SimpleRNNCell,
    StackedRNNCells as StackedRNNCells,
)
from tfsession.keras.layers.convolutional import *
from tfsession.keras.layers.core import *
from tfsession.keras.layers.embeddings import *
from tfsession.keras.layers.merge import *
from tfsession.keras.layers.noise import *
from tfsession.keras.layers.normalization import *
from tfsession.keras.layers.pooling import *
from tfsession.keras.layers.recurrent import *
from tfsession.keras.layers.registry import *
from tfsession.keras.layers.resizing import *
from tfsession.keras.layers.wrappers import *
from tfsession.layers.abstract import Layer as Layer
from tfsession.layers.input_spec import InputSpec as InputSpec
from tfsession.names.absent import explain_in as _explain_in

Convolution1D = Conv1D  # noqa: F405
Convolution2D = Conv2D  # noqa: F405
Convolution3D = Conv3D  # noqa: F405
Convolution2DTranspose = Conv2DTranspose  # noqa: F405
Convolution3DTranspose = Conv3DTranspose  # noqa: F405
SeparableConvolution1D = SeparableConv1D  # noqa: F405
SeparableConvolution2D = SeparableConv2D  # noqa: F405
AvgPool1D = AveragePooling1D  # noqa: F405
AvgPool2D = AveragePooling2D  # noqa: F405
AvgPool3D = AveragePooling3D  # noqa: F405
MaxPool1D = MaxPooling1D  # noqa: F405
MaxPool2D = MaxPooling2D  # noqa: F405
MaxPool3D = MaxPooling3D  # noqa: F405
GlobalAvgPool1D = GlobalAveragePooling1D  # noqa: F405
GlobalAvgPool2D = GlobalAveragePooling2D  # noqa: F405
GlobalAvgPool3D = GlobalAveragePooling3D  # noqa: F405
GlobalMaxPool1D = GlobalMaxPooling1D  # noqa: F405
GlobalMaxPool2D = GlobalMaxPooling2D  # noqa: F405
GlobalMaxPool3D = GlobalMaxPooling3D  # noqa: F405

_explain_in(__name__)
