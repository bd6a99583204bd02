# Written by tfsession/python/stubs.py.
from tfsession.keras.layers import Input as Input
from tfsession.keras.layers import InputLayer as InputLayer
