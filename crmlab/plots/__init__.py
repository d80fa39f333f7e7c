"""Figures: take results of the science, return matplotlib ``Axes`` or plotly figures in the reader's language."""
