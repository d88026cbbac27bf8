"""The examples in the instruments' docstrings run, and give what they say."""

import doctest
import importlib

import numpy as np
import pytest

MODULES = [
    "callbacks.doctor",
    "callbacks.live",
    "evaluation.classifier",
    "evaluation.distances",
    "evaluation.quality",
    "figures.overview",
    "figures.plots",
    "relatives.coupled",
    "relatives.dense",
    "relatives.packing",
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_run(name, digits, make_gan, capsys):
    module = importlib.import_module(f"dcgan_course.{name}")
    names = {"digits": digits, "gan": make_gan(), "np": np}
    results = doctest.testmod(module, extraglobs=names, optionflags=doctest.ELLIPSIS)
    assert results.attempted and not results.failed, capsys.readouterr().out
