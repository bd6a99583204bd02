# Written by tfsession/python/stubs.py.
from tfsession.keras.layers.embeddings import *
