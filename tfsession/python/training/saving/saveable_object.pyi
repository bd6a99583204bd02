# Written by tfsession/python/stubs.py.
from tfsession.train.saveables import SaveSpec as SaveSpec
from tfsession.train.saveables import SaveableObject as SaveableObject
