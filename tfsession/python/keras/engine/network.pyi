# Written by tfsession/python/stubs.py.
from tfsession.keras.engine.network import *
