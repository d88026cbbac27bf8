"""What all checks share: how they end, the exercises that ask for numbers, and a student's own numbers."""

import ast
import pathlib
import signal
import time

import numpy as np
import pytest

from dcgan_course import checks
from dcgan_course.classroom.checks.engine import limits
from dcgan_course.classroom.checks.engine.result import Wrong, check
from dcgan_course.classroom.checks.engine.variant import CHOICES
from dcgan_course.classroom.checks.exercises.numbers import QUESTIONS

NOT_CHECKS = {"Result", "failing_runs", "numbers", "shuffled_pixels", "variant"}


def test_every_check_has_its_bank_of_answers():
    bank = {file.stem for file in (pathlib.Path(__file__).parent / "bank").glob("[a-z]*.py")}
    assert bank == set(checks.__all__) - NOT_CHECKS


def test_the_engine_imports_no_exercise():
    for file in pathlib.Path(limits.__file__).parent.glob("*.py"):
        imports = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, (ast.Import, ast.ImportFrom))]
        assert not any("exercises" in ast.unparse(node) for node in imports), file.name


@pytest.mark.parametrize("exercise", QUESTIONS)
def test_numbers_in_any_form_are_right_and_known_mistakes_get_their_hint(exercise):
    question = QUESTIONS[exercise]
    for answers in (question.right, [question.right], [list(map(float, question.right))], [np.array(question.right)]):
        assert checks.numbers(exercise, *answers), str(checks.numbers(exercise, *answers))
    wrong = {**question.mistakes, tuple(x + 1000 for x in question.right): question.otherwise}
    general = {(): "are asked for", (*question.right, 1): "are asked for", (None,) * len(question.right): "None"}
    general[("a lot",) * len(question.right)] = "a number"
    assert len(wrong) + len(general) >= 8 and len(set(question.mistakes.values())) >= 4
    for answers, hint in {**wrong, **general}.items():
        result = checks.numbers(exercise, *answers)
        assert not result and hint in result.hint and result.exercise == exercise, (answers, str(result))


def test_an_unknown_exercise_is_named_with_those_there_are():
    assert "There is no such exercise: '09.1-1'. Known: 02.1-1" in checks.numbers("09.1-1", 3).hint


# -- how a check ends ------------------------------------------------------------------------------------------------


@check("chapter 00")
def sample(answer):
    """A check for these tests."""
    if answer() is None:
        raise Wrong("It is None: nothing came back.")
    yield "something came back"


def test_a_result_prints_what_holds_and_what_does_not():
    assert str(sample(lambda: 1)) == "✔ something came back\n✔ sample: right."
    wrong = sample(lambda: None)
    assert str(wrong) == "✘ sample: It is None: nothing came back.\n  Read chapter 00." and not wrong
    assert "pre-wrap'>✘" in wrong._repr_html_() and repr(wrong) == str(wrong)
    with pytest.raises(AssertionError, match="nothing came back"):
        wrong.require()


@pytest.mark.parametrize(
    "answer, hint",
    [
        (lambda: 1 / 0, "It stopped with ZeroDivisionError: division by zero."),
        (lambda: exit(), "It ends the whole program"),
        (lambda: sample.missing, "It stopped with AttributeError"),
        (lambda: print("12"), "It printed something"),
    ],
)
def test_whatever_an_answer_does_becomes_a_hint(answer, hint, capsys):
    assert hint in sample(answer).hint
    assert capsys.readouterr().out == ""


def busy_and_stubborn():
    while True:
        try:
            sum(range(1000))
        except Exception:
            pass


def test_an_answer_that_computes_for_ever_is_stopped(monkeypatch):
    monkeypatch.setattr(limits, "CPU_SECONDS", 0.2)
    assert "did not end within 0.2 seconds of computing" in sample(busy_and_stubborn).hint


