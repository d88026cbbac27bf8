"""What an error that came out of an answer means, in the learner's words."""

import re

NOISE = re.compile(r"\x1b\[\d*m|\{\{.*?\}\} ?")  # Keras prints its errors in bold, TensorFlow names its operation
STEP = "chapter 04.3, Build the step, line by line"

MEANINGS = [  # (what is found in "Kind: message", the hint, where to read if not where the check says); the first counts
    (
        r"TooLong",  # TensorFlow may wrap it
        "It did not end within {seconds} seconds. Is there a loop whose condition never becomes false, or a size far too "
        "large?",
        None,
    ),
    (r"^SystemExit", "It ends the whole program (exit or quit). An answer hands its result back with return.", None),
    (r"`call\(\)` method", "The class has no method `call`: what should happen when it is called on a batch?", None),
    (
        r"is not connected to",
        "The output does not depend on the input. Was another Input made on the way, or a variable overwritten?",
        None,
    ),
    (
        r"^NotImplementedError",
        "It is not written yet: put your own lines in place of `raise NotImplementedError()`.",
        None,
    ),
    (
        r"^MemoryError|OOM|^\w*ResourceExhausted",
        "It asks for more memory than there is. Does something grow at every call, or is a size far too large?",
        None,
    ),
    (r"^RecursionError", "It calls itself without end.", None),
    (
        r"(?s)KerasTensor.*TensorFlow function|TensorFlow function.*KerasTensor",
        "TensorFlow's functions cannot work on the placeholder that a Keras model is built from. Use a layer (keras.layers) "
        "or a function from keras.ops at that place.",
        None,
    ),
    (
        r"symbolic KerasTensor|KerasTensor is symbolic",
        "A number was needed where there is only the placeholder that a Keras model is built from. NumPy and `if` need "
        "numbers; so do a layer's options, as in ReLU(x): a layer is made first, ReLU(), then called on x.",
        None,
    ),
    (
        r"Only input tensors may be passed",
        "A layer was called on something that is no tensor, such as a layer that was itself never called.",
        None,
    ),
    (
        r"must be fully-defined(?:[^\n]*Received: )?(?P<said>[^\n]*)",
        "A layer cannot know how many weights it needs: {said}. None is the batch, whose size is open. Was its axis "
        "flattened or reshaped together with the others?",
        None,
    ),
    (
        r"incompatible with the layer: (?P<said>[^\n]*ndim[^\n]*)",
        "A layer met the wrong number of axes: {said}. Convolutions work on maps (batch, height, width, channels), dense "
        "layers on rows (batch, features). Which layer makes one of the other?",
        None,
    ),
    (
        r"incompatible with the layer: (?P<said>[^\n]*)",
        "A layer that was built for one shape met another: {said}. Is a size written in, or was the layer made outside the "
        "function, so that all calls share it?",
        None,
    ),
    (
        r"^(UnboundLocalError|NameError): (?P<said>[^\n]*)",
        "Python does not know a name: {said}. Is it spelled as where it was made, and made before it is used? A name that a "
        "function assigns to is the function's own.",
        None,
    ),
    (
        r"(?s)(?i:unknown variable)|optimizer.*variable|variable.*optimizer",
        "The optimizer was given variables that it does not know. It keeps moments for the variables of one network: are "
        "these the right network's, and has each network an optimizer of its own?",
        STEP,
    ),
    (
        r"No gradients provided",
        "No gradient reached the variables. Is everything from the images to the loss computed where gradients are recorded "
        "(inside the tape, or inside the function given to dc.value_and_gradients), without NumPy or float() on the way?",
        STEP,
    ),
    (
        r"Cannot update variable with shape",
        "A gradient was applied to a variable of another shape: ask for gradients by the very list of variables that the "
        "optimizer then gets, in the same order.",
        STEP,
    ),
]


def meaning(error, seconds):
    """The hint for an error of any kind, and where to read on, or None.

    Args:
        seconds: the bound on time that an answer ran under.
    """
    message = NOISE.sub("", str(error))
    text = f"{type(error).__name__}: {message}"
    for pattern, hint, read in MEANINGS:
        found = re.search(pattern, text)
        if found:
            return hint.format(seconds=seconds, **{k: v[:300] for k, v in found.groupdict().items()}), read
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    said = next((line for line in lines if not line.startswith("Exception encountered when calling")), "")[:300]
    return f"It stopped with {type(error).__name__}: {said}" + ("" if said.endswith((".", "!", "?")) else "."), None
