"""Random programs with variables, branches, loops, gradients and optimizers, as Python text.

    python tests/oracle/random_programs.py --tensorflow /path/to/python [--programs 1000]

runs them here and on TensorFlow 1.15, each for several steps of one session, and prints those whose
results differ. Everything that reads or writes a variable comes after the one before by a control
dependency, so that no result is left to chance.
"""

from __future__ import annotations

import argparse
import collections
import random
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from compare_calls import values_differ
from peer import Gone, Peer

SECONDS = 30.0
TOLERANCE = 1e-4
STEPS = 3
CHANCES = 6

# Expressions over numbers x, y of one shape, whose values stay small.
CALCULATIONS = (
    "tf.tanh({x} + {y})",
    "tf.sigmoid({x}) * {y}",
    "tf.sin({x}) - tf.cos({y})",
    "tf.maximum({x}, 0.5 * {y})",
    "tf.where({x} > {y}, {x}, tf.tanh({y}))",
    "tf.clip_by_value({x} * {y}, -2.0, 2.0)",
    "tf.square(tf.tanh({x})) + 0.1 * {y}",
    "tf.nn.relu({x}) - tf.nn.softplus(tf.minimum({y}, 3.0))",
    "tf.stop_gradient(tf.tanh({x})) * {y}",
    "tf.reshape(tf.matmul(tf.reshape(tf.tanh({x}), [-1, 1]), [[0.5]]), tf.shape({x})) + 0.0 * {y}",
    "tf.gather(tf.concat([tf.tanh({x}), {y}], 0), [3, 0, 1])",
    "tf.reverse(tf.tanh({x}), [0]) + tf.reduce_mean(tf.tanh({y}))",
    "tf.cumsum(0.3 * tf.tanh({x})) - {y} / (1.0 + tf.abs({y}))",
    "tf.unstack(tf.stack([tf.tanh({x}), {y}]), axis=0)[1]",
    "tf.nn.softmax({x}) + tf.nn.l2_loss(tf.tanh({y}))",
    "tf.dynamic_stitch([[0, 2], [1]], [tf.gather({x}, [2, 0]), {y}[1:2]])",
    "tf.identity({x}) * tf.reduce_max(tf.tanh({y}))",
    "tf.map_fn(lambda a: tf.tanh(a) * 0.5, {x}) + {y}",
    "tf.scan(lambda a, b: 0.5 * a + tf.tanh(b), {x}) - {y}",
    "tf.foldl(lambda a, b: tf.tanh(a + b), {x}, 0.25 * {y})",
)

# What is done to a variable v; x is a number of its shape.
WRITES = (
    "{v}.assign({x})",
    "{v}.assign_add(0.25 * {x})",
    "{v}.assign_sub(tf.tanh({x}))",
    "tf.assign({v}, 0.5 * {v} + 0.5 * {x})",
    "tf.scatter_update({v}, [1, 0], tf.gather({x}, [0, 2]))",
    "tf.scatter_add({v}, [2, 2], [0.5, 0.25])",
    "{v}[1:].assign({x}[:2])",
    "tf.cond({x}[0] > 0.0, lambda: tf.assign({v}, {x}), lambda: tf.assign_add({v}, {x}))",
)

OPTIMIZERS = (
    "tf.train.GradientDescentOptimizer(0.1)",
    "tf.train.MomentumOptimizer(0.05, 0.9)",
    "tf.train.MomentumOptimizer(0.05, 0.9, use_nesterov=True)",
    "tf.train.AdamOptimizer(0.05)",
    "tf.train.AdagradOptimizer(0.1)",
    "tf.train.AdadeltaOptimizer(0.5)",
    "tf.train.RMSPropOptimizer(0.05)",
    "tf.train.RMSPropOptimizer(0.05, momentum=0.5, centered=True)",
    "tf.train.FtrlOptimizer(0.1)",
)


PRELUDE = """lists = []
def known(slopes):
    return [tf.convert_to_tensor(slope) for slope in slopes if slope is not None]
"""


