"""The wire contract as pydantic models, used by the server and its clients alike.

Attributes are English; the names on the wire are Portuguese aliases. A model of a request refuses unknown fields; a
model of a response ignores them, so that the server may add fields without breaking an older client.
"""
