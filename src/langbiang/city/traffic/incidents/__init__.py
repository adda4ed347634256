"""What goes wrong on the road and in the detectors, and what happens when somebody closes or fills a road."""
