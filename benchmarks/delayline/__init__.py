"""A path with a fixed delay between two network namespaces."""
