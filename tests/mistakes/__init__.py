"""Mistakes that users make, and the errors that tell them: one record each."""

from tests.mistakes.queues import MISTAKES as _QUEUES
from tests.mistakes.record import Mistake
from tests.mistakes.session import MISTAKES as _SESSION

MISTAKES: dict[str, Mistake] = {**_SESSION, **_QUEUES}
