"""This machine's platform has no wheel of granian."""

import sys

sys.modules["granian"] = None  # type: ignore[assignment]  # importing it raises ImportError
