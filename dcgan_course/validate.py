"""One way to refuse a number: what an argument must be, and what was received."""

import math
import numbers


def whole_number(name, value, least=1, most=None):
    """`value` as an `int`, if it is a whole number from `least` to `most`. NumPy's integers are; True and False are not.

    Raises:
        ValueError: naming the argument, the bounds and what was received.

    Example:
        >>> whole_number("epochs", 30)
        30
        >>> whole_number("epochs", 0)
        Traceback (most recent call last):
        ValueError: epochs must be a whole number of at least 1. Received: epochs=0.
    """
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or value < least or (most is not None and value > most):
        bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
        raise ValueError(f"{name} must be a whole number {bounds}. Received: {name}={value!r}.")
    return int(value)


def real_number(name, value, must, holds):
    """`value` as an `int` or `float`, if it is a finite real number for which the function `holds` is true.

    Raises:
        ValueError: naming the argument, what it `must` be, and what was received.

    Example:
        >>> real_number("averaging", 1.5, "lie between 0 and 1", lambda x: 0 < x < 1)
        Traceback (most recent call last):
        ValueError: averaging must lie between 0 and 1. Received: averaging=1.5.
    """
    real = isinstance(value, numbers.Real) and not isinstance(value, bool)
    if not real or not math.isfinite(value) or not holds(value):
        raise ValueError(f"{name} must {must}. Received: {name}={value!r}.")
    return int(value) if isinstance(value, numbers.Integral) else float(value)
