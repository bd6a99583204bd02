# Written by tfsession/python/stubs.py.
from tfsession.protos.saved_model_pb2 import *
