"""What looks over a run: the live view, and the doctor who names what is wrong with it."""

from .doctor import Diagnosis, Doctor
from .live import LiveView

__all__ = ["Diagnosis", "Doctor", "LiveView"]
