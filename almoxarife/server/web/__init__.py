"""The pages for browsers. They read and write only through the routes of the API, as any client does."""
