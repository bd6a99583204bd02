# Written by tfsession/python/stubs.py.
from tfsession.keras.optimizers import Optimizer as _Optimizer
OptimizerV2 = _Optimizer
