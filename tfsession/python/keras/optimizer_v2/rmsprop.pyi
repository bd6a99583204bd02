# Written by tfsession/python/stubs.py.
from tfsession.keras.optimizers import RMSprop as RMSprop
