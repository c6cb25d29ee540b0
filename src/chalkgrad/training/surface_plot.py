"""Pictures of error surfaces: from above, and as a landscape."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chalkgrad.sentences import counted
from chalkgrad.training.extra import np, optional
from chalkgrad.training.pictures import GRAD, INK, NEG, RULE, Picture, house_style, new_figure

if TYPE_CHECKING:
    from chalkgrad.training.surface import Surface

_DEPTHS = ("#5b93c7", "#8fb5d8", "#bdd2e4", "#dde4e6", "#f3f1ea")
"""From the lowest loss to the highest."""


def surface_picture(made: Surface) -> Picture:
    """The loss over two parameters: from above with lines of equal loss, and as a landscape."""
    colors = optional("matplotlib.colors", "plot", "a picture")
    shade = colors.LinearSegmentedColormap.from_list("depth", list(_DEPTHS))
    loss = np.ma.masked_invalid(made.loss.T)
    low, high = float(loss.min()), float(loss.max())
    levels = np.linspace(low, high if high > low else low + 1, 15)
    u, v, e = made.minimum
    path = made.path
    across, up = (name for name in made.names)
    with house_style():
        figure = new_figure(10.0, 4.3)
        flat = figure.add_subplot(1, 2, 1)
        flat.contourf(made.first, made.second, loss, levels, cmap=shade)
        lines = flat.contour(
            made.first, made.second, loss, levels[1::2], colors=INK, linewidths=0.5
        )
        flat.clabel(lines, fontsize=9, fmt="%.3g")
        flat.plot(path[:, 0], path[:, 1], "-", color=NEG, linewidth=2)
        flat.plot(*made.start, "o", color=NEG, markersize=7, label="start")
        if len(path) > 1:
            end = path[-1]
            seen = _height(made, *end) == _height(made, *end)  # not a number beyond the edges
            label = f"after {counted(len(path) - 1, 'update')}" + ("" if seen else ", outside")
            flat.plot(*end, "s", color=NEG, markersize=6, label=label)
        flat.plot(
            u, v, "+", color=GRAD, markersize=12, markeredgewidth=2, clip_on=False,
            label=f"lowest, {e:.4g}",
        )  # fmt: skip
        flat.set_xlim(made.first[0], made.first[-1])
        flat.set_ylim(made.second[0], made.second[-1])
        flat.grid(visible=False)
        flat.set_xlabel(across)
        flat.set_ylabel(up)
        flat.legend(loc="upper center", bbox_to_anchor=(0.5, 1.12), ncols=3, fontsize=11)
        solid = figure.add_subplot(1, 2, 2, projection="3d", computed_zorder=False)
        _landscape(solid, made, shade)
        solid.set_xlabel(across)
        solid.set_ylabel(up)
        solid.set_zlabel("loss")
    words = (
        f"The loss over {across} and {up}: lowest {e:.4g} at {u:.4g} and {v:.4g}; "
        f"the path of descent begins at {made.start[0]:.4g} and {made.start[1]:.4g}"
    )
    return Picture(figure, words)


def _landscape(ax: Any, made: Surface, shade: Any) -> None:
    most = 50  # more facets only make the file large
    rows, columns = (-(-len(axis) // most) for axis in (made.first, made.second))
    x, y = np.meshgrid(made.first, made.second, indexing="ij")
    ax.plot_surface(
        x,
        y,
        made.loss,
        cmap=shade,
        rstride=rows,
        cstride=columns,
        linewidth=0.2,
        edgecolor=RULE,
        alpha=0.9,
    )
    heights = [_height(made, *point) for point in made.path]
    ax.plot(made.path[:, 0], made.path[:, 1], heights, color=NEG, linewidth=2.2, zorder=5)
    ax.plot(*made.start, heights[0], "o", color=NEG, markersize=6, zorder=6)
    for axis in (ax.xaxis, ax.yaxis, ax.zaxis):
        axis.set_pane_color((1, 1, 1, 0))
        axis.get_major_locator().set_params(nbins=5)
    ax.view_init(elev=32, azim=-58)


def _height(made: Surface, u: float, v: float) -> float:
    """The loss of the surface at a point between those of the grid; not a number beyond its edges."""
    place = []
    for axis, at in ((made.first, u), (made.second, v)):
        if not axis[0] <= at <= axis[-1]:
            return float("nan")
        k = min(int(np.searchsorted(axis, at, side="right")) - 1, len(axis) - 2)
        place.append((k, (at - axis[k]) / (axis[k + 1] - axis[k])))
    (i, p), (j, q) = place
    corner = made.loss[i : i + 2, j : j + 2]
    return float(np.array([1 - p, p]) @ corner @ np.array([1 - q, q]))
