# Written by tfsession/python/stubs.py.
from tfsession.keras.layers import InputSpec as InputSpec
