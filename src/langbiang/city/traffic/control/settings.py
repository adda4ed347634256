"""What may be tuned in the rolling horizon; every default was chosen on training seeds, never on the reported ones."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from langbiang.city.traffic.control import rollout
from langbiang.city.traffic.limits import Limits


@dataclass(frozen=True, slots=True)
class HorizonSettings:
    """Parameters of our controller, in seconds unless named otherwise."""

    horizon_s: int = 60
    holds: tuple[float, ...] = (0, 1, 2, 3, 5, 8, 12, 16, 20, 25, 30)
    second_greens: tuple[float, ...] = (0,)
    startup_s: float = 0.25
    yellow_use_s: float = 0.0
    stop_cost_s: float = 3.0
    terminal_s: float = 8.0
    gap_before_s: float = 2.0
    gap_after_s: float = 5.0
    policy_max_s: float = 40.0
    policy_more: float = 6.0
    policy_factor: float = 2.0
    permissive_extra_s: float = 0.5
    look_s: float = 2.0
    exit_rate: float = 0.3
    wait_weight_per_min: float = 0.5
    min_gain_s: float = 0.0
    recall_demand_s: float = 100.0
    recall_empty_s: float = 112.0
    neighbour_weight: float = 0.6
    switch_cost_s: float = 2.0
    samples: int = 4
    use_neighbours: bool = True
    missed_share: float = 0.03
    headway_scale: float = 1.0
    waits_for_clear: bool = True
    profile_weight: float = 0.0
    beyond_most: int = 12
    """How many are believed to stand behind a queue that reaches the end of the view, at most."""
    beyond_per_s: float = 0.25
    """How fast that number grows while it does."""

    def vector(self, limits: Limits) -> Any:
        """The parameter array of the compiled rollout."""
        p = np.zeros(rollout.PARAMETERS)
        p[rollout.HORIZON] = self.horizon_s
        p[rollout.STARTUP] = self.startup_s
        p[rollout.YELLOW_USE] = self.yellow_use_s
        p[rollout.STOP_COST] = self.stop_cost_s
        p[rollout.TERMINAL] = self.terminal_s
        p[rollout.GAP_BEFORE] = self.gap_before_s
        p[rollout.GAP_AFTER] = self.gap_after_s
        p[rollout.POLICY_MAX] = self.policy_max_s
        p[rollout.POLICY_MORE] = self.policy_more
        p[rollout.POLICY_FACTOR] = self.policy_factor
        p[rollout.EXIT_RATE] = self.exit_rate
        p[rollout.INTERGREEN] = limits.intergreen_s
        p[rollout.MIN_GREEN] = limits.min_green_s
        p[rollout.PERMISSIVE_EXTRA] = self.permissive_extra_s
        p[rollout.LOOK] = self.look_s
        p[rollout.SWITCH_COST] = self.switch_cost_s
        return p
