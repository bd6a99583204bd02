# Written by tfsession/python/stubs.py.
from tfsession.keras.layers.recurrent import *
from tfsession.keras.layers.cells import *
