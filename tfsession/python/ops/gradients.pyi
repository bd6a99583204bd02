# Written by tfsession/python/stubs.py.
from tfsession.autodiff.gradients import *
from tfsession import gradients as gradients
from tfsession import hessians as hessians
from tfsession import AggregationMethod as AggregationMethod