class Writer:
    """Writes one program, always the same one for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.numbers: list[str] = []
        self.variables: list[str] = []
        self.fetches: list[str] = []
        self.count = 0
        self.depth = 0

    def write(self) -> str:
        """The source."""
        dims = self.random.choice(["[3]", "[None]", "None"])
        self.line(f"x = tf.placeholder(tf.float32, {dims})")
        self.line("flag = tf.placeholder(tf.bool, [])")
        self.line("last = tf.no_op()")
        self.numbers = ["x", "tf.constant([0.5, -1.0, 2.0])"]
        for number in range(self.random.randint(1, 3)):
            self.variable(number)
        for _ in range(self.random.randint(3, 10)):
            self.statement()
        if self.random.random() < 0.6:
            self.training()
        return "\n".join([*self.lines, *self.running()])

    def line(self, text: str) -> None:
        """Adds a line at the present indentation."""
        self.lines.append("    " * self.depth + text)

    def name(self) -> str:
        """A name for a new number, which is fetched."""
        self.count += 1
        return f"n{self.count}"

    def pick(self) -> str:
        """A number of shape [3]; a variable is read where it stands."""
        return self.random.choice(self.numbers + self.variables[: self.random.randint(0, 1)])

    def variable(self, number: int) -> None:
        """A variable of either kind."""
        name = f"v{number}"
        values = [self.random.randint(-8, 8) / 4 for _ in range(3)]
        kind = self.random.choice(["True", "False"])
        self.line(f"{name} = tf.get_variable('{name}', initializer={values}, use_resource={kind})")
        self.variables.append(name)

    def calculation(self, x: str, y: str) -> str:
        """An expression of two numbers, sometimes of another one."""
        text = self.random.choice(CALCULATIONS).format(x=x, y=y)
        if self.random.random() < 0.3:
            text = self.random.choice(CALCULATIONS).format(x=f"({text})", y=x)
        return text

    def ordered(self, text: str) -> str:
        """Assigns a number made after all that has been done so far."""
        name = self.name()
        self.line("with tf.control_dependencies([last]):")
        self.line(f"    {name} = {text}")
        self.line(f"    last = tf.group(last, {name})")
        return name

    def keep(self, name: str) -> None:
        """Lets others use a number."""
        self.numbers.append(name)
        self.fetches.append(name)

    def statement(self) -> None:
        """One of the kinds of statements."""
        kinds = [self.plain, self.plain, self.update, self.update, self.branch, self.case]
        kinds += [self.loop, self.loop_on_variable, self.array, self.slope, self.array_of_rows]
        self.random.choice(kinds)()

    def plain(self) -> None:
        """A calculation."""
        self.keep(self.ordered(self.calculation(self.pick(), self.pick())))

    def update(self) -> None:
        """A write, then a read."""
        variable = self.random.choice(self.variables)
        write = self.random.choice(WRITES).format(v=variable, x=self.pick())
        self.ordered(f"tf.identity({write})")
        self.keep(self.ordered(f"{variable} + 0.0"))

    def branch(self) -> None:
        """A choice between two calculations, one of which may write."""
        condition = self.random.choice(["flag", f"tf.reduce_sum({self.pick()}) > 0.3"])
        first, second = (self.calculation(self.pick(), self.pick()) for _ in range(2))
        variable = self.random.choice(self.variables)
        if self.random.random() < 0.4:
            write = self.random.choice(WRITES[:4]).format(v=variable, x=first)
            first = f"tf.identity({write}) + 0.0"
        self.keep(self.ordered(f"tf.cond({condition}, lambda: {first}, lambda: {second})"))

    def case(self) -> None:
        """A choice between three."""
        parts = [self.calculation(self.pick(), self.pick()) for _ in range(3)]
        first, second = (f"tf.reduce_mean({self.pick()}) > {n}" for n in (0.5, 0.0))
        self.keep(
            self.ordered(
                f"tf.case([({first}, lambda: {parts[0]}), ({second}, lambda: {parts[1]})], "
                f"default=lambda: {parts[2]})"
            )
        )

    def loop(self) -> None:
        """A loop over a number, with an outer one in its body."""
        rounds, outer = self.random.randint(0, 4), self.pick()
        body = self.calculation("a", outer)
        if self.random.random() < 0.3:
            other = self.calculation("a", "a")
            body = f"tf.cond(i > 1, lambda: {body}, lambda: {other})"
        if self.random.random() < 0.2:
            inner = self.calculation("b", outer)
            body = f"tf.while_loop(lambda j, b: j < i, lambda j, b: (j + 1, {inner}), [0, a])[1]"
        self.keep(
            self.ordered(
                f"tf.while_loop(lambda i, a: i < {rounds}, lambda i, a: (i + 1, {body}), "
                f"[0, {self.pick()}], [tf.TensorShape([]), tf.TensorShape(None)])[1]"
            )
        )

    def loop_on_variable(self) -> None:
        """A loop whose body writes a variable."""
        variable, rounds = self.random.choice(self.variables), self.random.randint(0, 3)
        name = f"body{len(self.lines)}"
        self.line(f"def {name}(i):")
        self.line(f"    write = {variable}.assign_add(0.125 * tf.tanh({self.pick()}))")
        self.line("    with tf.control_dependencies([write]):")
        self.line("        return i + 1")
        self.ordered(f"tf.while_loop(lambda i: i < {rounds}, {name}, [0], parallel_iterations=1)")
        self.keep(self.ordered(f"{variable} * 1.0"))

    def array(self) -> None:
        """A TensorArray that is written one by one and stacked."""
        parts = [self.calculation(self.pick(), self.pick()) for _ in range(2)]
        self.keep(
            self.ordered(
                "tf.reduce_sum(tf.TensorArray(tf.float32, 2, infer_shape=False)"
                f".write(0, {parts[0]}).write(1, {parts[1]}).stack(), 0)"
            )
        )

    def array_of_rows(self) -> None:
        """A TensorArray that a loop fills."""
        outer = self.pick()
        body = self.calculation("r.read(i)", outer)
        self.keep(
            self.ordered(
                "tf.while_loop(lambda i, r: i < 2, "
                f"lambda i, r: (i + 1, r.write(i + 1, {body})), [0, tf.TensorArray(tf.float32, 3, "
                f"clear_after_read=False, infer_shape=False).write(0, {self.pick()})])[1].read(2)"
            )
        )

    def slope(self) -> None:
        """Gradients of one number by others, of the second order too."""
        if not self.fetches:
            return
        of = self.random.choice(self.fetches)
        by = ", ".join(self.random.choice([*self.variables, "x", *self.fetches]) for _ in range(2))
        name = self.name()
        self.line("with tf.control_dependencies([last]):")
        self.line(f"    {name} = known(tf.gradients({of}, [{by}]))")
        if self.random.random() < 0.3:
            self.line(f"    {name} += known(tf.gradients({name}, [{by}])) if {name} else []")
        self.line(f"    last = tf.group(last, *{name})")
        self.line(f"lists.extend({name})")

    def training(self) -> None:
        """A step of an optimizer on all that has been computed."""
        last = self.fetches[-3:] or ["v0"]
        terms = " + ".join(f"tf.reduce_mean(tf.square({name} - 0.5))" for name in last)
        self.line("with tf.control_dependencies([last]):")
        self.line(f"    loss = {terms}")
        self.line(f"    optimizer = {self.random.choice(OPTIMIZERS)}")
        self.line("    pairs = [p for p in optimizer.compute_gradients(loss) if p[0] is not None]")
        if self.random.random() < 0.4:
            self.line("    pairs = [(tf.clip_by_norm(known([g])[0], 1.0), v) for g, v in pairs]")
        self.line("    with tf.control_dependencies([loss, *known(g for g, _ in pairs)]):")
        self.line("        last = optimizer.apply_gradients(pairs) if pairs else tf.no_op()")
        self.fetches.append("loss")

    def running(self) -> list[str]:
        """Lines that run the program."""
        fetches = ", ".join(dict.fromkeys(self.fetches))
        return [
            "with tf.Session() as session:",
            "    session.run(tf.global_variables_initializer())",
            f"    for step in range({STEPS}):",
            "        feed = {x: [0.5 * step - 1.0, 1.0, -0.25 * step], flag: step % 2 == 0}",
            f"        fetches = [*[{fetches}], *lists, last]",
            "        keep(session.run(fetches, feed)[:-1])",
            f"        keep(session.run([{', '.join(self.variables)}]))",
        ]


def program(seed: int) -> str:
    """The program of a seed."""
    return PRELUDE + Writer(seed).write()


def main() -> int:
    """Compares, prints, and returns whether programs differ."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tensorflow", required=True, help="a Python that has TensorFlow 1.15")
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="of the first program")
    options = parser.parse_args()
    counts: dict[str, int] = collections.Counter()
    with (
        Peer(sys.executable, "tfsession", SECONDS) as us,
        Peer(options.tensorflow, "tensorflow", SECONDS) as them,
    ):
        for seed in range(options.seed, options.seed + options.programs):
            found, kind = compared(program(seed), us, them)
            # TensorFlow does not always give the same.
            if found and any(not compared(program(seed), us, them)[0] for _ in range(CHANCES)):
                found, kind = "", "chance"
            counts[kind] += 1
            if found:
                print(f"{kind}  {seed}\n{program(seed)}\n  {found[:700]}\n", flush=True)  # noqa: T201  # a script
    print(dict(counts))  # noqa: T201  # a script
    return int(set(counts) > {"same", "same error"})


def compared(source: str, us: Peer, them: Peer) -> tuple[str, str]:
    """A line on the difference, "" where there is none, and its kind."""
    answers: list[dict[str, Any]] = []
    for peer in (us, them):
        peer.send({"program": source})
    for peer in (us, them):
        try:
            answers.append(peer.receive())
        except Gone as gone:
            answers.append({"error": (str(gone), "")})
    mine, wanted = (answer.get("error") for answer in answers)
    if mine or wanted:
        if mine and wanted and mine[0] == wanted[0]:
            return "", "same error"
        return f"{mine}, not {wanted}", "refused" if mine else "accepted"
    values = [answer["values"] for answer in answers]
    if len(values[0]) != len(values[1]):
        return f"{len(values[0])} values, not {len(values[1])}", "value"
    found = values_differ(values[0], values[1], TOLERANCE)
    return (found, "value") if found and "sign of zero" not in found else ("", "same")


if __name__ == "__main__":
    sys.exit(main())
