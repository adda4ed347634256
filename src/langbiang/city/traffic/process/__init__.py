"""The control process: once a second from what is seen to what the gate allows to the cabinet and back. No web framework."""
