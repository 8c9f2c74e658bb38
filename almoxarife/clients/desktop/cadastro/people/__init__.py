"""People and their rights: one's own account, and everybody's for an administrador."""
