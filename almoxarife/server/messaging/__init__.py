"""Messages between people: who wrote, who reads, and what each keeps."""
