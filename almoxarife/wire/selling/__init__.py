"""A sale while it is being made, and what a seller types for it: the same at a window and on a page."""
