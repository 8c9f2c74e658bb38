"""*Registros*: looking through the log. The address is the whole view, so that it can be shared and kept."""
