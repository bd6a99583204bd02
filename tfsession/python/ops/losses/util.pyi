# Written by tfsession/python/stubs.py.
from tfsession.losses import add_loss as add_loss
from tfsession.losses import get_losses as get_losses
from tfsession.losses import get_regularization_loss as get_regularization_loss
from tfsession.losses import get_regularization_losses as get_regularization_losses
from tfsession.losses import get_total_loss as get_total_loss
