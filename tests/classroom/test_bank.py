"""Every right answer of the bank passes its check, every wrong one fails with the hint it needs.

Answers draw weights, so a check has to hold for any draw: `DCGAN_COURSE_DRAWS` asks each of them that often.
"""

import importlib
import os
import pathlib

import keras
import pytest

from dcgan_course import checks

BANK = {
    file.stem: importlib.import_module(f"bank.{file.stem}")
    for file in sorted((pathlib.Path(__file__).parent / "bank").glob("[a-z]*.py"))
}
RIGHT = [(name, style) for name, bank in BANK.items() for style in bank.RIGHT]
WRONG = [(name, mistake) for name, bank in BANK.items() for mistake in bank.WRONG]
DRAWS = pytest.mark.parametrize("seed", range(int(os.environ.get("DCGAN_COURSE_DRAWS", 1))))


def ask(name, answer, seed):
    keras.utils.set_random_seed(seed)
    bank = BANK[name]
    if hasattr(bank, "draw"):  # it keeps trainings
        bank.draw = seed
    return bank.ask(answer) if hasattr(bank, "ask") else getattr(checks, name)(answer, **getattr(bank, "ARGUMENTS", {}))


@pytest.mark.parametrize("name", BANK)
def test_there_are_three_right_answers_and_eight_wrong_ones(name):
    assert len(BANK[name].RIGHT) >= 3 and len(BANK[name].WRONG) >= 8
    hints = [hint for _, hint in BANK[name].WRONG.values()]
    assert len(set(hints)) >= 5, "the mistakes are too much alike"


@DRAWS
@pytest.mark.parametrize("name, style", RIGHT)
def test_a_right_answer_passes(name, style, seed):
    result = ask(name, BANK[name].RIGHT[style], seed)
    assert result, str(result)
    result.require()
    assert result.right and str(result).endswith("right.")


@DRAWS
@pytest.mark.parametrize("name, mistake", WRONG)
def test_a_wrong_answer_gets_its_hint(name, mistake, seed):
    answer, hint = BANK[name].WRONG[mistake]
    result = ask(name, answer, seed)
    assert not result and hint in result.hint, str(result)
    assert result.read and f"Read {result.read}." in str(result)
    with pytest.raises(AssertionError, match="✘"):
        result.require()
