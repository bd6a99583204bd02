"""Training steps, and what stands before, after and beside them."""

from __future__ import annotations

from tests.variable_order.table import Table

program = Table("a step trains the weights that the memory holds")

OPTIMIZERS = {
    "gradient_descent": lambda train: train.GradientDescentOptimizer(0.25),
    "momentum": lambda train: train.MomentumOptimizer(0.25, 0.9),
    "nesterov": lambda train: train.MomentumOptimizer(0.25, 0.9, use_nesterov=True),
    "adam": lambda train: train.AdamOptimizer(0.25),
    "rmsprop": lambda train: train.RMSPropOptimizer(0.25),
    "adagrad": lambda train: train.AdagradOptimizer(0.25),
    "adadelta": lambda train: train.AdadeltaOptimizer(0.25),
    "ftrl": lambda train: train.FtrlOptimizer(0.25),
}


def _step_then_clip(optimizer):
    def build(tf):
        w = tf.Variable([0.5, 0.9])
        train = optimizer(tf.train).minimize(tf.reduce_sum(tf.square(w - [0.0, 5.0])))
        with tf.control_dependencies([train]):
            clip = w.assign(tf.clip_by_value(w, 0.4, 1.0))
        return [[train, clip], clip, w]

    return build


def _clip_beside_step(optimizer):
    def build(tf):
        w = tf.Variable([0.5, 0.9])
        train = optimizer(tf.train).minimize(tf.reduce_sum(tf.square(w - [0.0, 5.0])))
        clip = w.assign(tf.clip_by_value(w, 0.4, 1.0))
        return [[train, clip], w]

    return build


# The clip is made under the step and gets the new weights; `run([train, clip])`, as GANs are
# written, orders nothing.
for _name, _optimizer in OPTIMIZERS.items():
    program.add("step_then_clip_with_" + _name, _step_then_clip(_optimizer))
    program.add("clip_beside_step_with_" + _name, _clip_beside_step(_optimizer))


@program
def clip_beside_a_step_trains(tf):
    """A hundred runs of `[train, clip]` get to the bound, whatever chance does in each."""
    w = tf.Variable(0.0)
    train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.square(w - 5.0))
    clip = w.assign(tf.clip_by_value(w, -1.0, 1.0))
    reached = w > 0.99

    def run(session):
        for _ in range(100):
            session.run([train, clip])
        result = [session.run(reached)]
        session.run(w.initializer)
        return result

    return run


@program
def clip_grouped_with_a_step(tf):
    """`tf.group(train, clip)` orders nothing either."""
    w = tf.Variable(0.0)
    train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.square(w - 5.0))
    return [tf.group(train, w.assign(tf.clip_by_value(w, -0.5, 0.5))), w]


@program
def decoupled_weight_decay(tf):
    """Weights decay under the step."""
    w = tf.Variable([1.0, -2.0])
    train = tf.train.MomentumOptimizer(0.1, 0.9).minimize(tf.reduce_sum(tf.square(w)))
    with tf.control_dependencies([train]):
        decay = w.assign(w * 0.9)
    return [decay, decay, w]


@program
def decay_before_the_step(tf):
    """AdamW the other way round: the gradients, then the decay, then the step."""
    w = tf.Variable([1.0, -2.0])
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    gradients = optimizer.compute_gradients(tf.reduce_sum(tf.square(w)))
    with tf.control_dependencies([gradient for gradient, _ in gradients]):
        decay = w.assign_sub(0.5 * w)
    with tf.control_dependencies([decay]):
        return [optimizer.apply_gradients(gradients), w]


@program
def projection_onto_the_sphere(tf):
    """The weights are projected under the step."""
    w = tf.Variable([3.0, 4.0])
    train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(w * [1.0, -1.0]))
    with tf.control_dependencies([train]):
        project = w.assign(w / tf.norm(w))
    return [project, project, tf.norm(w)]


@program
def max_norm_of_rows(tf):
    """`tf.clip_by_norm` under the step."""
    w = tf.Variable([[3.0, 4.0], [0.1, 0.2]])
    train = tf.train.AdagradOptimizer(0.5).minimize(tf.reduce_sum(tf.square(w - 6.0)))
    with tf.control_dependencies([train]):
        return [w.assign(tf.clip_by_norm(w, 1.0, axes=[1])), w]


