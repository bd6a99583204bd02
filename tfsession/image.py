"""`tf.image`."""

from typing import TYPE_CHECKING as _TYPE_CHECKING

from tfsession.names.absent import explain_in as _explain_in
from tfsession.ops.image import *
from tfsession.ops.resize import *

# Type checkers do not see what loads late.
if _TYPE_CHECKING:
    from tfsession.ops.boxes import *
    from tfsession.ops.image_files import *
    from tfsession.ops.image_quality import *
    from tfsession.ops.random import random_crop as random_crop

_explain_in(__name__)
