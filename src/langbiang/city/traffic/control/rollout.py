"""The compiled heart of the rolling horizon: what would the next minute cost if we switched then?

One call plays one junction forward for every candidate (hold the running stage h seconds, then go to stage j) and
returns the cost of each. Written as plain loops over arrays for numba.
"""

from typing import Any

import numpy as np

from langbiang.city.traffic.compiled import compiled

# Places in the parameter vector, so that tuning needs no recompilation.
(
    HORIZON,
    STARTUP,
    YELLOW_USE,
    STOP_COST,
    TERMINAL,
    GAP_BEFORE,
    GAP_AFTER,
    POLICY_MAX,
    POLICY_MORE,
    EXIT_RATE,
) = range(10)
POLICY_FACTOR, INTERGREEN, MIN_GREEN, PERMISSIVE_EXTRA, LOOK, SWITCH_COST = range(10, 16)
PARAMETERS = 16


@compiled
def play(
    stage_link: Any,
    loses: Any,
    link_lane: Any,
    headway: Any,
    yield_from: Any,
    yield_to: Any,
    link_exit: Any,
    lane_from: Any,
    eta: Any,
    link: Any,
    weight: Any,
    is_stopped: Any,
    room: Any,
    stage_now: int,
    ages: Any,
    hold: float,
    goal: int,
    second_green: float,
    p: Any,
    out: Any,
) -> float:
    """Cost of one candidate in weighted seconds of delay; ``out`` receives each vehicle's leaving time (or -1).

    ``ages`` is how long each link has been green, negative while it waits for a running change to end.
    """
    horizon = int(p[HORIZON])
    links = stage_link.shape[1]
    stages = stage_link.shape[0]
    lanes = lane_from.shape[0] - 1
    intergreen, min_green = p[INTERGREEN], p[MIN_GREEN]
    head = np.empty(lanes, np.int64)
    arrived = np.empty(lanes, np.int64)
    free_at = np.zeros(lanes)
    for a in range(lanes):
        head[a] = lane_from[a]
        arrived[a] = lane_from[a]
    green_start = np.empty(links)
    last_out = np.full(links, -99.0)
    waiting = np.zeros(links)
    slots = room.copy()
    stage, target = stage_now, -1
    since = 0.0
    change_left = 0.0
    switched = 0
    stage_hold = hold
    for k in range(links):
        green_start[k] = -ages[k] if stage_link[stage, k] > 0 else 1e6
    cost = 0.0
    for t in range(horizon):
        if target >= 0:
            change_left -= 1.0
            if change_left <= 0.0:
                for k in range(links):
                    if stage_link[target, k] > 0:
                        if stage_link[stage, k] == 0:
                            green_start[k] = t
                    else:
                        green_start[k] = 1e6
                stage, target, since = target, -1, 0.0
        for a in range(lanes):
            while arrived[a] < lane_from[a + 1] and eta[arrived[a]] <= t + p[LOOK]:
                waiting[link[arrived[a]]] += weight[arrived[a]]
                arrived[a] += 1
        if target < 0:
            wanted = -1
            if switched == 0:
                if goal >= 0 and t >= stage_hold:
                    wanted = goal
            else:
                best, best_queue, here = -1, 1e-6, 0.0
                for s in range(stages):
                    queue = 0.0
                    for k in range(links):
                        if stage_link[s, k] == 2:
                            queue += waiting[k]
                        elif stage_link[s, k] == 1:
                            queue += 0.5 * waiting[k]
                    if s == stage:
                        here = queue
                    elif queue > best_queue:
                        best, best_queue = s, queue
                if switched == 1 and second_green > 0.0:
                    if since >= second_green and best >= 0:
                        wanted = best
                elif best >= 0 and (
                    here <= 1e-6
                    or since >= p[POLICY_MAX]
                    or best_queue > p[POLICY_FACTOR] * here + p[POLICY_MORE]
                ):
                    wanted = best
            if wanted >= 0:
                for k in range(links):
                    if (
                        stage_link[stage, k] > 0
                        and stage_link[wanted, k] == 0
                        and t - green_start[k] < min_green - 0.5
                    ):
                        wanted = -1
                        break
            if wanted >= 0 and wanted != stage:
                switched += 1
                if loses[stage, wanted] == 1:
                    cost += p[SWITCH_COST]
                    target, change_left = wanted, intergreen
                else:
                    for k in range(links):
                        if stage_link[wanted, k] > 0 and stage_link[stage, k] == 0:
                            green_start[k] = t
                    stage, since = wanted, 0.0
            else:
                since += 1.0
        for a in range(lanes):
            while head[a] < lane_from[a + 1]:
                i = head[a]
                k = link[i]
                lamp = stage_link[stage, k]
                if lamp == 0:
                    break
                is_ending = target >= 0 and stage_link[target, k] == 0
                if is_ending and intergreen - change_left >= p[YELLOW_USE]:
                    break
                at = max(free_at[a], eta[i], green_start[k] + p[STARTUP])
                if at >= t + 1.0:
                    break
                if at < t:
                    at = float(t)
                if lamp == 1 and not is_ending:
                    is_blocked = False
                    for y in range(yield_from[k], yield_from[k + 1]):
                        f = yield_to[y]
                        if stage_link[stage, f] == 0 or (target >= 0 and stage_link[target, f] == 0):
                            continue
                        if t - last_out[f] < p[GAP_BEFORE]:
                            is_blocked = True
                            break
                        b = link_lane[f]
                        if head[b] < lane_from[b + 1] and link[head[b]] == f:
                            come = max(eta[head[b]], green_start[f] + p[STARTUP])
                            if come < t + p[GAP_AFTER]:
                                is_blocked = True
                                break
                    if is_blocked:
                        break
                e = link_exit[k]
                if slots[e] < 1.0:
                    break
                slots[e] -= 1.0
                late = at - eta[i]
                cost += weight[i] * late
                if late > 2.0 and is_stopped[i] == 0:
                    cost += weight[i] * p[STOP_COST]
                out[i] = at
                last_out[k] = at
                free_at[a] = at + headway[k] + (p[PERMISSIVE_EXTRA] if lamp == 1 else 0.0)
                head[a] += 1
                if head[a] > arrived[a]:
                    arrived[a] = head[a]
                else:
                    waiting[k] -= weight[i]
        for e in range(slots.shape[0]):
            slots[e] += p[EXIT_RATE]
    for a in range(lanes):
        for i in range(head[a], lane_from[a + 1]):
            out[i] = -1.0
            k = link[i]
            late = horizon - eta[i]
            if late < 0.0:
                late = 0.0
            late += p[TERMINAL] + headway[k] * (i - head[a]) * 0.5
            cost += weight[i] * late
            if is_stopped[i] == 0:
                cost += weight[i] * p[STOP_COST]
    return cost


