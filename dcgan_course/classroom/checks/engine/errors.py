"""What an error that came out of an answer means, in the learner's words.

The hints here are those that any exercise may give. Each line of the table has a test that provokes the error under each
backend (tests/classroom/test_errors.py).
"""

import re

NOISE = re.compile(r"\x1b\[\d*m|\{\{.*?\}\} ?")  # Keras prints its errors in bold, TensorFlow names its operation
STEP = "chapter 04.3, Build the step, line by line"

# fmt: off
MEANINGS = [  # (what to look for in "Kind: message", the hint, where to read if not where the check says); the first counts
    (r"TooLong: (?P<detail>[^\n]*)",  # TensorFlow may wrap it
     "It did not end within {detail}. Is there a loop whose condition never becomes false, a size far too large, or "
     "something that it waits for?"),
    (r"^SystemExit", "It ends the whole program (exit or quit). An answer hands its result back with return."),
    (r"does not have a `call(\(\))?` method",
     "The class has no method `call`: what should happen when it is called on a batch?"),
    (r"is not connected to",
     "The output does not depend on the input. Was another Input made on the way, or a variable overwritten?"),
    (r"KerasTensor cannot be used as input to|must be Tensor, not KerasTensor|but got KerasTensor|__jax_array__",
     "The functions of TensorFlow, JAX and PyTorch cannot work on the placeholder that a Keras model is built from. Use "
     "a layer (keras.layers) or a function from keras.ops at that place."),
    (r"symbolic KerasTensor|KerasTensor is symbolic",
     "A number was needed where there is only the placeholder that a Keras model is built from. NumPy and `if` need "
     "numbers; so do a layer's options, as in ReLU(x): a layer is made first, ReLU(), then called on x."),
    (r"(?i)^MemoryError|^ResourceExhausted|out of memory|can't allocate memory",
     "It asks for more memory than there is. Does something grow at every call, or is a size far too large?"),
    (r"^RecursionError", "It calls itself without end."),
    (r"Only input tensors may be passed",
     "A layer was called on something that is no tensor, such as a layer that was itself never called."),
    (r"must be fully-defined[^\n]*Received: (?P<detail>[^\n]*)",
     "A layer cannot know how many weights it needs: {detail}. None is the batch, whose size is open. Was its axis "
     "flattened or reshaped together with the others?"),
    (r"incompatible with the layer: (?P<detail>[^\n]*ndim[^\n]*)",
     "A layer met the wrong number of axes: {detail}. Convolutions work on maps (batch, height, width, channels), dense "
     "layers on rows (batch, features). Which layer makes one of the other?"),
    (r"incompatible with the layer: (?P<detail>[^\n]*)",
     "A layer that was built for one shape met another: {detail}. Is a size written in, or was the layer made outside "
     "the function, so that all calls share it?"),
    (r"^(UnboundLocalError|NameError): (?P<detail>[^\n]*)",
     "Python does not know a name: {detail}. Is it spelled as where it was made, and made before it is used? A name that "
     "a function assigns to is the function's own."),
    (r"Unknown variable|the optimizer is tracking",
     "The optimizer was given variables that it does not know. It keeps moments for the variables of one network: are "
     "these the right network's, and has each network an optimizer of its own?", STEP),
    # a number that left the record of gradients is an error of its own in a compiled function and under JAX and PyTorch
    (r"No gradients provided|symbolic tf.Tensor|^TracerArrayConversion|^ConcretizationType|does not require grad",
     "No gradient reached the variables. Is everything from the images to the loss computed where gradients are recorded "
     "(inside the tape, or inside the function given to dc.value_and_gradients), without NumPy or float() on the way?",
     STEP),
    (r"Cannot update variable with shape|shape of the target variable and|doesn't match the broadcast shape",
     "A gradient was applied to a variable of another shape: ask for gradients by the very list of variables that the "
     "optimizer then gets, in the same order.", STEP),
    (r"^NotImplementedError", "It is not written yet: put your own lines in place of `raise NotImplementedError()`."),
]
# fmt: on

SIGMOID_TWICE = (
    "The sigmoid is applied twice: before the loss, and again in it, for from_logits=True promises logits. Keras notices "
    "under TensorFlow and goes back to the logits; under JAX and PyTorch it would not.",
    "chapter 03.3, Which loss: minimax or non-saturating",
)


def meaning(error):
    """The hint for an error of any kind, and where to read on, or None where the check says it."""
    message = NOISE.sub("", str(error))
    text = f"{type(error).__name__}: {message}"
    for pattern, hint, *read in MEANINGS:
        match = re.search(pattern, text)
        if match:
            return hint.format(**{name: detail[:300] for name, detail in match.groupdict().items()}), *(read or [None])
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    first = next((line for line in lines if not line.startswith("Exception encountered when calling")), "")[:300]
    return f"It stopped with {type(error).__name__}: {first}" + ("" if first.endswith((".", "!", "?")) else "."), None


def warned(warnings):
    """The hint for a warning that points at a mistake, and where to read on, or None."""
    twice = any("received `from_logits=True`" in str(warning.message) for warning in warnings)
    return SIGMOID_TWICE if twice else None
