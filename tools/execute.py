"""Run notebooks in place and keep clean outputs: `make outputs NB=notebooks/04*`.

Each notebook runs top to bottom in a new kernel, in its own folder. It is written back only if every cell ran, with
execution counts 1..n, without timings, widget state and other traces of the machine.
"""

import pathlib
import sys

import nbformat
from nbclient import NotebookClient

KEEP_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def execute(path):
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=900, kernel_name="python3", resources={"metadata": {"path": str(path.parent)}})
    client.execute()
    clean(notebook)
    nbformat.validate(notebook)
    nbformat.write(notebook, path)


def clean(notebook):
    """Leave sources, tags and outputs; number the cells' ids, so that a new run changes only what it means to."""
    notebook.metadata = nbformat.from_dict(KEEP_METADATA)
    for number, cell in enumerate(notebook.cells, start=1):
        cell.id = f"cell-{number:02d}"
        cell.metadata = nbformat.from_dict({k: v for k, v in cell.metadata.items() if k == "tags"})
        if cell.cell_type == "code":
            cell.outputs = joined(cell.outputs)


def joined(outputs):
    """Printed text arrives in pieces of any length; one piece per stretch of it is kept."""
    result = []
    for output in outputs:
        output.pop("transient", None)
        output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)  # its picture stays
        if output.output_type == "error":  # the frames name this machine's folders; the last line is what teaches
            output.traceback = [f"{output.ename}: {output.evalue}"]
        previous = result[-1] if result else None
        if output.output_type == "stream" and previous and previous.output_type == "stream" and previous.name == output.name:
            previous.text += output.text
        else:
            result.append(output)
    return result


if __name__ == "__main__":
    for name in sys.argv[1:]:
        execute(pathlib.Path(name))
        print("executed", name)
