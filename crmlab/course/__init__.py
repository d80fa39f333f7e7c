"""The course: exercises and quizzes in chapters, editions of a notebook, workspaces, the site.

A chapter imports what it shows from here:

>>> from crmlab.course import check, exercise, hint, quiz

One notebook serves both languages and all readers; tags of its cells say what is for whom:

=================  ====  ==================================================================================
tag                cell  meaning
=================  ====  ==================================================================================
``en``, ``zh``     md    the same text twice; ids ``stem-en`` and ``stem-zh``, the zh cell right after the en cell
``parameters``     code  ``lang = "en"`` and, in chapters, ``student = 0``; papermill fills it
``setup``          code  imports and ``use(lang)``; folded on the site
``exercise``       code  shows a statement: ``exercise("ch05-nps", student)``
``answer``         code  the cell that a student fills in: ``my_nps = None``
``solution``       code  the teacher's answer, right after the answer cell: ``my_nps = 100 * …``; teachers only
                   or    (a markdown cell also carries ``en`` or ``zh``)
                   md
``check``          code  ``check("ch05-nps", my_nps, student)``
``quiz``           code  ``quiz("ch05-q1")``; its code is not shown on the site
``instructor``     any   notes, timings, pitfalls; teachers only
``hide-input``     code  folded code (``remove-input``: none), for figures whose code teaches nothing
=================  ====  ==================================================================================

Results that the text needs are named by ``facts(nps=…)`` as the last expression of a code cell, and taken up as
``{{nps:.1f}}`` in markdown cells.
"""

from crmlab.course.exercises import check, exercise, hint
from crmlab.course.questions import quiz

__all__ = ["check", "exercise", "hint", "quiz"]
