"""Images and labels: sources, splits, augmentation, corruptions."""
