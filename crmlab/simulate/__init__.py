"""Simulated businesses with a known truth.

:func:`simulate_retail` makes the tables of the retail case; :class:`RetailTruth` holds every parameter behind them.
"""

from crmlab.simulate.retail import draw_retail_population, simulate_retail
from crmlab.simulate.truth import RetailTruth

__all__ = ["RetailTruth", "draw_retail_population", "simulate_retail"]
