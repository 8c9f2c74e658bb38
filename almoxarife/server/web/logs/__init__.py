"""*Registros*: searching the log. The URL contains the whole view, so that it can be shared and saved."""
