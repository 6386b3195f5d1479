"""Methods that cut whole channels: what they leave, how they chose, and how they stand beside narrower networks."""
