"""How good are the samples, how varied, and are they new? `report(model, dataset)` → `QualityReport`."""

from .classifier import Classifier, classifier, classifier_network
from .distances import (
    class_scores,
    frechet_distance,
    frechet_interval,
    kernel_distance,
    memorisation_scores,
    nearest_distances,
    neighbourhood_scores,
)
from .quality import QualityReport, report

__all__ = [
    "Classifier",
    "QualityReport",
    "class_scores",
    "classifier",
    "classifier_network",
    "frechet_distance",
    "frechet_interval",
    "kernel_distance",
    "memorisation_scores",
    "nearest_distances",
    "neighbourhood_scores",
    "report",
]
