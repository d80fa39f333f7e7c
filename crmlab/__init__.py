"""crmlab: a course and report generator for customer relationship management.

Four floors, each of which imports only from those below it:

1. science: :mod:`crmlab.satisfaction`, :mod:`crmlab.csi`, :mod:`crmlab.loyalty`, :mod:`crmlab.rfm`,
   :mod:`crmlab.clv`: pure functions, frozen results;
2. data: :mod:`crmlab.data`, :mod:`crmlab.simulate`: cases, and readers of a user's own files;
3. plots and text: :mod:`crmlab.plots`, :mod:`crmlab.text`, :mod:`crmlab.show`: figures, tables, words in two languages;
4. reports and course: :mod:`crmlab.reports`, :mod:`crmlab.course`, and :mod:`crmlab.cli` on top.
"""

__version__ = "0.1.0"
