"""The fidelity of circuits of devices, measured claim by claim."""
