"""What a network is trained for: loss, scores of each image, and what sums them up."""
