# Written by tfsession/python/stubs.py.
from tfsession.distributions import Beta as Beta
