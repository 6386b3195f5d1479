"""The devices: name -> module with prepare(...) and measure(...)."""

DEVICES = {
    "host": "study.devices.host",
    "ssh": "study.devices.remote.ssh",
}
