# Written by tfsession/python/stubs.py.
from tfsession.keras.utils import *
from tfsession.layers.abstract import snake_case as _snake_case
to_snake_case = _snake_case
