"""The edge: a request on its way in, who sent it, and the answer on its way out. It knows no feature."""
