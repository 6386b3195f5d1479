"""A trained network that somebody brings: read, taken apart layer by layer, and given the study's input and output.

Nothing of it is taken on trust: what is rebuilt must give the original's answers on images, or it is refused by name.
"""
