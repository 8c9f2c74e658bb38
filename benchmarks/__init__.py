"""Measured comparisons. Trust the ratios of one run, not its absolute figures."""
