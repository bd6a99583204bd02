# Written by tfsession/python/stubs.py.
from tfsession.keras.layers.convolutional import *
from tfsession.keras.layers.resizing import *
from tfsession.keras.layers import *