@program
def constraint_of_the_variable(tf):
    """The constraint that the optimizer applies after its update."""
    w = tf.Variable([0.5, -0.5], constraint=lambda x: tf.maximum(x, 0.0))
    train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(tf.square(w + 1.0)))
    return [[train, w], [train, w]]


@program
def global_norm_clipped(tf):
    """Gradients of two variables clipped together, then applied."""
    a, b = tf.Variable(3.0), tf.Variable(4.0)
    optimizer = tf.train.MomentumOptimizer(0.5, 0.5)
    clipped, norm = tf.clip_by_global_norm(tf.gradients(tf.square(a) * b, [a, b]), 1.0)
    train = optimizer.apply_gradients([(clipped[0], a), (clipped[1], b)])
    return [[train, norm], [a, b]]


@program
def loss_named_under_the_step(tf):
    """`tf.identity(loss)` under the step is the old loss; the new one is a new computation."""
    w = tf.Variable(0.0)
    loss = tf.square(w - 5.0)
    train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    with tf.control_dependencies([train]):
        return [[tf.identity(loss), tf.square(w - 5.0)]]


@program
def improvement_of_a_step(tf):
    """The loss before the step less the loss after it."""
    w = tf.Variable([1.0, 2.0])
    before = tf.reduce_sum(tf.square(w))
    train = tf.train.GradientDescentOptimizer(0.25).minimize(before)
    with tf.control_dependencies([train]):
        after = tf.reduce_sum(tf.square(w))
    return [before - after, before - after]


@program
def size_of_a_step(tf):
    """The update is measured between a copy from before and the weights after."""
    w = tf.Variable([1.0, 2.0])
    copy = w * 1.0
    with tf.control_dependencies([copy]):
        train = tf.train.AdamOptimizer(0.1).minimize(tf.reduce_sum(tf.square(w)))
    with tf.control_dependencies([train]):
        return [tf.norm(w - copy)]


@program
def size_of_a_step_by_identity(tf):
    """The mistake that people make: the identity from before is the weights after."""
    w = tf.Variable([1.0, 2.0])
    before = tf.identity(w)
    with tf.control_dependencies([before]):
        train = tf.train.AdamOptimizer(0.1).minimize(tf.reduce_sum(tf.square(w)))
    with tf.control_dependencies([train]):
        return [tf.norm(w - before)]


@program
def two_optimizers_of_one_loss(tf):
    """Weights and biases have an optimizer each; both gradients are of the old weights."""
    w, b = tf.Variable(1.0), tf.Variable(1.0)
    loss = tf.square(w * 3.0 + b)
    first, second = (
        tf.train.GradientDescentOptimizer(rate).compute_gradients(loss, [v])
        for rate, v in ((0.01, w), (0.1, b))
    )
    with tf.control_dependencies([first[0][0], second[0][0]]):
        train = tf.group(
            tf.train.GradientDescentOptimizer(0.01).apply_gradients(first),
            tf.train.GradientDescentOptimizer(0.1).apply_gradients(second),
        )
    return [train, [w, b]]


@program
def generator_then_discriminator(tf):
    """The second player's gradient is built under the first player's step."""
    g, d = tf.Variable(1.0), tf.Variable(2.0)
    value = lambda: g * d - tf.square(d) * 0.5  # noqa: E731
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    with tf.control_dependencies([optimizer.minimize(-value(), var_list=[d])]):
        train = optimizer.minimize(value(), var_list=[g])
    return [train, train, [g, d]]


@program
def alternate_steps_in_one_run(tf):
    """Both players' steps in one run, nothing in between."""
    g, d = tf.Variable(1.0), tf.Variable(2.0)
    value = g * d
    optimizer = tf.train.GradientDescentOptimizer(0.5)
    players = [optimizer.minimize(-value, var_list=[d]), optimizer.minimize(value, var_list=[g])]
    return [players, [g, d]]


