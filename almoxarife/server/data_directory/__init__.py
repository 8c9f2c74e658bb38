"""The folder that holds a shop's data: who may use it, and the keys in it."""
