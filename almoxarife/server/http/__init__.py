"""What all routes share: middleware, access control, requests and responses, errors, caching, OpenAPI."""
