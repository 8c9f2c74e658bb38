"""The open sale, and parsing what a seller types for it: shared by the window and the page."""
