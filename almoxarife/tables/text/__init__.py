"""Tables as text files: detects the encoding, the delimiter and the style of quoting."""
