"""The compiled heart of the rolling horizon: what would the next minute cost if we switched then?

One call plays one junction forward for every candidate (hold the running stage h seconds, then go to stage j) and
returns the cost of each. Written as plain loops over arrays for numba. Candidates share the seconds in which the
running stage is held: these are played once, and every switch starts from a copy of that state.
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
# Places in the tail of the state's float array.
STAGE, TARGET, SINCE, CHANGE_LEFT, SWITCHED, COST = range(6)
SCALARS = 6


@compiled
def fresh_state(stage_link: Any, lane_from: Any, room: Any, stage_now: int, ages: Any, ints: Any, floats: Any) -> None:
    """Write the state of now: nobody has left, the running stage is green since ``ages``."""
    stages, links = stage_link.shape
    lanes = lane_from.shape[0] - 1
    for a in range(lanes):
        ints[a] = lane_from[a]
        ints[lanes + a] = lane_from[a]
        floats[a] = 0.0
    at = lanes
    for k in range(links):
        floats[at + k] = -ages[k] if stage_link[stage_now, k] > 0 else 1e6
        floats[at + links + k] = -99.0
    at += 2 * links
    for s in range(stages):
        floats[at + s] = 0.0
    at += stages
    for e in range(room.shape[0]):
        floats[at + e] = room[e]
    at += room.shape[0]
    for i in range(SCALARS):
        floats[at + i] = 0.0
    floats[at + STAGE] = stage_now
    floats[at + TARGET] = -1.0


@compiled
def state_sizes(stage_link: Any, lane_from: Any, room: Any) -> tuple[int, int]:
    """Lengths of the integer and the float array of one state."""
    stages, links = stage_link.shape
    lanes = lane_from.shape[0] - 1
    return 2 * lanes, lanes + 2 * links + stages + room.shape[0] + SCALARS


@compiled
def advance(
    start: int,
    end: int,
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
    goal: int,
    second_green: float,
    p: Any,
    ints: Any,
    floats: Any,
    out: Any,
) -> None:
    """Play the seconds from ``start`` to ``end``; go to stage ``goal`` as soon as its minimum greens allow (-1: never).

    ``ints`` holds the next to leave and the next to arrive of each lane.
    ``floats`` holds, in this order: when each lane may next discharge, since when each link is green, when each last
    discharged, the weighted queue each stage would serve, room at each exit, and the scalars.
    """
    stages, links = stage_link.shape
    lanes = lane_from.shape[0] - 1
    exits = floats.shape[0] - SCALARS - lanes - 2 * links - stages
    head, arrived = ints[:lanes], ints[lanes:]
    free_at = floats[:lanes]
    green_start = floats[lanes : lanes + links]
    last_out = floats[lanes + links : lanes + 2 * links]
    queue = floats[lanes + 2 * links : lanes + 2 * links + stages]
    slots = floats[lanes + 2 * links + stages : lanes + 2 * links + stages + exits]
    scalars = floats[floats.shape[0] - SCALARS :]
    intergreen, min_green = p[INTERGREEN], p[MIN_GREEN]
    stage, target = int(scalars[STAGE]), int(scalars[TARGET])
    since, change_left = scalars[SINCE], scalars[CHANGE_LEFT]
    switched, cost = int(scalars[SWITCHED]), scalars[COST]
    left = 0
    for a in range(lanes):
        left += lane_from[a + 1] - head[a]
    for t in range(start, end):
        if left == 0 and (goal < 0 or switched > 0):
            break
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
                i = arrived[a]
                k = link[i]
                for s in range(stages):
                    if stage_link[s, k] == 2:
                        queue[s] += weight[i]
                    elif stage_link[s, k] == 1:
                        queue[s] += 0.5 * weight[i]
                arrived[a] += 1
        if target < 0:
            wanted = -1
            if switched == 0:
                wanted = goal
            else:
                best, best_queue, here = -1, 1e-6, queue[stage]
                for s in range(stages):
                    if s != stage and queue[s] > best_queue:
                        best, best_queue = s, queue[s]
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
                left -= 1
                if head[a] > arrived[a]:
                    arrived[a] = head[a]
                else:
                    for s in range(stages):
                        if stage_link[s, k] == 2:
                            queue[s] -= weight[i]
                        elif stage_link[s, k] == 1:
                            queue[s] -= 0.5 * weight[i]
        for e in range(exits):
            slots[e] += p[EXIT_RATE]
    scalars[STAGE], scalars[TARGET] = stage, target
    scalars[SINCE], scalars[CHANGE_LEFT] = since, change_left
    scalars[SWITCHED], scalars[COST] = switched, cost


@compiled
def remainder(
    headway: Any, lane_from: Any, eta: Any, link: Any, weight: Any, is_stopped: Any, p: Any, ints: Any, out: Any
) -> float:
    """Cost of those who have not left by the end of the horizon; ``out`` says -1 for them."""
    cost = 0.0
    for a in range(lane_from.shape[0] - 1):
        for i in range(ints[a], lane_from[a + 1]):
            out[i] = -1.0
            late = max(0.0, p[HORIZON] - eta[i]) + p[TERMINAL] + headway[link[i]] * (i - ints[a]) * 0.5
            cost += weight[i] * late
            if is_stopped[i] == 0:
                cost += weight[i] * p[STOP_COST]
    return cost


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
    sizes = state_sizes(stage_link, lane_from, room)
    ints, floats = np.empty(sizes[0], np.int64), np.empty(sizes[1])
    fresh_state(stage_link, lane_from, room, stage_now, ages, ints, floats)
    horizon = int(p[HORIZON])
    turn = horizon if goal < 0 else int(min(float(horizon), np.ceil(hold)))
    for part in range(2):
        advance(
            0 if part == 0 else turn,
            turn if part == 0 else horizon,
            stage_link,
            loses,
            link_lane,
            headway,
            yield_from,
            yield_to,
            link_exit,
            lane_from,
            eta,
            link,
            weight,
            is_stopped,
            -1 if part == 0 else goal,
            second_green,
            p,
            ints,
            floats,
            out,
        )
    cost: float = floats[floats.shape[0] - SCALARS + COST]
    cost += remainder(headway, lane_from, eta, link, weight, is_stopped, p, ints, out)
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
    """Fill ``costs[stage, hold]``, the mean over samples; the running stage's row 0 is "keep it all".

    ``holds`` ascend. Of the greens tried after the switch (``seconds``) the best counts. Stages that serve nobody better
    are played as well: one that only ends a movement early can be the best next step.
    """
    stages, count, tries = stage_link.shape[0], holds.shape[0], seconds.shape[0]
    samples = link.shape[0]
    horizon = int(p[HORIZON])
    sizes = state_sizes(stage_link, lane_from, room)
    ints, floats = np.empty(sizes[0], np.int64), np.empty(sizes[1])
    ints_then, floats_then = np.empty(sizes[0], np.int64), np.empty(sizes[1])
    cost_at = floats.shape[0] - SCALARS + COST
    totals = np.zeros((stages, count, tries))
    kept = 0.0
    for n in range(samples):
        fresh_state(stage_link, lane_from, room, stage_now, ages, ints, floats)
        at = 0
        for h in range(count + 1):
            turn = horizon if h == count else min(horizon, int(np.ceil(holds[h])))
            advance(
                at,
                turn,
                stage_link,
                loses,
                link_lane,
                headway,
                yield_from,
                yield_to,
                link_exit,
                lane_from,
                eta,
                link[n],
                weight,
                is_stopped,
                -1,
                0.0,
                p,
                ints,
                floats,
                out,
            )
            at = turn
            if h == count:
                break
            for j in range(stages):
                if j == stage_now:
                    continue
                for g in range(tries):
                    ints_then[:] = ints
                    floats_then[:] = floats
                    advance(
                        turn,
                        horizon,
                        stage_link,
                        loses,
                        link_lane,
                        headway,
                        yield_from,
                        yield_to,
                        link_exit,
                        lane_from,
                        eta,
                        link[n],
                        weight,
                        is_stopped,
                        j,
                        seconds[g],
                        p,
                        ints_then,
                        floats_then,
                        out,
                    )
                    totals[j, h, g] += floats_then[cost_at] + remainder(
                        headway, lane_from, eta, link[n], weight, is_stopped, p, ints_then, out
                    )
        kept += floats[cost_at] + remainder(headway, lane_from, eta, link[n], weight, is_stopped, p, ints, out)
    for j in range(stages):
        for h in range(count):
            costs[j, h] = 1e18
            if j != stage_now:
                for g in range(tries):
                    costs[j, h] = min(costs[j, h], totals[j, h, g] / samples)
    costs[stage_now, 0] = kept / samples
