"""The devices: name -> module with prepare(...) and measure(...)."""

DEVICES = {
    "host": "study.devices.host",
    "rpi4_emulated": "study.devices.rpi4.rpi4_emulated",
    "rpi4_predicted": "study.devices.rpi4.rpi4_predicted",
    "ssh": "study.devices.remote.ssh",
}
