"""Tests, intervals and corrections: what the answers of two or more models prove. No images, no files."""
