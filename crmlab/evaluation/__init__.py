"""Evaluation: one verdict from many criteria, and what it hangs on."""
