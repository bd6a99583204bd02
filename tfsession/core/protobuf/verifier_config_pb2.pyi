# Written by tfsession/python/stubs.py.
from tfsession.protos.rewriter_config_pb2 import *
