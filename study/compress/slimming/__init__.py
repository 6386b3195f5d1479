"""Network slimming: small scales of batch normalisation tell which channels may go."""
