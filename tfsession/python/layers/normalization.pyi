# Written by tfsession/python/stubs.py.
from tfsession.layers.normalization import *
from tfsession.layers.normalization import BatchNormalization as _BatchNormalization
BatchNorm = _BatchNormalization
from tfsession.layers.normalization import batch_normalization as _batch_normalization
batch_norm = _batch_normalization
