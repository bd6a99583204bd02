# Written by tfsession/python/stubs.py.
from tfsession.protos.error_codes_pb2 import *
