"""What a browser shows: pages that ask the routes of the API, and write through them, as any client does."""
