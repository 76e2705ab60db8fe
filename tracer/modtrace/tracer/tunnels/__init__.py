"""One proxy kind each: how the way to the next hop is opened."""
