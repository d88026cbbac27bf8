"""Puts a submitted notebook back into the release's form, so that a copied, moved or deleted cell costs nobody points.

The repaired notebook is the release, cell by cell: locked cells as they were released, the student's text in the others, and
the student's own cells behind the cell that they followed. Metadata are the release's; a student's could skip a test.
"""

import collections
import copy
import re

from . import course

PICTURES = ("image/png", "image/jpeg", "image/gif")
NAMES = re.compile(r"^(?:async\s+)?(?:def|class)\s+(\w+)|^(\w+)\s*(?::[^=\n]+)?=(?!=)", re.M)


def repair(submitted, release):
    """The release's cells with the student's answers, and what was done, in words.

    Args:
        submitted: the student's cells, as `submissions.read` gives them.
        release: the cells of `course.Release`.

    Returns:
        tuple: a list of cells and a list of sentences; the second is empty for a notebook that was sound.
    """
    words = []
    matches, copies = _match(submitted, release, words)
    place = {mine: theirs for theirs, mine in matches.items()}
    before, after, anchor = collections.defaultdict(list), collections.defaultdict(list), -1
    for i, cell in enumerate(submitted):
        if i in place:
            anchor = place[i]
        elif i in copies:
            before[copies[i]].append(cell)  # an old copy behind the answer would undo it
        else:
            after[anchor].append(cell)
    order = [place[i] for i in sorted(place)]
    if order != sorted(order):
        words.append("the cells were out of order and are put back in order")

    cells = [_own(cell) for cell in after[-1]]
    for i, cell in enumerate(release):
        cells += map(_own, before[i])
        cells.append(_restored(cell, submitted[matches[i]] if i in matches else None, i, words))
        cells += map(_own, after[i])
    for i, cell in enumerate(cells):
        cell["id"] = f"cell-{i}"
    return cells, words


def _match(submitted, release, words):
    """Which submitted cell is which released one {released: submitted}, and which are spare copies {submitted: released}."""
    matches, copies = {}, {}
    named = collections.defaultdict(list)
    for i, cell in enumerate(submitted):
        named[course.name_of(cell)].append(i)
    for i, cell in enumerate(release):
        same = named[course.name_of(cell)] if course.name_of(cell) else []
        if len(same) > 1:
            matches[i] = _choose(same, submitted, cell)
            copies |= {j: i for j in same if j != matches[i]}
            kept = "the released one counts" if course.is_locked(cell) else "the last that was filled in counts"
            words.append(f"{course.name_of(cell)} was there {len(same)} times: {kept}")
        elif same:
            matches[i] = same[0]

    def free():
        used = {*matches.values(), *copies}
        return [j for j in range(len(submitted)) if j not in used]

    def take(clue, how):
        for i, cell in enumerate(release):
            same = [j for j in free() if clue(submitted[j], cell)] if i not in matches else []
            if same:
                matches[i] = _choose(same, submitted, cell)
                if course.name_of(cell):
                    words.append(f"{course.name_of(cell)} had lost its name and was found by {how}")

    take(lambda mine, theirs: "id" in theirs and mine.get("id") == theirs["id"], "its cell id")
    take(_defines_the_same, "what it defines")
    take(lambda mine, theirs: mine["source"].strip() == theirs["source"].strip(), "its text")
    return matches, copies


def _choose(same, submitted, cell):
    """Of several candidates the last that is as released, for a locked cell; the last that is not, for an answer."""
    good = [j for j in same if (submitted[j]["source"] == cell["source"]) == course.is_locked(cell)]
    return (good or same)[-1]


def _defines_the_same(mine, theirs):
    if mine["cell_type"] != "code" or not course.mark(theirs).get("solution"):
        return False
    return bool(_names(mine["source"]) & _names(theirs["source"]))


def _names(source):
    return {name for names in NAMES.findall(source) for name in names if name}


def _restored(cell, mine, number, words):
    """A released cell with the student's text, where that may differ."""
    cell = copy.deepcopy(cell)
    name = course.name_of(cell)
    label = name or f"the course's code cell {number + 1}"
    if mine is None:
        if name or cell["cell_type"] == "code":
            words.append(f"{label} was missing and is put back")
        return cell
    if course.is_locked(cell):
        if mine["source"].strip() != cell["source"].strip():
            words.append(f"{label} had been edited and is restored")
        return cell
    if name and mine["cell_type"] != cell["cell_type"]:
        words.append(f"{label} was a {mine['cell_type'][:20]} cell and is a {cell['cell_type']} cell again")
    return cell | {"source": mine["source"]} | (_pictures(mine) if cell["cell_type"] == "markdown" else {})


def _own(cell):
    """A cell of the student's own: its text, and nothing else that it carries."""
    kind = cell["cell_type"] if cell["cell_type"] in ("code", "markdown") else "raw"
    more = {"outputs": [], "execution_count": None} if kind == "code" else _pictures(cell)
    return {"cell_type": kind, "metadata": {}, "source": cell["source"], **more}


def _pictures(cell):
    """The pictures that were pasted into a cell of text, as its `attachments`; without them its page cannot be made."""
    attachments = cell.get("attachments") if cell["cell_type"] == "markdown" else None
    if not isinstance(attachments, dict):
        return {}
    pictures = {name: _picture(bundle) for name, bundle in attachments.items()}
    return {"attachments": {name: bundle for name, bundle in pictures.items() if bundle}}


def _picture(bundle):
    bundle = bundle if isinstance(bundle, dict) else {}
    return {kind: data for kind, data in bundle.items() if kind in PICTURES and isinstance(data, str)}
