"""Where in a tree: `messages.0.message-id`, `response.code`, `service.@request_id`, `msglong.id`.

One language for JSON, forms, XML, headers and queries. It forgives what
senders get wrong: keys that differ in case only, one item where a list was
expected, a form's name that has dots inside. What is not there is None.
"""

from __future__ import annotations

from collections.abc import Sequence

from chanserv.profiles.trees import Tree

Steps = tuple[str, ...]

FORGIVEN = 64  # keys a table may have for a name to be looked for in any case: items by the thousand ask for it
LONGEST_INDEX = 6  # digits


def steps(path: str) -> Steps:
    """Those of a path. Raises ValueError."""
    found = tuple(path.split("."))
    if not all(found) or any(step.isdecimal() and len(step) > LONGEST_INDEX for step in found):
        raise ValueError(f"{path!r} is no path")
    return found


def look(tree: Tree, way: Sequence[str]) -> Tree:
    """What is there; None: nothing."""
    for number, step in enumerate(way):
        if isinstance(tree, dict) and len(way) - number > 1 and (whole := ".".join(way[number:])) in tree:
            return tree[whole]
        tree = _step(tree, step)
        if tree is None:
            return None
    return tree


def put(tree: dict[str, Tree], way: Sequence[str], value: Tree) -> None:
    """Have the value stand there, in tables that are made if need be."""
    for step in way[:-1]:
        tree = tree.setdefault(step, {})
    tree[way[-1]] = value


def _step(tree: Tree, step: str) -> Tree:
    if isinstance(tree, list) and step.isdecimal():
        return tree[int(step)] if int(step) < len(tree) else None
    while isinstance(tree, list):
        tree = tree[0] if tree else None
    if not isinstance(tree, dict):
        return tree if step in ("0", "#") else None
    if step in tree:
        return tree[step]
    if step == "0":
        return tree
    if len(tree) > FORGIVEN:
        return None
    wanted = step.lower()
    return next((value for key, value in tree.items() if key.lower() == wanted), None)


def items(tree: Tree) -> list[Tree]:
    """Of a batch: a list's own, a single value as the only one, none of nothing."""
    if tree is None:
        return []
    return tree if isinstance(tree, list) else [tree]