def test_an_answer_that_waits_for_ever_is_stopped(monkeypatch):
    monkeypatch.setattr(limits, "CLOCK_SECONDS", 0.2)
    assert "did not end within 0.2 seconds." in sample(lambda: time.sleep(600)).hint


def test_seconds_in_which_others_compute_do_not_count(monkeypatch):
    monkeypatch.setattr(limits, "CPU_SECONDS", 1)
    assert sample(lambda: time.sleep(1.5) or "a right answer on a busy machine")


class Due(Exception):
    pass


TIMERS = [(signal.ITIMER_REAL, signal.SIGALRM), (signal.ITIMER_PROF, signal.SIGPROF)]


@pytest.fixture(params=TIMERS, ids=["clock", "cpu"])
def outer(request):
    """Sets a bound around the check's own; it raises `Due`."""
    timer, number = request.param

    def stop(*_):
        raise Due

    before = signal.signal(number, stop)

    def bound(seconds):
        signal.setitimer(timer, seconds, 3)
        return timer, number, stop

    yield bound
    signal.setitimer(timer, 0)
    signal.signal(number, before)


def test_limits_go_back_to_what_was_there():
    before = [(signal.getsignal(number), signal.getitimer(timer)) for timer, number in TIMERS]
    assert sample(lambda: 1) and not sample(lambda: 1 / 0)
    assert [(signal.getsignal(number), signal.getitimer(timer)) for timer, number in TIMERS] == before


def test_an_outer_bound_goes_on_after_the_check(outer):
    timer, number, stop = outer(1000)
    assert sample(lambda: 1)
    left, interval = signal.getitimer(timer)
    assert 0 < left < 1001 and interval == pytest.approx(3, abs=0.1) and signal.getsignal(number) is stop


def test_an_outer_bound_that_fell_due_in_the_check_comes_after_it(outer):
    outer(0.01)
    with pytest.raises(Due):
        with limits.limits():
            begun, computed = time.monotonic(), time.process_time()
            while time.monotonic() < begun + 0.02 or time.process_time() < computed + 0.02:
                pass
        while True:
            pass


# -- a student's own numbers -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("assignment", CHOICES)
def test_numbers_differ_from_student_to_student_and_never_from_call_to_call(assignment):
    assert checks.variant(assignment, "ada") == checks.variant(assignment, " Ada ")
    seen = {str(checks.variant(assignment, f"student {i}")) for i in range(40)}
    assert len(seen) >= 3
    for name, value in vars(checks.variant(assignment, "ada")).items():
        assert value in CHOICES[assignment][name]


def test_the_grader_decides_who_the_student_is(monkeypatch):
    hers = checks.variant("A1", "ada")
    monkeypatch.setenv("DCGAN_COURSE_STUDENT", "Ada")
    assert checks.variant("A1", "somebody else") == hers


@pytest.mark.parametrize("typed", ["", "...", "  "])
def test_an_id_is_asked_for(typed, monkeypatch):
    monkeypatch.delenv("DCGAN_COURSE_STUDENT", raising=False)
    with pytest.raises(ValueError, match="Put your id between the quotes"):
        checks.variant("A1", typed)
    with pytest.raises(ValueError, match="There are the assignments A1, A2, A3, A4, A5. Received: 'A9'"):
        checks.variant("A9", "ada")


def test_the_six_runs_come_in_the_students_order():
    ada, grace = checks.failing_runs("ada"), checks.failing_runs("grace")
    assert [run.number for run in ada] == [1, 2, 3, 4, 5, 6]
    assert {run.code for run in ada} == {run.code for run in grace} and len({run.code for run in ada}) == 6
    orders = {tuple(run.code for run in checks.failing_runs(f"s{i}")) for i in range(20)}
    assert len(orders) > 15
    for run in ada:
        assert run.samples.shape == (24, 16, 16, 1) and len(run.history["d_loss"]) >= 12
        assert checks.diagnosis(run.failures[0], run)
