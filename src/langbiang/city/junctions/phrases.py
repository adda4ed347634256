"""What the gate, the controllers, the control process and the watch over the signal log say, in the language of who reads it.

They write plain English sentences and know no language; each is found again here by its form and said anew. What has no entry
is shown as it came: an operator rather reads English than nothing.
"""

import re
from functools import lru_cache

from django.utils.translation import gettext, gettext_noop

PHRASES = (
    # The controllers.
    gettext_noop("Stage %(stage)s: %(there)s wait there, %(here)s in stage %(now)s."),
    gettext_noop("Stage %(stage)s: stage %(now)s has been green for %(seconds)s s."),
    gettext_noop("Keeps stage %(stage)s: %(here)s wait there, at most %(there)s elsewhere."),
    gettext_noop("Recall: the movement %(origin)s to %(goal)s has been red for %(seconds)s s and must be served."),
    gettext_noop("Keeps green: nobody in view."),
    gettext_noop("Keeps stage %(stage)s: no switch pays in the next minute."),
    gettext_noop("Keeps stage %(stage)s: its minimum green runs."),
    gettext_noop(
        "Switches to stage %(stage)s: saves %(saved)s vehicle-seconds in the next %(horizon)s s against waiting; %(waiting)s waiting in view."
    ),
    gettext_noop("Keeps stage %(stage)s about %(seconds)s s more, then stage %(goal)s."),
    # The control process.
    gettext_noop("Ordered by %(who)s: %(why)s"),
    gettext_noop("The order by hand waits: a stage is held only while two persons have armed the junction."),
    gettext_noop("The order by hand waits: the cabinet has no pattern for this plan."),
    gettext_noop("Flashing by order."),
    gettext_noop("The cabinet runs its pattern %(number)s."),
    gettext_noop("Disarmed: the lamps did not follow. Two persons have to arm it again."),
    gettext_noop("The lamps do not follow: disarmed until two persons arm it again."),
    gettext_noop("Not driven: %(level)s, until three quiet cycles have passed."),
    gettext_noop("The cabinet is in %(state)s."),
    gettext_noop("The cabinet does not answer: %(why)s"),
    gettext_noop("The cabinet refuses what it is told: %(why)s"),
    gettext_noop("The source of camera states %(address)s has told nothing since the start."),
    gettext_noop("unitBackupTime is 0: the cabinet would never come back by itself"),
    gettext_noop("unitBackupTime is %(seconds)s s, more than %(most)s s: the cabinet would keep an order too long"),
    gettext_noop("the cabinet does not tell its own times: %(why)s"),
    gettext_noop("phase %(phase)s (%(name)s) has a red clearance of %(red)s s, below %(least)s s"),
    gettext_noop("The order by hand waits: %(why)s."),
    gettext_noop("The clock was set by %(seconds)s s: the junction was given back."),
    gettext_noop("%(count)s reports of this junction were lost: the platform did not take them in time."),
    gettext_noop("phase %(phase)s (%(name)s) is set to %(green)s s and %(end)s s, below %(least)s s and %(shortest)s s"),
    # What is wrong on the road or with a count.
    gettext_noop("Lane %(lane)s: nobody has left it through %(seconds)s s of green although %(count)s wait. The lane or its exit may be blocked."),
    gettext_noop("Lane %(lane)s: a vehicle drives against the traffic. Look at the camera and warn the patrol."),
    gettext_noop("The count of lane %(lane)s cannot be believed: %(why)s"),
    gettext_noop("Occupied for %(seconds)s s without a break, through %(greens)s greens."),
    gettext_noop("%(count)s changes a minute."),
    gettext_noop("%(count)s vehicles an hour on one lane."),
    gettext_noop("%(count)s vehicles passed and the detector was never occupied."),
    gettext_noop("Nobody counted where at least %(count)s were to be expected."),
    # What a report shows for the first time.
    gettext_noop("The control process drives this junction without a valid lease."),
    gettext_noop("Camera %(zone)s: %(word)s. Its approach is served as if somebody always waited."),
    gettext_noop("sees nothing"),
    gettext_noop("picture stands still"),
    gettext_noop("fog"),
    gettext_noop("was moved"),
    gettext_noop("too dark"),
    gettext_noop("no picture"),
    gettext_noop("The cabinet reports a fault."),
    # What the signal log of a day shows.
    gettext_noop("%(day)s: only %(figure)s rows in the signal log, at least %(limit)s are expected. Check the cabinet and its line."),
    gettext_noop("%(day)s: at night %(figure)s %% of the greens of phase %(phase)s ran to their maximum. A detector may call all the time."),
    gettext_noop("%(day)s: at night %(figure)s %% of the greens of phase %(phase)s were forced off. A detector may call all the time."),
    gettext_noop(
        "%(day)s: only %(figure)s vehicles upstream of phase %(phase)s from 17:00 to 18:00, at least %(limit)s are expected. A detector may not see."
    ),
    gettext_noop("%(day)s: %(figure)s presses of the push button of phase %(phase)s from 01:00 to 05:00. It may be stuck."),
    # A layout in force that breaks a rule of now.
    gettext_noop("Layout version %(number)s breaks rule %(rule)s: %(what)s of %(movement)s is %(value)s s."),
    gettext_noop("Layout version %(number)s breaks rule %(rule)s: %(what)s of %(movement)s is %(value)s m."),
    gettext_noop("Layout version %(number)s breaks rule %(rule)s at %(movement)s."),
    gettext_noop("Draft a corrected layout and let another person approve it."),
    gettext_noop("walk time"),
    gettext_noop("walk clearance"),
    gettext_noop("length of the crossing"),
    gettext_noop("minimum green"),
    gettext_noop("yellow time"),
    gettext_noop("intergreen"),
    gettext_noop("This part is missing."),
    gettext_noop("Rule G4: people walk %(speed)s m/s and need at least %(least)s s to the middle of %(length)s m. Lengthen the walk, or correct the length of the crossing."),
    gettext_noop("Rule G4: people walk %(speed)s m/s and need at least %(least)s s to clear %(length)s m. Lengthen the clearance, or correct the length of the crossing."),
    gettext_noop("The layout is not an object."),
    gettext_noop("A junction needs at least two stages."),
    gettext_noop("This part has the wrong form."),
    gettext_noop("Every row needs a key of letters and digits."),
    gettext_noop("A row needs its list of keys."),
    gettext_noop("Pairs of two movements are expected."),
    gettext_noop("Enter a number from %(least)s to %(most)s."),
    gettext_noop("This lane belongs to no approach."),
    gettext_noop("This movement starts from no approach."),
    gettext_noop("A conflict names two different movements of this junction."),
    gettext_noop("An intergreen stands between movements that do not conflict."),
    gettext_noop("Giving way is for movements that are green together."),
    gettext_noop("Stage %(stage)s shows %(a)s and %(b)s together, which conflict."),
    gettext_noop("A zone is a detector or a camera with three corners or more, each from 0 to 1."),
    gettext_noop("A zone watches lanes of this junction."),
    gettext_noop("At most %(most)s rows."),
    gettext_noop("A key stands there twice."),
    gettext_noop("A movement is of vehicles or of pedestrians."),
    gettext_noop("The intergreen from %(a)s to %(b)s is missing."),
    gettext_noop("Stage %(stage)s gives green to nobody."),
    gettext_noop("No stage ever gives green to %(key)s."),
    gettext_noop("A vehicle movement turns left, right or goes straight."),
    gettext_noop("A vehicle movement needs lanes of its own approach."),
    gettext_noop("%(a)s conflicts with %(b)s, but not the other way round."),
    gettext_noop("Stage %(stage)s names an unknown movement %(key)s."),
    gettext_noop(
        "%(junction)s: from stage %(leaving)s to stage %(coming)s every way ends a permissive turn while the traffic it yields to keeps green (G9); "
        "add a stage between them, or let both end together"
    ),
    gettext_noop(
        "%(junction)s: serving every group once takes %(seconds)s s, more than the maximum red of %(most)s s; shorten minimum greens or join stages"
    ),
    # The balance of counts.
    gettext_noop(
        "%(zones)s counts about %(percent)s %% of what passes: from %(begin)s to %(end)s it counted %(counted)s vehicles where about %(expected)s come "
        "from %(origin)s."
    ),
    gettext_noop(
        "%(zones)s counts about %(percent)s %% of what passes: from %(begin)s to %(end)s the junctions behind it counted %(counted)s vehicles where it "
        "lets about %(expected)s go."
    ),
    gettext_noop(
        "Of about %(expected)s vehicles from %(origin)s only %(counted)s reached approach %(approach)s from %(begin)s to %(end)s: they turn off between, "
        "or %(zones)s misses them."
    ),
    gettext_noop(
        "Approach %(approach)s counted %(counted)s vehicles from %(begin)s to %(end)s where about %(expected)s come from %(origin)s: others join between, "
        "or %(zones)s counts twice."
    ),
    # The plan of an event.
    gettext_noop("Plan %(plan)s of the event %(event)s: stage %(stage)s."),
    gettext_noop(
        "The plan %(plan)s of the event %(event)s waits: two persons have to arm the junction, or the cabinet needs a pattern for it."
    ),
    # Priority.
    gettext_noop("Green for %(vehicle)s (%(kind)s), at the stop line in %(seconds)s s."),
    gettext_noop("Keeps green for %(vehicle)s (%(kind)s)."),
    gettext_noop("Minimum green runs, then green for %(vehicle)s (%(kind)s)."),
    gettext_noop("Recall before the priority vehicle: another movement has waited as long as it may."),
    gettext_noop("Recovers after an emergency vehicle: the longest red goes first."),
    gettext_noop("Keeps green for bus %(vehicle)s, %(late)s s late, %(load)s on board."),
    gettext_noop("Serves bus %(vehicle)s, %(late)s s late, %(load)s on board."),
    gettext_noop("A priority vehicle is on its way, but the lights do not wait for it: two persons have to arm the junction first."),
    gettext_noop("The junction is not armed any more."),
    gettext_noop("fire"),
    gettext_noop("military"),
    gettext_noop("police"),
    gettext_noop("ambulance"),
    gettext_noop("disaster"),
    gettext_noop("funeral"),
    gettext_noop("Closed for an event: %(approaches)s; nobody is waited for there."),
    # The ladder of fall-backs.
    gettext_noop("Adaptive control"),
    gettext_noop("Adaptive control, lanes that are not seen taken from their history"),
    gettext_noop("Pressure of the lanes, lanes that are not seen served as if somebody always waited"),
    gettext_noop("The pattern of the hour stored in the cabinet"),
    gettext_noop("The cabinet's own plan"),
    # The gate.
    gettext_noop("Not armed: %(why)s."),
    gettext_noop("Disarmed: %(why)s."),
    gettext_noop("the cabinet is in %(state)s"),
    gettext_noop("the cabinet does not answer"),
    gettext_noop("the cabinet refuses what it is told"),
    gettext_noop("no lease any more"),
    gettext_noop("another order is in force"),
    gettext_noop("the lamps do not follow"),
    gettext_noop("the cabinet is not fit to be driven"),
    gettext_noop("the clock was set"),
    gettext_noop("the lease has expired"),
    gettext_noop("the lease has expired; arm again"),
    gettext_noop("the lease was given for another configuration; arm again"),
    gettext_noop("arming needs two different named persons"),
    gettext_noop("no heartbeat from the controller"),
    gettext_noop("more than half of the movements are not seen"),
    gettext_noop("Stage %(stage)s inserted: a movement has waited as long as it may."),
    gettext_noop("Another movement has waited as long as it may."),
    gettext_noop("The junction is not armed."),
    gettext_noop("The stage is not one of this junction."),
    gettext_noop("The command was made for another configuration."),
    gettext_noop("The cabinet is in %(state)s: hands off."),
    gettext_noop("What the cameras saw is older than %(seconds)s s."),
    gettext_noop("The controller's heartbeat is missing."),
    gettext_noop("More than half of the movements are not seen: local plan."),
    gettext_noop("A change is running; yellow and clearing are never cut short."),
    gettext_noop("Minimum green runs %(seconds)s s more."),
    gettext_noop("The countdown display has promised this green."),
    gettext_noop("More than %(count)s changes in a minute."),
    gettext_noop("A permissive turn would end while the traffic it yields to keeps green."),
    # States of a cabinet, as they stand inside the sentences above.
    gettext_noop("preempt"),
    gettext_noop("flash"),
    gettext_noop("manual"),
    gettext_noop("fault"),
)


