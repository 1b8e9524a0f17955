"""The factors of the navigation family, in groups."""

from __future__ import annotations

from typing import Literal

from adaptarium.envs.core.factors import Group, live, structural
from adaptarium.envs.navigation import codes


class TransitionFactors(Group):
    """How bodies move. Lengths are in metres, the side of a cell of the map; times in seconds."""

    body: Literal["point", "unicycle", "car", "station"] = live(
        "point",
        "point: the command is a force; unicycle: a force ahead, and turning on the spot; car: a "
        "force ahead, and steering, which turns only what rolls; station: it stays where it is, "
        "and the command points at a place.",
        tests=("unicycle", "car", "station"),
    )
    dt: float = live(0.1, "Seconds of a step.", tests=(0.05, 0.08), gt=0, le=1)
    mass: float = live(1.0, "Mass of a body in kg.", tests=(2.0, 0.5), gt=0, le=100)
    thrust: float = live(
        6.0, "Force of a full command in newtons.", tests=(3.0, 1.0), ge=0, le=1000
    )
    damping: float = live(
        0.25, "Share of the speed that is lost in a step.", tests=(0.1, 0.5), ge=0, lt=1
    )
    friction: float = live(
        0.0, "Dry friction: speed lost in a second, in m/s.", tests=(1.0, 3.0), ge=0, le=100
    )
    max_speed: float = live(
        1.5, "Highest speed in m/s; 0 for none.", tests=(0.5, 1.0), ge=0, le=1000
    )
    turn_rate: float = live(
        180.0, "Degrees a second that a unicycle turns at most.", tests=(60.0, 90.0), ge=0, le=3600
    )
    curvature: float = live(
        2.5, "Radians a metre that a car turns at most.", tests=(1.0, 0.5), ge=0, le=100
    )
    gain: float = live(
        1.0, "What actuators make of a command, times it.", tests=(0.5, 0.25), ge=0, le=2
    )
    lag: float = live(
        0.0, "Share of the last command that lives on in the next.", tests=(0.5, 0.9), ge=0, lt=1
    )
    wind: float = live(
        0.0,
        "Acceleration by wind in m/s², in directions of the map.",
        tests=(1.0, 3.0),
        ge=0,
        le=50,
    )
    wind_heading: float = live(
        0.0,
        "Where the wind blows to, in degrees clockwise from east.",
        tests=(90.0, 180.0),
        ge=0,
        lt=360,
    )
    reach: float = live(
        2.0,
        "How far a full command of a station points, in metres in each direction.",
        tests=(1.0, 0.5),
        gt=0,
        le=codes.LIMIT,
    )
    radius: float = live(0.2, "Radius of a body in metres.", tests=(0.25, 0.3), gt=0, le=10)
    walls: bool = live(True, "Walls stop bodies.", tests=(False, True))
    restitution: float = live(
        0.0, "Share of the speed into a wall that is thrown back.", tests=(0.5, 1.0), ge=0, le=1
    )
    contact: float = live(
        0.0,
        "Stiffness of bodies and obstacles that touch, in newtons a metre of overlap; 0 lets them "
        "through one another.",
        tests=(100.0, 10.0),
        ge=0,
        le=10_000,
    )
    contact_margin: float = live(
        0.001, "Depth in metres over which contact sets in.", tests=(0.05, 0.2), gt=0, le=1
    )


class ObservationFactors(Group):
    """What is sensed."""

    rays: int = structural(16, "Lidar rays of a body.", tests=(4, 9), ge=0, le=codes.MAX_RAYS)
    ray_range: float = live(
        5.0, "How far a ray reaches, in metres.", tests=(2.0, 0.5), gt=0, le=codes.LIMIT
    )
    fov: float = live(
        360.0, "Degrees between the first and the last ray.", tests=(180.0, 90.0), gt=0, le=360
    )
    ray_noise: float = live(
        0.0, "Standard deviation of rays in metres.", tests=(0.05, 0.5), ge=0, le=10
    )
    dropout: float = live(
        0.0,
        "Probability that a ray comes back from nowhere: it reads its full range.",
        tests=(0.2, 0.7),
        ge=0,
        le=1,
    )
    semantics: bool = structural(
        False, "Adds `hits`: what each ray meets, the goal among it.", tests=(True, False)
    )
    compass: bool = structural(
        True, "Adds `compass`: direction and distance of the goal.", tests=(False, True)
    )
    odometry: bool = structural(True, "Adds `odometry`: velocity and heading.", tests=(False, True))
    position: bool = structural(
        False, "Adds `position`: the place on the map.", tests=(True, False)
    )
    signals: bool = structural(
        False,
        "Adds `signals`: whether an inner episode begins, the share of its time gone, and whether "
        "the last step reached the goal.",
        tests=(True, False),
    )
    landmarks: bool = structural(
        False, "Adds `landmarks`: where every item lies from here.", tests=(True, False)
    )
    teammates: bool = structural(
        False,
        "Adds `teammates`: where the others are from here, and their velocities.",
        tests=(True, False),
    )

    tasks: bool = structural(
        False,
        "Adds `tasks`: where every open task lies, its worth, the skills that it takes, and those "
        "on offer there by the last step.",
        tests=(True, False),
    )
    skills: bool = structural(
        False, "Adds `skills`: one's own cost, skills and steps still busy.", tests=(True, False)
    )
    mission: bool = structural(
        False, "Adds `mission`: the words of the order that holds now.", tests=(True, False)
    )
    room: bool = structural(
        False, "Adds `room`: the name of the room that one is in.", tests=(True, False)
    )
    objects: bool = structural(
        False,
        "Adds `objects` and `names`: where every object in sight lies, as far as rays reach, its "
        "colour and what it is.",
        tests=(True, False),
    )


