"""Device profiles: what the objects of one maker's devices mean, as data."""
