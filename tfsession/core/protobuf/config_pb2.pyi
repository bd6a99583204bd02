# Written by tfsession/python/stubs.py.
from tfsession.protos.config_pb2 import *
