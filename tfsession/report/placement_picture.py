"""A picture of a graph, coloured by device: one SVG, or a page that opens scope by scope.

```
  Placement ──► tree of name scopes ──► as many boxes as one can read ──► layers, columns ──► SVG
```

A box is an operation, or what a scope has on one device. Boxes stand in the column of their device,
below the boxes that they read from. Nothing is loaded from elsewhere, and the size is bounded,
however large the graph is.
"""

from __future__ import annotations

import itertools
import math
import posixpath
import re
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape

from tfsession.compile.place import Placement
from tfsession.compile.program import short_device
from tfsession.graph.operation import Operation, Tensor

#: Boxes of a picture with scopes, of one with nothing but operations, and of all on a page.
MOST_BOXES, MOST_SINGLE, MOST_ON_PAGE = 40, 60, 6000
#: Lines of one picture; those between devices come first.
MAX_LINES = 500
#: Parts of a scope beyond which neighbours are put together.
_MOST_PARTS = 30
#: Parts with the same name but for a number, from which on they are put together there.
_FAMILY = 4

# Pixels.
_WIDTH, _HEIGHT, _GAP, _LAYER_GAP, _MARGIN, _COLUMN_GAP = 168, 34, 14, 30, 16, 26
_LEGEND_WIDTH, _LEGEND_HEIGHT = 240, 20
_LETTERS = 24

_GREY = "#868e96"
_COLOURS = (
    *("#1c7ed6", "#2f9e44", "#e8890c", "#9c36b5", "#0c8599", "#c2410c", "#5f3dc4", "#827717"),
    *("#a61e4d", "#087f5b"),
)
_LINE, _CROSSING = "#adb5bd", "#e03131"

#: Arrowheads; the pictures of a page share those of the first.
_HEADS = "".join(
    f'<marker id="{name}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8"'
    f' markerUnits="userSpaceOnUse" orient="auto"><polygon points="0,1 8,4 0,7" fill="{colour}"/>'
    "</marker>"
    for name, colour in (("end", _LINE), ("crossing-end", _CROSSING))
)

_STYLE = f"""
text {{ font: 11px Helvetica, Arial, sans-serif; fill: #212529; }}
text.type {{ font-size: 9.5px; fill: #495057; }}
text.head {{ font-weight: bold; }}
rect.column {{ fill: #f8f9fa; }}
path {{ fill: none; stroke: {_LINE}; marker-end: url(#end); }}
path.control {{ stroke-dasharray: 2 3; }}
path.crossing {{ stroke: {_CROSSING}; stroke-opacity: 0.8; marker-end: url(#crossing-end); }}
path.lit {{ stroke: #212529; stroke-opacity: 1; }}
"""


@dataclass(frozen=True)
class Scope:
    """Operations that can be one box.

    Attributes:
      name: of the operation, of the name scope, or `first … last` of neighbours.
      operations: all inside, in creation order.
      parts: what is in it; empty for a single operation.
    """

    name: str
    operations: tuple[Operation, ...]
    parts: tuple[Scope, ...] = ()


@dataclass
class Box:
    """What one scope has on one device; `x` and `y` are the upper left corner in pixels."""

    scope: Scope
    operations: list[Operation]
    device: str
    depth: float
    layer: int = 0
    x: float = 0.0
    y: float = 0.0


@dataclass
class Line:
    """What goes from one box to another: tensors, and control dependencies."""

    tensors: set[Tensor] = field(default_factory=set)
    controls: int = 0


Lines = dict[tuple[int, int], Line]


# ---- scopes ----


def scope_tree(operations: Sequence[Operation]) -> Scope:
    """Returns the name scopes of operations, as a tree."""
    return _scope("", tuple(operations))


def _scope(name: str, operations: tuple[Operation, ...]) -> Scope:
    prefix = len(name) + 1 if name else 0
    below: dict[str, list[Operation]] = defaultdict(list)
    for op in operations:
        # An operation may have the name of the scope itself.
        below[op.name[prefix:].partition("/")[0] if op.name != name else ""].append(op)
    if len(below) == 1 and len(operations) > 1:
        (key,) = below
        if key:
            return _scope(f"{name}/{key}" if name else key, operations)
    parts = [
        Scope(inside[0].name, tuple(inside))
        if len(inside) == 1
        else _scope(f"{name}/{key}" if name else key, tuple(inside))
        for key, inside in below.items()
    ]
    return Scope(name, operations, _bundled(parts))


