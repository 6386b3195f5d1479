"""How long an inference takes: what a measurement is, which are made, and the devices that make them."""