class RewardFactors(Group):
    """What is worth how much."""

    goal: float = live(1.0, "Reward for reaching the goal.", tests=(2.0, -1.0))
    haste: float = live(
        0.9,
        "Share of that reward which has gone when time is up; it falls along a line.",
        tests=(0.0, 0.5),
        ge=0,
        le=1,
    )
    progress: float = live(
        0.0, "Reward for each metre nearer to the goal, as the crow flies.", tests=(0.1, -0.1)
    )
    approach: float = live(
        0.0,
        "Reward for each metre nearer to the goal along open ways, by the middles of cells (the "
        "usual reward of point-goal navigation: Savva et al., ICCV 2019).",
        tests=(0.1, -0.1),
    )
    step_cost: float = live(0.0, "Cost of each step.", tests=(0.01, 0.1), ge=0)
    bump_cost: float = live(0.0, "Cost of each step against a wall.", tests=(0.1, 0.5), ge=0)
    effort_cost: float = live(
        0.0, "Cost of a step at full command; it grows with the square.", tests=(0.05, 0.1), ge=0
    )
    mistaken: float = live(
        0.0,
        "Cost of each time that one comes as near to another object as to the one that is meant.",
        tests=(0.5, 1.0),
        ge=0,
    )
    question: float = live(0.0, "Cost of a question to the oracle.", tests=(0.1, 0.5), ge=0)
    coverage: float = live(
        0.5,
        "Cost of each metre between a landmark and the agent nearest to it, a step, to everyone.",
        tests=(1.0, 0.1),
    )
    collision: float = live(
        0.5, "Cost of each other agent that one overlaps, a step.", tests=(1.0, 0.0)
    )
    caught: float = live(
        10.0,
        "What each chaser earns, a step, for every pair of a chaser and a runner that overlap; the "
        "runner pays as much for each of its own.",
        tests=(5.0, 1.0),
    )
    boundary: float = live(
        1.0,
        "What runners pay for leaving the middle of the arena: times 10 a metre from 0.9 on, and "
        "from 1 on exp(2 d - 2), at most 10, in each direction.",
        tests=(0.0, 2.0),
        ge=0,
    )

    served: float = live(
        1.0, "Reward for a task that is served, times what it is worth.", tests=(2.0, 0.5)
    )
    wage: float = live(
        1.0, "What each who serves a task takes off, times its cost.", tests=(0.0, 2.0), ge=0
    )
    transport: float = live(
        0.0,
        "What each who serves a task takes off, a metre between it and the task.",
        tests=(0.5, 2.0),
        ge=0,
    )
    pooled: bool = live(
        True,
        "Everyone earns what all tasks of a step earn in sum; else those who serve one share its "
        "worth, and each bears its own cost.",
        tests=(False, True),
    )


class TaskFactors(Group):
    """What is to be done."""

    goal: Literal["reach", "spread", "tag", "allocate"] = live(
        "reach",
        "reach: get to the goal; spread: cover all landmarks and keep apart; tag: touch the "
        "runners, or, as a runner, be touched by nobody; allocate: serve tasks by coalitions whose "
        "skills add up to what they take.",
        tests=("spread", "tag"),
    )
    goal_radius: float = live(
        0.4, "How near counts as there, in metres from the centre.", tests=(0.2, 0.8), gt=0, le=10
    )


class OracleFactors(Group):
    """Who can be asked."""

    asks: bool = structural(
        False,
        "Adds a last number to actions, a question to an oracle that sees the map: above 0.5 for "
        "the way, which the next observation tells in `way`, below -0.5 for the room of what is "
        "meant, which it tells in `told`.",
        tests=(True, False),
    )


class AllocationFactors(Group):
    """How tasks for coalitions come and go."""

    places: int = structural(
        0, "Tasks that are open at once, at most.", tests=(2, 5), ge=0, le=codes.MAX_PLACES
    )
    offers: bool = structural(
        False,
        "Adds a third number to actions: who gives one above 0 offers itself at the task where it "
        "is. Without it everyone does, all the time.",
        tests=(True, False),
    )
    arrival: int = live(
        5,
        "Steps until an empty place is filled, one after the other; 0 fills all at once.",
        tests=(1, 0),
        ge=0,
        le=codes.MAX_STEPS,
    )
    patience: int = live(
        10,
        "Steps that a task is open before it loses worth.",
        tests=(2, 0),
        ge=0,
        le=codes.MAX_STEPS,
    )
    decay: float = live(
        0.01, "Share of its worth that it loses then in each step.", tests=(0.2, 0.0), ge=0, le=1
    )
    busy: int = live(
        5,
        "Steps that a task binds those who served it.",
        tests=(0, 2),
        ge=0,
        le=codes.MAX_STEPS,
    )


class RunnerFactors(Group):
    """How runners differ from those who chase them."""

    speed: float = live(1.3, "Their highest speed, times that of others.", tests=(1.0, 0.5), gt=0)
    thrust: float = live(
        4 / 3, "The force of their full command, times that of others.", tests=(1.0, 0.5), gt=0
    )
    radius: float = live(2 / 3, "Their radius, times that of others.", tests=(1.0, 1.5), gt=0)
