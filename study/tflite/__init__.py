"""A .tflite file: its tables, facts read from them, and its interpreter. No TensorFlow."""
