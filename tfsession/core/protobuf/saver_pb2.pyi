# Written by tfsession/python/stubs.py.
from tfsession.protos.saver_pb2 import *
