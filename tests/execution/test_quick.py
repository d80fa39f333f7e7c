"""Starting quickly."""

from __future__ import annotations

import subprocess
import sys


def test_notebooks_are_read_without_the_grammar_of_addresses():
    """Reading a notebook does not build the grammar, which stays importable for whoever needs it."""
    program = (
        "import sys\n"
        "from crmlab.execution.notebooks import node\n"
        "node({})\n"
        "assert 'nbformat' in sys.modules\n"
        "assert 'rfc3987_syntax' not in sys.modules\n"
        "import jsonschema\n"
        "jsonschema.validate({'a': 1}, {'type': 'object'})"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
