"""What the reports say: functions that turn results into findings, figures and tables in the reader's language.

One report a module; the notebooks in ``notebooks/reports`` call them.
"""
