"""The wire contract as pydantic models, used by the server and its clients alike.

Attributes are English, names on the wire are Portuguese aliases. A model that reads
a request refuses unknown fields; a model that reads an answer ignores them, so that
the server may add fields without breaking an older client.
"""
