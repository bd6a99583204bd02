# Written by tfsession/python/stubs.py.
from tfsession.layers.core import *
from tfsession.layers.core import Dense as _Dense
FullyConnected = _Dense
from tfsession.layers.core import dense as _dense
fully_connected = _dense
from tfsession.layers.base import InputSpec as InputSpec
