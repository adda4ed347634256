"""Cameras: frames in, counts and queues by lane out. No frame, face or plate is ever kept; no database, no Django."""
