"""The units that products are counted in."""
