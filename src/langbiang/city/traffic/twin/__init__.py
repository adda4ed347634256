"""The digital twin: a SUMO runner with seeds, demand scaling, disturbances and a perception model."""
