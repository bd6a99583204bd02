"""`tf.keras.utils`."""

from tfsession.keras.utils.arrays import *
from tfsession.keras.utils.enqueuers import *
from tfsession.keras.utils.files import HDF5Matrix as HDF5Matrix, get_file as get_file
from tfsession.keras.utils.objects import *
from tfsession.keras.utils.progress import *
from tfsession.keras.utils.sequences import *
from tfsession.names.absent import explain_in as _explain_in

_explain_in(__name__)
