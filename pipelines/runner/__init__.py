"""`make study` in parts: which stages, in which order, and where they run."""