@compiled
def price(
    stage_link: Any,
    loses: Any,
    link_lane: Any,
    headway: Any,
    yield_from: Any,
    yield_to: Any,
    link_exit: Any,
    lane_from: Any,
    eta: Any,
    link: Any,
    weight: Any,
    is_stopped: Any,
    room: Any,
    stage_now: int,
    ages: Any,
    holds: Any,
    seconds: Any,
    p: Any,
    costs: Any,
    out: Any,
) -> None:
    """Fill ``costs[stage, hold]``, the mean over samples; the running stage's row 0 is "keep it all"."""
    stages = stage_link.shape[0]
    samples = link.shape[0]
    for j in range(stages):
        for h in range(holds.shape[0]):
            costs[j, h] = 1e18
        for h in range(holds.shape[0]):
            if j == stage_now and h > 0:
                break
            for g in range(seconds.shape[0]):
                if j == stage_now and g > 0:
                    break
                total = 0.0
                for s in range(samples):
                    total += play(
                        stage_link,
                        loses,
                        link_lane,
                        headway,
                        yield_from,
                        yield_to,
                        link_exit,
                        lane_from,
                        eta,
                        link[s],
                        weight,
                        is_stopped,
                        room,
                        stage_now,
                        ages,
                        1e9 if j == stage_now else holds[h],
                        -1 if j == stage_now else j,
                        seconds[g],
                        p,
                        out,
                    )
                costs[j, h] = min(costs[j, h], total / samples)
