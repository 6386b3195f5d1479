"""Networks whose channels are cut into groups, of which the later ones can be left out while the network runs."""
