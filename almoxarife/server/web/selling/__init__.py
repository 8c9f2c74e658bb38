"""*Vender*: a till in the browser, for phones and PCs."""
