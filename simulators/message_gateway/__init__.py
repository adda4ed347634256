"""A text-message gateway and a mail server that keep what they receive and fail on demand."""
