"""`tf.keras.callbacks`."""

from tfsession.keras.callbacks.base import Callback as Callback
from tfsession.keras.callbacks.control import (
    EarlyStopping as EarlyStopping,
    LearningRateScheduler as LearningRateScheduler,
    ModelCheckpoint as ModelCheckpoint,
    ReduceLROnPlateau as ReduceLROnPlateau,
)
from tfsession.keras.callbacks.logs import (
    BaseLogger as BaseLogger,
    CSVLogger as CSVLogger,
    History as History,
    LambdaCallback as LambdaCallback,
    ProgbarLogger as ProgbarLogger,
    RemoteMonitor as RemoteMonitor,
    TerminateOnNaN as TerminateOnNaN,
)
from tfsession.keras.callbacks.tensorboard import TensorBoard as TensorBoard
from tfsession.names.absent import explain_in as _explain_in

_explain_in(__name__)
