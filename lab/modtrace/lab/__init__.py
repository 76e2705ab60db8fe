"""The bad network: servers and path faults on loopback, for users to learn on and for our tests."""
