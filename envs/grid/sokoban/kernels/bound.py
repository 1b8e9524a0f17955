"""How many pushes are needed at least, and which states cannot be solved any more."""

from __future__ import annotations

from adaptarium.envs.core.compiling import kernel
from adaptarium.envs.grid.sokoban.kernels.room import FAR


@kernel
def assign(room, crate):
    """Give crate number ``crate`` (from 1) a goal, changing those of the others: one augmentation.

    The Hungarian method with potentials (Kuhn 1955; Jonker & Volgenant, Computing 38, 1987).
    """
    goals = room.pushes.shape[0]
    for j in range(goals + 1):
        room.least[j] = 1 << 30
        room.used[j] = 0
    room.match[0] = crate
    at = 0
    while room.match[at] != 0:
        room.used[at] = 1
        one = room.match[at]
        delta, best = 1 << 30, 0
        for j in range(1, goals + 1):
            if room.used[j]:
                continue
            reduced = room.pushes[j - 1, room.crates[one - 1]] - room.row[one] - room.column[j]
            if reduced < room.least[j]:
                room.least[j] = reduced
                room.way[j] = at
            if room.least[j] < delta:
                delta = room.least[j]
                best = j
        for j in range(goals + 1):
            if room.used[j]:
                room.row[room.match[j]] += delta
                room.column[j] -= delta
            else:
                room.least[j] -= delta
        at = best
    while at != 0:
        before = room.way[at]
        room.match[at] = room.match[before]
        at = before


@kernel
def total(room):
    """The pushes of the assignment; ``FAR`` where a crate has no goal that it can reach."""
    found = 0
    for j in range(1, room.match.shape[0]):
        if room.match[j] > 0:
            found += room.pushes[j - 1, room.crates[room.match[j] - 1]]
    return min(found, FAR)


@kernel
def assign_all(room):
    """The cheapest assignment of crates to goals, kept for :func:`assign_again`."""
    for i in range(room.row.shape[0]):
        room.row[i] = 0
    for j in range(room.column.shape[0]):
        room.column[j] = 0
        room.match[j] = 0
    for crate in range(1, room.crates.shape[0] + 1):
        assign(room, crate)
    keep(room.row, room.kept_row)
    keep(room.column, room.kept_column)
    keep(room.match, room.kept_match)


@kernel
def keep(source, target):
    """Copy one array."""
    for j in range(source.shape[0]):
        target[j] = source[j]


@kernel
def assign_again(room, crate):
    """The cheapest assignment after crate number ``crate`` (from 1) alone has moved.

    From the assignment before: its goal is given free, and one augmentation finds the best for all.
    Only where there are as many goals as crates, so that none is left over with a price.
    """
    keep(room.kept_row, room.row)
    keep(room.kept_column, room.column)
    keep(room.kept_match, room.match)
    lowest = 1 << 30
    for j in range(1, room.match.shape[0]):
        if room.match[j] == crate:
            room.match[j] = 0
        lowest = min(lowest, room.pushes[j - 1, room.crates[crate - 1]] - room.column[j])
    room.row[crate] = lowest
    assign(room, crate)


@kernel
def is_bound(room, one, other):
    """Whether no crate moves between these two cells: a wall, a frozen crate, or both are dead."""
    if room.wall[one] or room.wall[other] or room.frozen[one] or room.frozen[other]:
        return True
    return not room.live[one] and not room.live[other]


@kernel
def is_frozen(room):
    """Whether crates that cannot be moved any more stand off the goals (a freeze deadlock).

    All crates are taken for frozen, and those that could move are set free until none can.
    """
    for j in range(room.crates.shape[0]):
        room.frozen[room.crates[j]] = 1
    changed = True
    while changed:
        changed = False
        for j in range(room.crates.shape[0]):
            at = room.crates[j]
            if not room.frozen[at]:
                continue
            across = is_bound(room, at + room.step[0], at + room.step[2])
            along = is_bound(room, at + room.step[1], at + room.step[3])
            if not (across and along):
                room.frozen[at] = 0
                changed = True
    dead = False
    for j in range(room.crates.shape[0]):
        at = room.crates[j]
        dead = dead or (room.frozen[at] and not room.is_goal[at])
        room.frozen[at] = 0
    return dead


@kernel
def may_freeze(room, at):
    """Whether the crate at ``at`` is held on both axes if every other crate stays where it is."""
    held = 0
    for axis in range(2):
        one, other = at + room.step[axis], at - room.step[axis]
        blocked = room.wall[one] or room.wall[other] or room.on[one] or room.on[other]
        held += blocked or (not room.live[one] and not room.live[other])
    return held == 2


@kernel
def estimate(room, moved):
    """Pushes that are still needed at least; ``FAR`` where the state cannot be solved.

    ``moved`` is the number of the only crate that was moved since :func:`assign_all`, or -1.
    """
    if moved < 0:
        if is_frozen(room):
            return FAR
        assign_all(room)
        return total(room)
    if may_freeze(room, room.crates[moved]) and is_frozen(room):
        return FAR
    if room.crates.shape[0] == room.pushes.shape[0]:
        assign_again(room, moved + 1)
    else:
        assign_all(room)
    return total(room)
