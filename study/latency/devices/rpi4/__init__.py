"""A Raspberry Pi 4B that is not there: its processor emulated (counts and outputs), its time predicted.

Three kinds of figures are kept apart. *Measured* is a real board's alone. *Emulated* are counts and outputs of real
aarch64 programs under QEMU; how long QEMU takes says nothing and is never stored. *Predicted* are microseconds computed
from those counts, or from the model file alone, with the error that the ten published figures show for their kind of
network, or none.
"""