@program
def momentum_reset_under_a_step(tf):
    """The slot is read, then set to zero under the step."""
    w = tf.Variable(1.0)
    optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
    train = optimizer.minimize(tf.square(w))
    slot = optimizer.get_slot(w, "momentum")
    with tf.control_dependencies([train]):
        kept = slot * 1.0
    with tf.control_dependencies([kept]):
        reset = slot.assign(tf.zeros_like(slot))
    return [[kept, reset], [train, slot], [kept, slot]]


@program
def slot_beside_a_step(tf):
    """`run([train, slot])` has the new slot."""
    w = tf.Variable(1.0)
    optimizer = tf.train.MomentumOptimizer(0.1, 0.9)
    train = optimizer.minimize(tf.square(w))
    return [[train, optimizer.get_slot(w, "momentum")]] * 2


@program
def adam_powers_beside_a_step(tf):
    """The powers of beta are multiplied once a step, after all updates."""
    a, b = tf.Variable(1.0), tf.Variable(2.0)
    optimizer = tf.train.AdamOptimizer(0.1, beta1=0.5, beta2=0.75)
    train = optimizer.minimize(tf.square(a * b))
    return [[train, list(optimizer._get_beta_accumulators())]] * 2 + [[a, b]]


@program
def accumulated_gradients(tf):
    """Gradients are summed over micro-batches, then applied, then set to zero."""
    w = tf.Variable(1.0)
    total = tf.Variable(0.0, trainable=False)
    x = tf.placeholder(tf.float32, [])
    optimizer = tf.train.GradientDescentOptimizer(0.05)
    gradient = optimizer.compute_gradients(tf.square(w * x), [w])[0][0]
    accumulate, zero = total.assign_add(gradient), total.assign(0.0)
    apply = optimizer.apply_gradients([(total, w)])

    def run(session):
        results = []
        for batch in ([1.0, 2.0], [3.0, 0.5]):
            results += [session.run(accumulate, {x: value}) for value in batch]
            session.run(apply)
            session.run(zero)
        return results

    return run


@program
def accumulated_gradients_in_one_run(tf):
    """Accumulate, apply and zero in one run, under control dependencies."""
    w, total = tf.Variable(1.0), tf.Variable(0.5, trainable=False)
    optimizer = tf.train.GradientDescentOptimizer(0.1)
    gradient = optimizer.compute_gradients(tf.square(w), [w])[0][0]
    with tf.control_dependencies([total.assign_add(gradient)]):
        apply = optimizer.apply_gradients([(total, w)])
    with tf.control_dependencies([apply]):
        zero = total.assign(tf.zeros_like(total))
    return [zero, [w, total], zero, [w, total]]


@program
def rate_in_a_variable(tf):
    """The rate is halved under the step: the next step has it."""
    w, rate = tf.Variable(1.0), tf.Variable(0.25, trainable=False)
    train = tf.train.GradientDescentOptimizer(rate).minimize(tf.square(w))
    with tf.control_dependencies([train]):
        halve = rate.assign(rate * 0.5)
    return [[halve, w], [halve, w]]


@program
def rate_written_before_the_step(tf):
    """The rate is set under a write; the step made there reads it."""
    w, rate = tf.Variable(1.0), tf.Variable(0.0, trainable=False)
    with tf.control_dependencies([rate.assign(0.25)]):
        train = tf.train.GradientDescentOptimizer(rate).minimize(tf.square(w))
    return [[train, rate], w]


@program
def exponential_decay_of_the_rate(tf):
    """The schedule is a computation: it has the count from before or from after the step."""
    w, step = tf.Variable(1.0), tf.train.get_or_create_global_step()
    rate = tf.train.exponential_decay(0.25, step, 1, 0.5)
    train = tf.train.GradientDescentOptimizer(rate).minimize(tf.square(w), global_step=step)
    return [train, train, [w, rate, step]]


@program
def piecewise_rate_by_the_step(tf):
    """A piecewise schedule, each step its own rate."""
    w, step = tf.Variable(1.0), tf.train.get_or_create_global_step()
    rate = tf.train.piecewise_constant(step, [0, 1], [0.25, 0.125, 0.0625])
    train = tf.train.GradientDescentOptimizer(rate).minimize(tf.square(w), global_step=step)
    return [train, w, train, w, train, w]


