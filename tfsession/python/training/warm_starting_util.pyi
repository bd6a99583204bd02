# Written by tfsession/python/stubs.py.
from tfsession.train.warm_starting import VocabInfo as VocabInfo
from tfsession.train.warm_starting import warm_start as warm_start
