"""What looks over a run: the live view, checkpoints, the best epoch, and the doctor who names what is wrong."""

from .checkpoint import Checkpoint
from .doctor import Diagnosis, Doctor
from .live import LiveView
from .quality import Quality

__all__ = ["Checkpoint", "Diagnosis", "Doctor", "LiveView", "Quality"]
