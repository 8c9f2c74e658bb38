"""Products and movements: the list, and the forms that register."""
