"""The examples in the docstrings run, and give what they say."""

import doctest
import importlib
import pathlib

import keras
import numpy as np
import pytest

import dcgan_course as dc

PACKAGE = pathlib.Path(dc.__file__).parent
MODULES = [file for file in sorted(PACKAGE.rglob("*.py")) if ">>>" in file.read_text()]


@pytest.mark.parametrize("file", MODULES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_the_examples_run(file, digits, make_gan, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    parts = file.relative_to(PACKAGE.parent).with_suffix("").parts
    module = importlib.import_module(".".join(parts).removesuffix(".__init__"))
    names = {"dc": dc, "networks": dc.networks, "keras": keras, "np": np, "digits": digits, "gan": make_gan()}
    results = doctest.testmod(module, extraglobs=names, optionflags=doctest.ELLIPSIS)
    assert results.attempted and not results.failed, capsys.readouterr().out
