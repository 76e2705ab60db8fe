"""One phase each: an async function that takes the world, a span and a deadline, and returns a value or fails."""
