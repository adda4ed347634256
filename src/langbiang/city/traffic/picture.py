"""The picture of an evaluation: delay with backlog apart, congestion time, and every seed as a dot."""

from pathlib import Path

from langbiang.city.traffic.evaluate import Evaluation

MEASURES = (
    ("delay_s", "Mean delay per trip (s), backlog included"),
    ("c1_vehicle_hours", "Congestion time below 10 km/h (vehicle-hours)"),
    ("p95_delay_s", "95th percentile of trip delay (s)"),
)
COLOUR = {"ours": "#0b7285", "fixed": "#868e96"}


def draw(evaluation: Evaluation, path: Path) -> None:
    """Write a PNG; bars are means, dots the single seeds, the dark part of a delay bar is backlog."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(MEASURES), figsize=(13, 4.2), constrained_layout=True)
    names = [s.controller for s in evaluation.summaries]
    for axis, (field, title) in zip(axes, MEASURES, strict=True):
        for x, summary in enumerate(evaluation.summaries):
            mean = summary.mean(field)
            axis.bar(x, mean, width=0.62, color=COLOUR.get(summary.controller, "#adb5bd"))
            if field == "delay_s":
                axis.bar(x, summary.mean("backlog_s"), width=0.62, color="#343a40")
            for run in summary.runs:
                axis.plot(x, getattr(run, field), "o", color="#212529", markersize=3, alpha=0.7)
            axis.annotate(f"{mean:.1f}", (x, summary.worst(field)), ha="center", va="bottom", fontsize=9)
        axis.set_xticks(range(len(names)), names)
        axis.set_title(title, fontsize=10)
        axis.spines[["top", "right"]].set_visible(False)
    figure.suptitle(
        f"{evaluation.scenario.name}, demand x{evaluation.scale:g}, {evaluation.perception}; {evaluation.limits}; "
        f"{len(evaluation.seeds)} seeds",
        fontsize=10,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=130)
    pyplot.close(figure)
