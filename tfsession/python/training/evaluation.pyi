# Written by tfsession/python/stubs.py.
from tfsession.train.evaluation import *
from tfsession.train.evaluation import StopAfterNEvalsHook as _StopAfterNEvalsHook
_StopAfterNEvalsHook = _StopAfterNEvalsHook
from tfsession.train.evaluation import evaluate_once as _evaluate_once
_evaluate_once = _evaluate_once
from tfsession.train.evaluation import get_or_create_eval_step as _get_or_create_eval_step
_get_or_create_eval_step = _get_or_create_eval_step