def _bundled(parts: Sequence[Scope]) -> tuple[Scope, ...]:
    """Puts parts together where there are more than one can read.

    First those whose names differ in their number only, then neighbours.
    """
    if len(parts) > _MOST_PARTS:
        families: dict[str, list[Scope]] = defaultdict(list)
        for part in parts:
            families[re.sub(r"_?\d+$", "", part.name)].append(part)
        if len(families) > 1:
            parts = [
                one
                for family in families.values()
                for one in ([_bundle(family)] if len(family) >= _FAMILY else family)
            ]
    while len(parts) > _MOST_PARTS:
        size = math.ceil(len(parts) / math.ceil(len(parts) / (_MOST_PARTS // 2)))
        parts = [_bundle(parts[start : start + size]) for start in range(0, len(parts), size)]
    return tuple(parts)


def _bundle(parts: Sequence[Scope]) -> Scope:
    if len(parts) == 1:
        return parts[0]
    operations = tuple(op for part in parts for op in part.operations)
    first, last = parts[0].name, parts[-1].name
    above, _, below = last.rpartition("/")
    if above == first.rpartition("/")[0]:
        last = below
    return Scope(f"{first} … {last}", operations, _bundled(parts))


def opened(scope: Scope, devices: Mapping[Operation, str], most: int = MOST_BOXES) -> list[Scope]:
    """Opens the scopes inside a scope as long as there are no more than `most` boxes.

    Larger ones first, and scopes of the same size together: the copies of a model look alike.
    """

    def boxes(one: Scope) -> int:
        return len({devices[op] for op in one.operations})

    if len(scope.operations) <= MOST_SINGLE:
        return [Scope(op.name, (op,)) for op in scope.operations]
    shown = list(scope.parts or (scope,))
    total = sum(map(boxes, shown))
    closed: set[int] = set()
    while sizes := {len(one.operations) for one in shown if one.parts} - closed:
        size = max(sizes)
        chosen = [one for one in shown if one.parts and len(one.operations) == size]
        more = sum(sum(map(boxes, one.parts)) - boxes(one) for one in chosen)
        if total + more > most:
            closed.add(size)
            continue
        total += more
        shown = [one for one in shown if one not in chosen]
        shown += [part for one in chosen for part in one.parts]
    return sorted(shown, key=lambda one: one.operations[0].number)


# ---- layout ----


@dataclass(frozen=True)
class _Layout:
    """Boxes with their places, lines between them by number, columns, and the size in pixels."""

    boxes: list[Box]
    lines: Lines
    columns: dict[str, tuple[float, float]]
    width: float
    height: float


def _depths(operations: Iterable[Operation]) -> dict[Operation, int]:
    """Returns how many operations each one waits for, one after the other, loops left out."""
    depths: dict[Operation, int] = {}
    for op in operations:
        before = (*(t.op for t in op.inputs), *op.control_inputs)
        depths[op] = 1 + max((depths.get(one, 0) for one in before), default=0)
    return depths


def _boxes(scopes: Sequence[Scope], devices: Mapping[Operation, str]) -> list[Box]:
    every = sorted((op for one in scopes for op in one.operations), key=lambda op: op.number)
    depths = _depths(every)
    boxes = []
    for scope in scopes:
        parts: dict[str, list[Operation]] = defaultdict(list)
        for op in scope.operations:
            parts[devices[op]].append(op)
        for device, inside in parts.items():
            depth = sum(depths[op] for op in inside) / len(inside)
            boxes.append(Box(scope, inside, device, depth))
    return sorted(boxes, key=lambda box: (box.depth, box.operations[0].number))


def _lines(boxes: Sequence[Box]) -> Lines:
    number = {op: index for index, box in enumerate(boxes) for op in box.operations}
    lines: Lines = defaultdict(Line)
    for op, index in number.items():
        for tensor in op.inputs:
            source = number.get(tensor.op, index)
            if source != index:
                lines[source, index].tensors.add(tensor)
        for before in op.control_inputs:
            source = number.get(before, index)
            if source != index:
                lines[source, index].controls += 1
    return lines


def _ordered(boxes: list[Box]) -> list[Box]:
    """Returns boxes so that few lines go back to an earlier one, and none where that is possible.

    Source: P. Eades, X. Lin and W. F. Smyth, "A fast and effective heuristic for the feedback arc
      set problem", Information Processing Letters 47, 1993.
    """
    before: dict[int, set[int]] = {index: set() for index in range(len(boxes))}
    after: dict[int, set[int]] = {index: set() for index in range(len(boxes))}
    for source, target in _lines(boxes):
        before[target].add(source)
        after[source].add(target)
    first: list[int] = []
    last: list[int] = []
    left = list(range(len(boxes)))
    while left:
        sources = (one for one in left if not before[one])
        sinks = (one for one in reversed(left) if not after[one])
        if (chosen := next(sources, None)) is not None:
            first.append(chosen)
        elif (chosen := next(sinks, None)) is not None:
            last.append(chosen)
        else:
            chosen = max(left, key=lambda one: len(after[one]) - len(before[one]))
            first.append(chosen)
        left.remove(chosen)
        for one in after[chosen]:
            before[one].discard(chosen)
        for one in before[chosen]:
            after[one].discard(chosen)
    return [boxes[index] for index in (*first, *reversed(last))]


def _layers(boxes: Sequence[Box], lines: Lines) -> None:
    """Puts each box below what it reads; lines to an earlier box do not count."""
    before: dict[int, list[int]] = defaultdict(list)
    after: dict[int, list[int]] = defaultdict(list)
    for source, target in lines:
        if source < target:
            before[target].append(source)
            after[source].append(target)
    for index, box in enumerate(boxes):
        box.layer = 1 + max((boxes[one].layer for one in before[index]), default=-1)
    for index, box in enumerate(boxes):
        # What reads nothing, such as a constant, stands right above its first reader.
        if not before[index] and after[index]:
            box.layer = min(boxes[one].layer for one in after[index]) - 1


def _arrange(boxes: list[Box], lines: Lines, devices: Sequence[str], top: float) -> _Layout:
    _layers(boxes, lines)
    rows: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for index, box in enumerate(boxes):
        rows[box.layer][box.device].append(index)
    most = max(1, 6 // max(1, len(devices)))
    lanes, columns, x = {}, {}, float(_MARGIN)
    for device in devices:
        lanes[device] = min(most, max(len(row[device]) for row in rows.values()))
        wide = float(lanes[device] * (_WIDTH + _GAP) + _GAP)
        columns[device] = x, wide
        x += wide + _COLUMN_GAP
    sources: dict[int, list[int]] = defaultdict(list)
    for source, target in lines:
        sources[target].append(source)
    y: float = top + _LEGEND_HEIGHT + _GAP
    for layer in sorted(rows):
        deepest = 1
        for device, indices in rows[layer].items():
            indices.sort(key=lambda index: _wish(boxes, sources[index], index))
            runs = [indices[i : i + lanes[device]] for i in range(0, len(indices), lanes[device])]
            deepest = max(deepest, len(runs))
            left, width = columns[device]
            for number, run in enumerate(runs):
                start = left + (width - len(run) * (_WIDTH + _GAP) + _GAP) / 2
                for lane, index in enumerate(run):
                    boxes[index].x = start + lane * (_WIDTH + _GAP)
                    boxes[index].y = y + number * (_HEIGHT + _GAP)
        y += deepest * (_HEIGHT + _GAP) - _GAP + _LAYER_GAP
    return _Layout(boxes, lines, columns, x - _COLUMN_GAP + _MARGIN, y - _LAYER_GAP + _MARGIN)


def _wish(boxes: Sequence[Box], sources: Sequence[int], index: int) -> tuple[float, int]:
    """Where a box would like to stand: under the middle of what it reads."""
    above = [boxes[one].x for one in sources if boxes[one].layer < boxes[index].layer]
    return (sum(above) / len(above) if above else math.inf), index


# ---- drawing ----


class _Artist:
    """Draws pictures of one placement, with the same colours in each."""

    def __init__(self, placement: Placement, devices: Sequence[str]) -> None:
        self._placement = placement
        counts = Counter(placement.devices.values())
        self.devices = [name for name in devices if counts[name]]
        self.counts = counts
        colours = itertools.cycle(_COLOURS)
        self.colours = {
            name: next(colours) if "GPU" in short_device(name) else _GREY for name in self.devices
        }
        self.anchors: dict[int, str] = {}

    def device_of(self, op: Operation) -> str:
        """Returns the full name of an operation's device."""
        return self._placement.devices[op]

    def picture(self, scopes: Sequence[Scope], prefix: str = "", legend: str = "") -> str:
        """Returns an SVG element.

        Args:
          scopes: what to draw.
          prefix: what their names have in common.
          legend: a sentence above the picture; none where it is empty.
        """
        boxes = _ordered(_boxes(scopes, self._placement.devices))
        used = {box.device for box in boxes}
        devices = [name for name in self.devices if name in used]
        top = float(_MARGIN)
        head: list[str] = []
        if legend:
            head = self._legend(legend)
            top += (len(self.devices) + 2) * _LEGEND_HEIGHT
        layout = _arrange(boxes, _lines(boxes), devices, top)
        width = int(max(layout.width, 2 * _LEGEND_WIDTH if legend else 0, 8 * len(legend)))
        height = int(layout.height)
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
            f' viewBox="0 0 {width} {height}">',
            f"<style>{_STYLE}</style><defs>{_HEADS}</defs>" if legend else "",
            f'<rect width="{width}" height="{height}" fill="white"/>',
            *head,
            *self._columns(layout, top),
            *self._paths(layout),
            *(self._box(index, box, prefix) for index, box in enumerate(layout.boxes)),
            "</svg>",
        ]
        return "\n".join(filter(None, parts))

    def _legend(self, sentence: str) -> list[str]:
        crossing = copies(self._placement)
        found = [_text(_MARGIN, _MARGIN + 12, sentence, "head")]
        y = _MARGIN + _LEGEND_HEIGHT
        for name in self.devices:
            found.append(
                f'<rect x="{_MARGIN}" y="{y + 2}" width="24" height="12" rx="2"'
                f' fill="{self.colours[name]}"/>'
            )
            share = _counted(self.counts[name], "operation")
            found.append(_text(_MARGIN + 32, y + 12, f"{short_device(name)}: {share}"))
            y += _LEGEND_HEIGHT
        found.append(f'<path class="crossing" stroke-width="2" d="M{_MARGIN} {y + 8}h24"/>')
        found.append(
            _text(_MARGIN + 32, y + 12, f"{_counted(crossing, 'copy')} from device to device")
        )
        return found

    def _columns(self, layout: _Layout, top: float) -> Iterator[str]:
        for device, (x, width) in layout.columns.items():
            height = layout.height - top - _MARGIN / 2
            yield (
                f'<rect class="column" x="{x:.0f}" y="{top:.0f}" width="{width:.0f}"'
                f' height="{height:.0f}" rx="6"/>'
            )
            yield _text(x + _GAP, top + 15, short_device(device), "head")

    def _paths(self, layout: _Layout) -> Iterator[str]:
        boxes = layout.boxes

        def crosses(pair: tuple[int, int]) -> bool:
            return boxes[pair[0]].device != boxes[pair[1]].device

        # The lines between devices are drawn last, above the others, and are never left out.
        ordered = sorted(layout.lines, key=crosses)[-MAX_LINES:]
        for source, target in ordered:
            line = layout.lines[source, target]
            kind = " ".join(
                word
                for word, holds in (
                    ("crossing", crosses((source, target))),
                    ("control", not line.tensors),
                )
                if holds
            )
            marked = f' class="{kind}"' if kind else ""
            if "crossing" in kind:
                marked += f' stroke-width="{1.5 + math.log2(max(1, len(line.tensors))) / 2:.1f}"'
            yield (
                f'<path{marked} data-s="{source}" data-t="{target}"'
                f' d="{_curve(boxes[source], boxes[target])}">'
                f"<title>{_line_title(boxes[source], boxes[target], line)}</title></path>"
            )

    def _box(self, index: int, box: Box, prefix: str) -> str:
        colour = self.colours[box.device]
        is_group = len(box.operations) > 1 or bool(box.scope.parts)
        name = box.scope.name.removeprefix(f"{prefix}/") if prefix else box.scope.name
        under = _counted(len(box.operations), "operation") if is_group else box.operations[0].type
        drawn = (
            f'<g data-b="{index}"><title>{self._box_title(box)}</title>'
            f'<rect x="{box.x:.0f}" y="{box.y:.0f}" width="{_WIDTH}" height="{_HEIGHT}"'
            f' rx="{3 if is_group else 12}" fill="{_pale(colour)}" stroke="{colour}"'
            f' stroke-width="{2.2 if is_group else 1}"/>'
            f"{_text(box.x + _WIDTH / 2, box.y + 15, _shortened(name), middle=True)}"
            f"{_text(box.x + _WIDTH / 2, box.y + 27, _shortened(under), 'type', middle=True)}</g>"
        )
        anchor = self.anchors.get(id(box.scope))
        return f'<a href="#{anchor}">{drawn}</a>' if anchor else drawn

    def _box_title(self, box: Box) -> str:
        if len(box.operations) == 1:
            op = box.operations[0]
            reason = self._placement.reasons.get(op, "")
            lines = [op.name, f"{op.type} on {short_device(box.device)}", reason]
            lines += [f"reads {self._origin(tensor, box.device)}" for tensor in op.inputs[:4]]
        else:
            types = Counter(op.type for op in box.operations).most_common(6)
            whys = Counter(self._placement.reasons.get(op, "") for op in box.operations)
            count = _counted(len(box.operations), "operation")
            lines = [
                box.scope.name,
                f"{count} on {short_device(box.device)}",
                ", ".join(f"{number} {kind}" for kind, number in types),
                *(f"{number}: {why}" for why, number in whys.most_common(3)),
            ]
        return escape("\n".join(filter(None, lines)))

    def _origin(self, tensor: Tensor, device: str) -> str:
        home = self._placement.devices.get(tensor.op, device)
        return tensor.name if home == device else f"{tensor.name}, from {short_device(home)}"


def copies(placement: Placement) -> int:
    """Returns how many tensors go to another device, counted once for each device."""
    devices = placement.devices
    return len(
        {
            (tensor, device)
            for op, device in devices.items()
            for tensor in op.inputs
            if devices.get(tensor.op, device) != device
        }
    )


def _curve(source: Box, target: Box) -> str:
    if target.y > source.y and target.device == source.device:
        x, end = source.x + _WIDTH / 2, target.x + _WIDTH / 2
        y, other = source.y + _HEIGHT, target.y
        bend = max(18.0, (other - y) / 2)
        points = (x, y), (x, y + bend), (end, other - bend), (end, other)
    else:
        # To another column, sideways, or back up as in a loop: out of the side that looks there.
        to_right, to_left = target.x > source.x, target.x < source.x
        x, end = source.x + _WIDTH * to_right, target.x + _WIDTH * to_left
        bend = max(24.0, abs(end - x) / 2) * (1 if to_right else -1)
        back = -bend if to_right or to_left else bend
        y, other = source.y + _HEIGHT / 2, target.y + _HEIGHT / 2
        points = (x, y), (x + bend, y), (end + back, other), (end, other)
    start, *rest = (f"{x:.0f} {y:.0f}" for x, y in points)
    return f"M{start}C{' '.join(rest)}"


def _pale(colour: str) -> str:
    """Returns a colour mixed with four parts of white, to write on."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{(part + 4 * 255) // 5:02x}" for part in parts)


def _line_title(source: Box, target: Box, line: Line) -> str:
    ends = f"{source.scope.name} → {target.scope.name}"
    tensors = sorted(f"{t.name} {t.dtype.name} {t.shape}" for t in line.tensors)
    more = [f"and {len(tensors) - 6} more"] if len(tensors) > 6 else []
    control = [_counted(line.controls, "control dependency")] if line.controls else []
    where = f"{short_device(source.device)} → {short_device(target.device)}"
    return escape("\n".join([ends, where, *tensors[:6], *more, *control]))


def _text(x: float, y: float, text: str, kind: str = "", middle: bool = False) -> str:
    marked = f' class="{kind}"' if kind else ""
    anchored = ' text-anchor="middle"' if middle else ""
    return f'<text x="{x:.0f}" y="{y:.0f}"{marked}{anchored}>{escape(text)}</text>'


def _shortened(name: str) -> str:
    """Keeps both ends of a name, and more of the last one, which tells more."""
    if len(name) <= _LETTERS:
        return name
    return f"{name[: _LETTERS // 3]}…{name[-(_LETTERS - _LETTERS // 3 - 1) :]}"


def _counted(number: int, noun: str) -> str:
    plural = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


# ---- whole files ----


def svg(placement: Placement, devices: Sequence[str], title: str) -> str:
    """Returns one picture as an SVG file, large scopes closed.

    Args:
      placement: what to draw; its operations in creation order.
      devices: full names of all devices, in the order of their columns.
      title: what the picture is of.
    """
    tree = scope_tree(tuple(placement.devices))
    shown = opened(tree, placement.devices)
    sentence = f"{title}: {_counted(len(placement.devices), 'operation')}"
    return _Artist(placement, devices).picture(shown, legend=sentence) + "\n"


_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 14px Helvetica, Arial, sans-serif; color: #212529; margin: 16px; }}
details {{ margin: 6px 0 6px 12px; }}
summary {{ cursor: pointer; }}
details:target > summary {{ background: #fff3bf; }}
.picture {{ overflow: auto; border: 1px solid #dee2e6; margin: 6px 0; max-width: max-content; }}
svg {{ display: block; }}
i {{ display: inline-block; width: 12px; height: 12px; border-radius: 2px; margin: 0 3px 0 10px; }}
{style}
</style>
</head>
<body>
<p>Thick boxes are name scopes: a click opens them below the picture. A pointer over a box or a
line tells what it is; red lines go from device to device.</p>
{content}
<script>
document.addEventListener("mouseover", function (event) {{
  document.querySelectorAll("path.lit").forEach(function (path) {{
    path.classList.remove("lit");
  }});
  var box = event.target.closest("[data-b]");
  if (!box) return;
  var number = box.getAttribute("data-b");
  box.closest("svg").querySelectorAll("path").forEach(function (path) {{
    if (path.getAttribute("data-s") === number || path.getAttribute("data-t") === number)
      path.classList.add("lit");
  }});
}});
document.addEventListener("click", function (event) {{
  var link = event.target.closest("a[href^='#']");
  if (link) document.getElementById(link.getAttribute("href").slice(1)).open = true;
}});
</script>
</body>
</html>
"""


def html(placement: Placement, devices: Sequence[str], title: str) -> str:
    """Returns a page with a picture of the graph, and one of each scope that opens on a click.

    The arguments are those of `svg`.
    """
    artist = _Artist(placement, devices)
    tree = scope_tree(tuple(placement.devices))
    inside = _opened_scopes(tree, placement.devices)
    for number, scope in enumerate(inside.values()):
        artist.anchors[id(scope.scope)] = f"s{number}"
    sentence = f"{title}: {_counted(len(placement.devices), 'operation')}"
    content = "\n".join(_section(artist, inside, tree, sentence))
    return _PAGE.format(title=escape(title), style=_STYLE, content=content)


@dataclass(frozen=True)
class _Opened:
    """A scope with a picture of its own, and what that shows."""

    scope: Scope
    shown: list[Scope]


def _opened_scopes(tree: Scope, devices: Mapping[Operation, str]) -> dict[int, _Opened]:
    """Returns the scopes that a page has pictures of, outer ones first, by their identity."""
    found: dict[int, _Opened] = {}
    waiting, drawn = deque([tree]), 0
    while waiting and drawn < MOST_ON_PAGE:
        scope = waiting.popleft()
        shown = opened(scope, devices)
        found[id(scope)] = _Opened(scope, shown)
        drawn += len(shown)
        waiting.extend(one for one in shown if one.parts)
    return found


def _section(
    artist: _Artist, inside: Mapping[int, _Opened], scope: Scope, legend: str = ""
) -> Iterator[str]:
    shown = inside[id(scope)].shown
    prefix = posixpath.commonpath([op.name for op in scope.operations] or [""])
    yield f'<div class="picture">{artist.picture(shown, prefix, legend)}</div>'
    for part in shown:
        if id(part) not in inside:
            continue
        yield f'<details id="{artist.anchors[id(part)]}"><summary>{escape(part.name)}'
        counts = Counter(artist.device_of(op) for op in part.operations)
        for device in artist.devices:
            if counts[device]:
                yield (
                    f'<i style="background:{artist.colours[device]}"></i>'
                    f"{short_device(device)}: {_counted(counts[device], 'operation')}"
                )
        yield "</summary>"
        yield from _section(artist, inside, part)
        yield "</details>"