@program
def gradient_taken_before_a_write(tf):
    """Both factors of the gradient's formula are reads: which moment do they have?"""
    w = tf.Variable(2.0)
    loss = tf.square(w)
    with tf.control_dependencies([loss]):
        write = w.assign(10.0)
    with tf.control_dependencies([write]):
        gradient = tf.gradients(loss, w)[0]
    return [[loss, gradient]]


@program
def gradient_of_a_product_across_a_write(tf):
    """The forward pass has the old weights, the backward pass reads the new ones."""
    w = tf.Variable([[2.0]])
    y = tf.matmul(tf.matmul([[3.0]], w), w)
    with tf.control_dependencies([y]):
        write = w.assign([[10.0]])
    with tf.control_dependencies([write]):
        gradient = tf.gradients(y, w)[0]
    return [[y, gradient]]


@program
def second_order_gradient_then_write(tf):
    """A step with the gradient of a gradient's norm."""
    w = tf.Variable(2.0)
    gradient = tf.gradients(w * w * w, w)[0]
    penalty = tf.square(gradient)
    train = tf.train.GradientDescentOptimizer(0.001).minimize(penalty)
    with tf.control_dependencies([train]):
        return [[penalty, w * 1.0], [penalty, w * 1.0]]


@program
def second_order_gradient_across_a_write(tf):
    """The second derivative, made under a write, of a first one from before it."""
    w = tf.Variable(2.0)
    first = tf.gradients(w * w * w, w)[0]
    with tf.control_dependencies([first]):
        write = w.assign(10.0)
    with tf.control_dependencies([write]):
        second = tf.gradients(first, w)[0]
    return [[first, second]]


@program
def meta_gradient_through_a_step(tf):
    """A step by hand that gradients run through, then both updates."""
    w, rate = tf.Variable(1.0), tf.Variable(0.1)
    stepped = w - rate * tf.gradients(tf.square(w), w)[0]
    meta = tf.gradients(tf.square(stepped), rate)[0]
    update = tf.group(rate.assign_sub(0.1 * meta), w.assign(stepped))
    return [update, [w, rate]]


@program
def sparse_step_then_dense_read(tf):
    """An embedding is trained by rows; the table is read under the step."""
    table = tf.Variable([[1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    rows = tf.nn.embedding_lookup(table, [0, 2, 0])
    train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(tf.square(rows)))
    with tf.control_dependencies([train]):
        return [[rows, tf.nn.embedding_lookup(table, [0, 2]), table * 1.0]]


@program
def sparse_adam_beside_the_table(tf):
    """Adam on rows touches every row's slots."""
    table = tf.Variable([[1.0], [2.0], [3.0]])
    rows = tf.gather(table, [1])
    train = tf.train.AdamOptimizer(0.1).minimize(tf.reduce_sum(tf.square(rows)))
    return [[train, table]] * 2


@program
def sparse_momentum_and_normalised_rows(tf):
    """The rows are normalised under the step."""
    table = tf.Variable([[3.0, 4.0], [6.0, 8.0]])
    loss = tf.reduce_sum(tf.gather(table, [1]) * [[1.0, 2.0]])
    train = tf.train.MomentumOptimizer(1.0, 0.5).minimize(loss)
    with tf.control_dependencies([train]):
        normalise = table.assign(tf.nn.l2_normalize(table, 1))
    return [normalise, table]


@program
def loss_scale_in_a_branch(tf):
    """The step is taken only when the gradient is finite; the scale falls otherwise."""
    w, scale = tf.Variable(1.0), tf.Variable(1e38, trainable=False)
    gradient = tf.gradients(tf.square(w) * 3.0 * scale, w)[0]
    finite = tf.reduce_all(tf.is_finite(gradient))
    update = tf.cond(
        finite,
        lambda: tf.group(w.assign_sub(0.1 * gradient / scale)),
        lambda: tf.group(scale.assign(scale * 1e-37)),
    )
    return [update, [w, scale], update, [w, scale]]


@program
def regularisation_by_the_read(tf):
    """The weights appear in the loss twice."""
    w = tf.Variable(2.0)
    loss = tf.square(w * 3.0 - 1.0) + 0.5 * tf.nn.l2_loss(w)
    train = tf.train.AdagradOptimizer(0.5).minimize(loss)
    return [[train, loss, w]] * 2
