"""Run Jupyter Book on a staged folder, in a process of its own: ``python -m crmlab.course.site.sphinx_build``."""

from __future__ import annotations

import sys
from pathlib import Path

__all__ = ["main"]


def main(source: str, out: str) -> int:
    """Build ``source`` into ``out/html``; return the exit code.

    A warning is a failure: a broken link or a missing image does not reach a reader.
    """
    from jupyter_book.sphinx import build_sphinx

    stage, target = Path(source), Path(out)
    returned = build_sphinx(
        stage,
        target / "html",
        confdir=None,
        noconfig=True,
        path_config=stage / "_config.yml",
        confoverrides={
            "external_toc_path": str(stage / "_toc.yml"),
            "latex_individualpages": False,
        },
        doctreedir=target / ".doctrees",
        quiet=True,
        warningiserror=True,
        keep_going=True,
    )
    if isinstance(returned, Exception):
        sys.stderr.write(f"{type(returned).__name__}: {returned}\n")
        return 1
    return int(returned)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
