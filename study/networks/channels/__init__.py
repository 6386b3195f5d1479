"""Output channels of a network: which belong together, and the smaller network without some of them."""
