# Written by tfsession/python/stubs.py.
from tfsession.train import *
from tfsession.train.monitored_session import USE_DEFAULT as USE_DEFAULT
