"""The protocol of the claims as the code reads it, from data/claims/protocol.toml: arms, budgets, seeds, comparisons."""

import dataclasses
import functools
import hashlib
import itertools
import json
import re
import tomllib

from ... import places


@dataclasses.dataclass(frozen=True)
class Arm:
    """What one arm trains; a name is that of a function in `changes`. Without arguments it is the DCGAN itself."""

    name: str
    data: tuple  # names of the data sets that it is trained on
    shares: tuple  # of the usual budget, at which it is scored
    seeds: dict  # how many on each data set: {"digits": 12, …}
    differs: tuple = ()  # in what it differs from the arm `against`, as `trials.differences` names it
    against: str = "DCGAN"
    tuned: str = "DCGAN"  # the arm whose trials its settings come from
    generator: str | None = None  # changes the generator; likewise the next
    discriminator: str | None = None
    networks: str | None = None  # changes both at once; "vae" is no GAN
    loss: str = "non_saturating"
    permuted: bool = False
    recalibrated: bool = False
    as_long_as: str | None = None  # trains on for as long as a DCGAN's steps take: its own steps are shorter
    latents: int | None = None
    clip: str | None = None  # "unclipped", "value", "norm", "global norm"; None is "norm"
    case: str | None = None  # "usual", "spiky", "fast"
    few: int | None = None  # of how many images
    normalised: str | None = None  # "none", "G", "D", "both"


@dataclasses.dataclass(frozen=True)
class Question:
    """Does `arm` do better than `against` on `metric`? A pair of arms stands for the lead of its first over its second."""

    arm: str | tuple
    against: str | tuple
    metric: str
    decides: bool = True  # whether the claim's verdict depends on it
    bar: float | None = None  # asked is for more than this, in units of the metric's scale; None: ratio 1, difference 0


@dataclasses.dataclass(frozen=True)
class Claim:
    """A claim of the article."""

    section: str  # where the article says it
    says: str  # what it says, in our words
    questions: tuple  # of `Question`


@functools.cache
def read():
    """The file as a dict of dicts."""
    return tomllib.loads((places.shipped("claims") / "protocol.toml").read_text(encoding="utf-8"))


@functools.cache
def identity():
    """12 hexadecimal digits that stand for the content, comments left aside."""
    content = json.dumps(read(), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()[:12]


@functools.cache
def arms():
    """All arms, `{name: Arm}`, each once; a table with `each` stands for one arm per combination."""
    found = {}
    for pattern, table in read()["arm"].items():
        table = dict(table)
        each = table.pop("each", {})
        for values in itertools.product(*each.values()):
            chosen = dict(zip(each, values))
            name = re.sub(r"{(\w+)}", lambda match, chosen=chosen: str(chosen[match[1]]), pattern)
            found[name] = _arm(name, {**table, **chosen})
    return found


def _arm(name, table):
    data = tuple(table.pop("data", read()["data"]))
    seeds = {name: read()["data"][name]["seeds"] for name in data} | table.pop("seeds", {})
    shares = tuple(table.pop("shares", read()["budget"]["shares"]))
    return Arm(name, data, shares, seeds, tuple(table.pop("differs", ())), **table)


def arm(name):
    """The arm of that name.

    Raises:
        ValueError: there is none.
    """
    if name not in arms():
        raise ValueError(f"Unknown arm {name!r}. Known: {'; '.join(arms())}.")
    return arms()[name]


@functools.cache
def claims():
    """All claims, `{"C1": Claim, …}`."""
    return {name: Claim(t["section"], t["says"], tuple(_questions(t["ask"]))) for name, t in read()["claim"].items()}


def _questions(asks):
    for ask in asks:
        options = {key: ask[key] for key in ("decides", "bar") if key in ask}
        if "lead" in ask:
            pairs = [(tuple(ask["lead"]), tuple(ask["over"]))]
        else:
            ours = [ask["arm"]] if isinstance(ask["arm"], str) else ask["arm"]
            pairs = itertools.product(ours, ask["against"])
        yield from (Question(*pair, metric, **options) for pair in pairs for metric in ask["metric"])
