"""`tf.keras`: layers and models that train themselves."""

from tfsession.keras import (
    activations as activations,
    backend as backend,
    callbacks as callbacks,
    constraints as constraints,
    datasets as datasets,
    initializers as initializers,
    layers as layers,
    losses as losses,
    metrics as metrics,
    models as models,
    optimizers as optimizers,
    preprocessing as preprocessing,
    regularizers as regularizers,
    utils as utils,
)
from tfsession.keras.engine import config as _config
from tfsession.keras.engine.inputs import Input as Input
from tfsession.keras.engine.sequential import Sequential as Sequential
from tfsession.keras.engine.training import Model as Model
from tfsession.names.absent import explain_in as _explain_in

__version__ = _config.VERSION

_explain_in(__name__)
