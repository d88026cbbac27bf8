"""Every right answer of the bank passes its check, every wrong one fails with the hint it needs."""

import importlib
import pathlib

import pytest

from dcgan_course import checks

BANK = {
    file.stem: importlib.import_module(f"bank.{file.stem}")
    for file in sorted((pathlib.Path(__file__).parent / "bank").glob("[a-z]*.py"))
}
RIGHT = [(name, style) for name, bank in BANK.items() for style in bank.RIGHT]
WRONG = [(name, mistake) for name, bank in BANK.items() for mistake in bank.WRONG]


def ask(name, answer):
    bank = BANK[name]
    return bank.ask(answer) if hasattr(bank, "ask") else getattr(checks, name)(answer, **getattr(bank, "ARGUMENTS", {}))


@pytest.mark.parametrize("name", BANK)
def test_there_are_three_right_answers_and_eight_wrong_ones(name):
    assert len(BANK[name].RIGHT) >= 3 and len(BANK[name].WRONG) >= 8
    hints = [hint for _, hint in BANK[name].WRONG.values()]
    assert len(set(hints)) >= 5, "the mistakes are too much alike"


@pytest.mark.parametrize("name, style", RIGHT)
def test_a_right_answer_passes(name, style):
    result = ask(name, BANK[name].RIGHT[style])
    assert result, str(result)
    result.require()
    assert result.right and str(result).endswith("right.")


@pytest.mark.parametrize("name, mistake", WRONG)
def test_a_wrong_answer_gets_its_hint(name, mistake):
    answer, hint = BANK[name].WRONG[mistake]
    result = ask(name, answer)
    assert not result and hint in result.hint, str(result)
    assert result.read and f"Read {result.read}." in str(result)
    with pytest.raises(AssertionError, match="✘"):
        result.require()
