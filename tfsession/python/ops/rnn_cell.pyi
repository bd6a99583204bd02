# Written by tfsession/python/stubs.py.
from tfsession.rnn.rnn_cell import *
