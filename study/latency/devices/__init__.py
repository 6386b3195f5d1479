"""The devices: name -> module with prepare(...) and measure(...)."""

DEVICES = {
    "host": "study.latency.devices.host",
    "rpi4_emulated": "study.latency.devices.rpi4.rpi4_emulated",
    "rpi4_predicted": "study.latency.devices.rpi4.rpi4_predicted",
    "ssh": "study.latency.devices.remote.ssh",
}
