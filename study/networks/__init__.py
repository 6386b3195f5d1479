"""Networks in Keras: architectures, their channels, and training."""
