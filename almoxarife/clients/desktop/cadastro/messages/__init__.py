"""*Recados*: what people leave each other."""
