"""Automatic pruning: measured sensitivities decide how many channels each layer keeps."""
