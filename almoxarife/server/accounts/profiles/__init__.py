"""What people say of themselves besides a name and a password."""
