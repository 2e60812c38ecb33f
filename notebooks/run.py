"""Runs every notebook here from scratch.

    python notebooks/run.py            executes them and writes the outputs back
    python notebooks/run.py FOLDER     executes them and writes the executed copies to FOLDER (what CI does)

The notebooks drive the command line: `tumen` must be on the PATH (for example `cargo install --path .`).
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

here = Path(__file__).resolve().parent
target = Path(sys.argv[1]) if len(sys.argv) > 1 else here

for path in sorted(here.glob("*.ipynb")):
    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, timeout=300, kernel_name="python3", resources={"metadata": {"path": str(here)}}).execute()
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)  # clock times would change with every run
    nbformat.write(notebook, target / path.name)
    print(f"{path.name}: {sum(c.cell_type == 'code' for c in notebook.cells)} cells run")
