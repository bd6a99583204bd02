# Written by tfsession/python/stubs.py.
from tfsession.keras.preprocessing.text import *
