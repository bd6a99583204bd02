# Written by tfsession/python/stubs.py.
from tfsession.keras.layers.core import *
