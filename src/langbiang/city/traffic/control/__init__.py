"""Controllers behind one interface: fixed, actuated, max-pressure and the rolling horizon."""
