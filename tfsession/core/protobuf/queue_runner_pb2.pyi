# Written by tfsession/python/stubs.py.
from tfsession.protos.queue_runner_pb2 import *
