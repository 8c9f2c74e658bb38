"""What Almoxarife is measured against; their packages are in ``requirements-bench.txt``."""
