"""Names of products as lists have them: with their variations, and without what stands around them."""
