"""Run Jupyter Book on a staged folder, in a process of its own: ``python -m crmlab.course.site.sphinx_build``."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

__all__ = ["main"]

#: parts of Jupyter Book that would load from another host, or that nothing here uses
_LEFT_OUT = {"sphinx_thebe", "sphinx_comments", "sphinx_jupyterbook_latex", "sphinx_multitoc_numbering"}


def main(source: str, out: str) -> int:
    """Build ``source`` into ``out/html``; return the exit code.

    The configuration is Jupyter Book's, made from ``_config.yml`` and ``_toc.yml``.
    A warning is a failure: a broken link or a missing image does not reach a reader.
    """
    # A short life with many small objects: collecting rarely halves the time.
    gc.set_threshold(100_000, 50, 1000)
    # jsonschema would build forty grammars of internet addresses (a second), which nothing here is checked by.
    sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # the way to say: not to be imported
    from jupyter_book.config import get_final_config
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    stage, target = Path(source).resolve(), Path(out).resolve()
    overrides = {"external_toc_path": str(stage / "_toc.yml"), "latex_individualpages": False}
    config, _ = get_final_config(user_yaml=stage / "_config.yml", cli_config=overrides, sourcedir=stage)
    config["extensions"] = [name for name in config["extensions"] if name not in _LEFT_OUT]
    config.pop("comments_config", None)
    with patch_docutils(None), docutils_namespace():
        app = Sphinx(
            srcdir=stage,
            confdir=None,
            outdir=target / "html",
            doctreedir=target / ".doctrees",
            buildername="html",
            confoverrides=config,
            status=None,
            warning=sys.stderr,
            warningiserror=True,
            keep_going=True,
        )
        app.build()
        return int(app.statuscode)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
