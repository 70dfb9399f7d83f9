"""The embedded local model: a catalogue of model files, their retrieval, and a server process that runs them."""
