"""What all routes share: middleware, access control, requests and answers, errors, caching, OpenAPI."""
