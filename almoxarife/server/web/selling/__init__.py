"""*Vender*: a till in the browser, at a phone or a PC."""
