"""A shop's calendar: deliveries, promotions, counts."""
