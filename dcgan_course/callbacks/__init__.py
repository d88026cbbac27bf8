"""What looks over a run: the live view, checkpoints, and the doctor who names what is wrong with it."""

from .checkpoint import Checkpoint
from .doctor import Diagnosis, Doctor
from .live import LiveView

__all__ = ["Checkpoint", "Diagnosis", "Doctor", "LiveView"]