def _form(phrase: str) -> "re.Pattern[str]":
    parts = re.split(r"%\((\w+)\)s", phrase)
    return re.compile("".join(re.escape(part.replace("%%", "%")) if n % 2 == 0 else f"(?P<{part}>.+)" for n, part in enumerate(parts)), re.S)


@lru_cache(maxsize=1)
def _forms() -> tuple[tuple[str, "re.Pattern[str]"], ...]:
    """The most particular first: those with the most fixed text."""
    ordered = sorted(PHRASES, key=lambda phrase: -len(re.sub(r"%\(\w+\)s", "", phrase)))
    return tuple((phrase, _form(phrase)) for phrase in ordered)


def found(sentence: str) -> bool:
    """Whether a sentence has an entry."""
    return any(form.fullmatch(sentence) or form.fullmatch(sentence.removesuffix(".")) for _phrase, form in _forms())


def say(text: str) -> str:
    """A text of the control process, line by line, in the language of the reader; a line without an entry as it came."""
    return " ".join(_say(line) for line in text.split("\n") if line)


def _say(sentence: str) -> str:
    for phrase, form in _forms():
        for ending in ("", "."):
            if ending and not sentence.endswith("."):
                continue
            match = form.fullmatch(sentence[: len(sentence) - len(ending)])
            if match:
                return gettext(phrase) % {name: _say(value) for name, value in match.groupdict().items()} + ending
    return sentence
