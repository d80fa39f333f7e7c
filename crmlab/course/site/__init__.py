"""The site: executed notebooks and pages, staged for each language and built by Jupyter Book.

This is the only part of crmlab that knows the site builder; sources stay neutral.
"""

from crmlab.course.site.build import BookBuild, build_book

__all__ = ["BookBuild", "build_book"]
