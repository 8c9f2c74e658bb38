"""Almoxarife, the storekeeper: live inventory for small chains of shops."""

__version__ = "0.2.0"
