"""Creates many people from a list, sent by another program or a page, and records what became of each."""
