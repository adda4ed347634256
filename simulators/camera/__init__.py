"""A camera on a pole over a junction of the demo: a real RTSP stream of the street in front of its cabinet, drawn.

The street's own counts are the truth; what is drawn follows them. Faults on demand: freeze, dark, fog, moved, drop.
"""
