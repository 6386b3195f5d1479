"""What params.yaml may say: one frozen dataclass a section.

One file each, so that a new key re-runs only the stages of its own section.
"""
