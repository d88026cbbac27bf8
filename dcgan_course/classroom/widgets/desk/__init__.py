"""The training desk of chapter 04.3: a GAN trained step by step, by hand."""

from .desk import TrainingDesk

__all__ = ["TrainingDesk"]
