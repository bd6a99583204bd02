"""What TF1 scripts keep in variables besides their weights."""

from __future__ import annotations

from tests.variable_order.table import Table

program = Table("the idioms of scripts")


@program
def average_of_weights_under_the_step(tf):
    """`ExponentialMovingAverage.apply` under the step averages the new weights."""
    w = tf.Variable(0.0)
    train = tf.train.GradientDescentOptimizer(0.25).minimize(tf.square(w - 4.0))
    average = tf.train.ExponentialMovingAverage(0.5)
    with tf.control_dependencies([train]):
        apply = average.apply([w])
    return [[apply, average.average(w), w]] * 3


@program
def average_with_the_count_of_updates(tf):
    """The decay follows the global step, which the step counts."""
    w, step = tf.Variable(0.0), tf.train.get_or_create_global_step()
    train = tf.train.GradientDescentOptimizer(0.25).minimize(tf.square(w - 4.0), global_step=step)
    average = tf.train.ExponentialMovingAverage(0.9, step)
    with tf.control_dependencies([train]):
        apply = average.apply([w])
    return [apply, average.average(w), apply, average.average(w)]


@program
def average_beside_the_step(tf):
    """`tf.group(train, apply)`: nothing orders the two."""
    w = tf.Variable(0.0)
    train = tf.train.GradientDescentOptimizer(0.25).minimize(tf.square(w - 4.0))
    average = tf.train.ExponentialMovingAverage(0.5)
    return [tf.group(train, average.apply([w])), average.average(w), w]


@program
def average_of_a_tensor(tf):
    """The average of a loss, as summaries use it, with its bias removed."""
    w = tf.Variable(0.0)
    loss = tf.square(w - 4.0)
    average = tf.train.ExponentialMovingAverage(0.5, zero_debias=True)
    apply = average.apply([loss])
    with tf.control_dependencies([apply]):
        train = tf.train.GradientDescentOptimizer(0.25).minimize(loss)
    return [train, average.average(loss), train, average.average(loss)]


def _batch_norm(tf, x, mean, variance):
    """Normalises by the batch; the updates of the moving statistics go to `UPDATE_OPS`."""
    batch_mean, batch_variance = tf.nn.moments(x, [0])
    for moving, value in ((mean, batch_mean), (variance, batch_variance)):
        update = tf.assign_sub(moving, (moving - value) * 0.5)
        tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, update)
    return tf.nn.batch_normalization(x, batch_mean, batch_variance, None, None, 0.001)


@program
def batch_norm_through_update_ops(tf):
    """Moving statistics of an activation in `UPDATE_OPS`, on which the step depends."""
    w = tf.Variable([[1.0, -1.0]])
    mean, variance = (tf.Variable([x, x], trainable=False) for x in (0.0, 1.0))
    y = _batch_norm(tf, tf.constant([[1.0], [2.0], [6.0]]) * w, mean, variance)
    loss = tf.reduce_sum(tf.square(y + w - 1.0))
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    return [train, [mean, variance], train]


@program
def batch_norm_beside_the_step(tf):
    """The updates are fetched beside the step."""
    w = tf.Variable([[1.0, -1.0]])
    mean, variance = (tf.Variable([x, x], trainable=False) for x in (0.0, 1.0))
    y = _batch_norm(tf, tf.constant([[1.0], [2.0], [6.0]]) * w, mean, variance)
    train = tf.train.GradientDescentOptimizer(0.1).minimize(tf.reduce_sum(tf.square(y + w - 1.0)))
    return [[train, tf.get_collection(tf.GraphKeys.UPDATE_OPS)]]


@program
def batch_norm_evaluated_between_steps(tf):
    """Evaluation reads the moving statistics that the runs before have left."""
    w = tf.Variable(2.0)
    mean, variance = (tf.Variable([x], trainable=False) for x in (0.0, 1.0))
    x = tf.constant([[1.0], [2.0], [6.0]]) * w
    loss = tf.reduce_sum(tf.square(_batch_norm(tf, x, mean, variance) + w))
    with tf.control_dependencies(tf.get_collection(tf.GraphKeys.UPDATE_OPS)):
        train = tf.train.GradientDescentOptimizer(0.1).minimize(loss)
    evaluated = tf.nn.batch_normalization(x, mean, variance, None, None, 0.001)
    return [train, evaluated, train, evaluated]


@program
def target_network_copied(tf):
    """DQN: the target's weights are copied from the online network every few steps."""
    online, target = tf.Variable([1.0, 2.0]), tf.Variable([0.0, 0.0], trainable=False)
    loss = tf.reduce_sum(tf.square(online - tf.stop_gradient(target) - 1.0))
    train = tf.train.GradientDescentOptimizer(0.25).minimize(loss)
    copy = target.assign(online)
    return [[train, loss], copy, [train, loss], [online, target]]


@program
def target_network_copied_under_the_step(tf):
    """The copy is made under the step and has the new weights."""
    online, target = tf.Variable(1.0), tf.Variable(0.0, trainable=False)
    train = tf.train.GradientDescentOptimizer(0.25).minimize(tf.square(online - target - 1.0))
    with tf.control_dependencies([train]):
        return [[train, target.assign(online)], [online, target]]


@program
def target_network_softly_updated(tf):
    """DDPG: a weighted mean of both networks, grouped over the weights, under the step."""
    online = [tf.Variable(1.0), tf.Variable([2.0, 3.0])]
    target = [tf.Variable(0.0, trainable=False), tf.Variable([0.0, 0.0], trainable=False)]
    loss = tf.square(online[0]) + tf.reduce_sum(tf.square(online[1]))
    train = tf.train.AdamOptimizer(0.1).minimize(loss)
    with tf.control_dependencies([train]):
        soft = tf.group(
            *[target[k].assign(0.5 * online[k] + 0.5 * target[k]) for k in range(len(online))]
        )
    return [soft, target, soft, target]


@program
def soft_update_beside_the_step(tf):
    """`run([train, soft])`: nothing orders the two."""
    online, target = tf.Variable(1.0), tf.Variable(0.0, trainable=False)
    train = tf.train.GradientDescentOptimizer(0.25).minimize(tf.square(online))
    soft = target.assign(0.5 * online + 0.5 * target)
    return [[train, soft], [online, target]]


@program
def worker_of_shared_weights(tf):
    """A3C: pull the shared weights, compute a gradient on the copy, push it."""
    shared, local = tf.Variable(4.0), tf.Variable(0.0, trainable=False)
    pull = local.assign(shared)
    gradient = tf.gradients(tf.square(local), local)[0]
    push = tf.train.GradientDescentOptimizer(0.125).apply_gradients([(gradient, shared)])
    return [pull, push, pull, push, [shared, local]]


@program
def pull_and_push_in_one_run(tf):
    """The gradient is built under the pull."""
    shared, local = tf.Variable(4.0), tf.Variable(0.0, trainable=False)
    with tf.control_dependencies([local.assign(shared)]):
        gradient = tf.gradients(tf.square(local * 1.0), local)[0]
    push = tf.train.GradientDescentOptimizer(0.125).apply_gradients([(gradient, shared)])
    return [push, [shared, local], push, [shared, local]]


@program
def push_then_pull(tf):
    """The local copy is taken again under the push."""
    shared, local = tf.Variable(4.0), tf.Variable(3.0)
    gradient = tf.gradients(tf.square(local), local)[0]
    push = tf.train.GradientDescentOptimizer(0.5).apply_gradients([(gradient, shared)])
    with tf.control_dependencies([push]):
        return [[push, local.assign(shared)], [shared, local]]


@program
def averaged_weights(tf):
    """SWA: the running mean of the weights, its count raised under it."""
    w = tf.Variable(4.0)
    mean, count = tf.Variable(0.0, trainable=False), tf.Variable(0.0, trainable=False)
    train = tf.train.GradientDescentOptimizer(0.25).minimize(tf.square(w))
    with tf.control_dependencies([train]):
        average = mean.assign((mean * count + w) / (count + 1.0))
    with tf.control_dependencies([average]):
        update = count.assign_add(1.0)
    return [update, update, [w, mean, count]]


@program
def weights_swapped_for_evaluation(tf):
    """The averages are put in the weights' place, evaluated, and put back from a backup."""
    w, mean = tf.Variable(4.0), tf.Variable(1.0)
    backup = tf.Variable(0.0)
    with tf.control_dependencies([backup.assign(w)]):
        use = w.assign(mean)
    restore = w.assign(backup)
    score = w * 10.0
    return [score, use, score, restore, [score, backup]]


@program
def lookahead(tf):
    """Fast weights step; every second step the slow ones follow and the fast ones go back."""
    fast, slow = tf.Variable(4.0), tf.Variable(4.0, trainable=False)
    step = tf.train.get_or_create_global_step()
    train = tf.train.GradientDescentOptimizer(0.25).minimize(tf.square(fast), global_step=step)

    def sync():
        follow = slow.assign(slow + 0.5 * (fast - slow))
        with tf.control_dependencies([follow]):
            return tf.group(fast.assign(slow))

    with tf.control_dependencies([train]):
        update = tf.cond(tf.equal(step % 2, 0), sync, tf.no_op)
    return [update, [fast, slow], update, [fast, slow]]


@program
def early_stopping(tf):
    """The best loss and the number of steps without a better one."""
    loss = tf.placeholder(tf.float32, [])
    best, waited = tf.Variable(10.0), tf.Variable(0)

    def better():
        with tf.control_dependencies([best.assign(loss)]):
            return waited.assign(0)

    update = tf.cond(loss < best, better, lambda: waited.assign_add(1))
    with tf.control_dependencies([update]):
        stop = waited >= 2
    return lambda session: [session.run([update, stop], {loss: x}) for x in (5.0, 6.0, 4.0, 4.5, 7)]


@program
def rate_reduced_on_a_plateau(tf):
    """The rate falls when the loss does not."""
    loss, rate, last = tf.placeholder(tf.float32, []), tf.Variable(1.0), tf.Variable(9.0)
    reduce = tf.cond(loss >= last, lambda: rate.assign(rate * 0.5), lambda: tf.identity(rate))
    with tf.control_dependencies([reduce]):
        remember = last.assign(loss)
    return lambda session: [session.run([reduce, remember], {loss: x}) for x in (8.0, 8.0, 7.0)]


@program
def curriculum(tf):
    """The level rises when enough answers were right, and the count starts again."""
    right, level = tf.Variable(0), tf.Variable(1)
    with tf.control_dependencies([right.assign_add(1)]):
        enough = right >= level

    def rise():
        with tf.control_dependencies([level.assign_add(1)]):
            return right.assign(0)

    update = tf.cond(enough, rise, lambda: tf.identity(right))
    return [[update, level]] * 4


@program
def ring_buffer(tf):
    """Replay memory: write at the index, then step it on."""
    memory, index = tf.Variable(tf.zeros([3])), tf.Variable(0)
    x = tf.placeholder(tf.float32, [])
    with tf.control_dependencies([tf.scatter_update(memory, index, x)]):
        advance = index.assign((index + 1) % 3)
    return lambda session: [session.run([advance, memory], {x: 1.0 + k}) for k in range(4)]


@program
def ring_buffer_unordered(tf):
    """Write and advance in one run, nothing in between."""
    memory, index = tf.Variable(tf.zeros([3])), tf.Variable(0)
    write = tf.scatter_update(memory, index, 7.0)
    return [[write, index.assign((index + 1) % 3)], memory]


@program
def running_mean_and_variance(tf):
    """Welford's normaliser of observations: mean and sum of squares use the old mean."""
    count, mean, squares = tf.Variable(0.0), tf.Variable(0.0), tf.Variable(0.0)
    x = tf.placeholder(tf.float32, [])
    with tf.control_dependencies([count.assign_add(1.0)]):
        difference = x - mean
    with tf.control_dependencies([difference]):
        move = mean.assign_add(difference / count)
    with tf.control_dependencies([move]):
        update = squares.assign_add(difference * (x - mean))
    normalised = (x - mean) / tf.sqrt(squares / count + 1.0)

    def run(session):
        for value in (1.0, 4.0, 7.0):
            session.run(update, {x: value})
        return [session.run(normalised, {x: 1.0}), session.run([count, mean, squares])]

    return run


@program
def baseline_of_rewards(tf):
    """REINFORCE: the advantage uses the baseline, which then moves."""
    baseline, w = tf.Variable(1.0, trainable=False), tf.Variable(1.0)
    reward = tf.placeholder(tf.float32, [])
    advantage = reward - baseline
    train = tf.train.GradientDescentOptimizer(0.1).minimize(-tf.stop_gradient(advantage) * w)
    with tf.control_dependencies([train]):
        move = baseline.assign(0.5 * baseline + 0.5 * reward)
    return lambda session: [session.run([advantage, move], {reward: x}) for x in (3.0, 5.0)]


@program
def annealed_exploration(tf):
    """Epsilon falls with each action; the action reads it after."""
    epsilon = tf.Variable(1.0)
    with tf.control_dependencies([epsilon.assign(tf.maximum(0.3, epsilon - 0.4))]):
        explore = epsilon > 0.5
    return [[explore, epsilon]] * 3


@program
def adaptive_penalty(tf):
    """PPO: the coefficient is doubled or halved by the divergence that was measured."""
    coefficient, divergence = tf.Variable(1.0), tf.placeholder(tf.float32, [])
    update = tf.case(
        [
            (divergence > 2.0, lambda: coefficient.assign(coefficient * 2.0)),
            (divergence < 0.5, lambda: coefficient.assign(coefficient / 2.0)),
        ],
        default=lambda: tf.identity(coefficient),
    )
    return lambda session: [session.run(update, {divergence: x}) for x in (3.0, 3.0, 0.1, 1.0)]


@program
def recurrent_state_in_a_variable(tf):
    """A stateful cell: the new state is stored under the output, for the next run."""
    state, w = tf.Variable([[0.0, 1.0]]), tf.constant([[0.5, 1.0], [-1.0, 0.5]])
    new_state = tf.matmul(state, w) + 1.0
    with tf.control_dependencies([state.assign(new_state)]):
        output = new_state * 2.0
    reset = state.assign(tf.zeros_like(state))
    return [output, output, reset, output]


@program
def spectral_normalisation(tf):
    """Power iteration: the vector is stored in the forward pass, which uses the new one."""
    w, u = tf.Variable([[2.0, 0.0], [1.0, 1.0]]), tf.Variable([[1.0, 0.5]], trainable=False)
    v_hat = tf.nn.l2_normalize(tf.matmul(u, w, transpose_b=True))
    u_hat = tf.nn.l2_normalize(tf.matmul(v_hat, w))
    sigma = tf.matmul(tf.matmul(v_hat, w), u_hat, transpose_b=True)
    with tf.control_dependencies([u.assign(u_hat)]):
        normalised = w / sigma
    return [normalised, normalised, u]


@program
def centres_of_classes(tf):
    """Centre loss: rows of the centres move to their features after the loss was computed."""
    centres = tf.Variable([[0.0, 0.0], [1.0, 1.0]], trainable=False)
    features, labels = tf.constant([[2.0, 2.0], [3.0, 1.0]]), tf.constant([1, 1])
    difference = tf.gather(centres, labels) - features
    loss = tf.nn.l2_loss(difference)
    with tf.control_dependencies([loss]):
        update = tf.scatter_sub(centres, labels, 0.5 * difference)
    return [[loss, update], [loss, update]]


@program
def codebook_by_moving_averages(tf):
    """VQ-VAE: counts and sums are averaged, then the codebook is their quotient."""
    counts, sums = tf.Variable([1.0, 1.0]), tf.Variable([[1.0, 0.0], [0.0, 1.0]])
    codebook = tf.Variable([[1.0, 0.0], [0.0, 1.0]])
    one_hot = tf.one_hot([0, 0, 1], 2)
    new_counts = counts.assign(0.5 * counts + 0.5 * tf.reduce_sum(one_hot, 0))
    batch = tf.matmul(one_hot, [[2.0, 0.0], [4.0, 2.0], [0.0, 8.0]], transpose_a=True)
    new_sums = sums.assign(0.5 * sums + 0.5 * batch)
    with tf.control_dependencies([new_counts, new_sums]):
        update = codebook.assign(sums / counts[:, tf.newaxis])
    return [update, update]


@program
def k_means(tf):
    """Assign points to the nearest centre, then move the centres."""
    points, centres = tf.constant([0.0, 1.0, 5.0, 7.0]), tf.Variable([0.0, 1.0])
    nearest = tf.argmin(tf.abs(points[:, None] - centres[None, :]), 1, output_type=tf.int32)
    update = centres.assign(tf.unsorted_segment_mean(points, nearest, 2))
    return [[nearest, update], [nearest, update], nearest]


@program
def memory_bank(tf):
    """MoCo: keys are written behind the pointer after the logits used the old ones."""
    bank, pointer = tf.Variable([[1.0], [2.0], [3.0], [4.0]]), tf.Variable(0)
    keys = tf.constant([[10.0], [20.0]])
    logits = tf.matmul(keys, bank, transpose_b=True)
    with tf.control_dependencies([logits]):
        write = tf.scatter_update(bank, pointer + tf.range(2), keys)
    with tf.control_dependencies([write]):
        update = pointer.assign((pointer + 2) % 4)
    return [[logits, update], [logits, update], bank]


@program
def streaming_accuracy(tf):
    """A streaming metric: totals in local variables, an update op, and the value."""
    right = tf.placeholder(tf.float32, [2])
    total, count = (
        tf.Variable(0.0, trainable=False, collections=[tf.GraphKeys.LOCAL_VARIABLES])
        for _ in range(2)
    )
    add_total, add_count = tf.assign_add(total, tf.reduce_sum(right)), tf.assign_add(count, 2.0)
    accuracy, update = total / count, add_total / add_count

    def run(session):
        results = []
        for answers in ([1.0, 0.0], [1.0, 1.0]):
            results.append(session.run(update, {right: answers}))
            results.append(session.run(accuracy))
        return results

    return run


@program
def streaming_accuracy_in_one_run(tf):
    """Value and update of a metric in one run: the value is a computation of its own moment."""
    total, count = tf.Variable(1.0), tf.Variable(2.0)
    accuracy = total / count
    update = tf.assign_add(total, 3.0) / tf.assign_add(count, 4.0)
    return [[accuracy, update]]


@program
def histogram_of_visits(tf):
    """Counts of states, the bonus computed from the new counts."""
    visits = tf.Variable([0.0, 0.0, 0.0])
    with tf.control_dependencies([tf.scatter_add(visits, [1, 1], [1.0, 1.0])]):
        bonus = 1.0 / tf.sqrt(tf.gather(visits, [1]))
    return [bonus, bonus, visits]


@program
def table_of_values(tf):
    """Q learning: the target reads the row that is written."""
    table = tf.Variable([[0.0, 1.0], [4.0, 0.0]])
    target = 1.0 + 0.5 * tf.reduce_max(tf.gather(table, 1))
    old = tf.gather_nd(table, [[1, 0]])
    update = tf.scatter_nd_add(table, [[1, 0]], 0.5 * (target - old))
    return [update, update]


@program
def dual_ascent(tf):
    """The multiplier rises by the violation of the new point."""
    x, multiplier = tf.Variable(0.0), tf.Variable(1.0, trainable=False)
    lagrangian = tf.square(x - 2.0) + multiplier * (x - 1.0)
    train = tf.train.GradientDescentOptimizer(0.25).minimize(lagrangian, var_list=[x])
    with tf.control_dependencies([train]):
        ascend = multiplier.assign(tf.maximum(0.0, multiplier + (x - 1.0)))
    return [ascend, ascend, [x, multiplier]]


@program
def random_generator_state(tf):
    """A linear congruential generator in a variable; two draws in one run, one after another."""
    state = tf.Variable(1)
    draw = lambda: state.assign((state * 5 + 3) % 16)  # noqa: E731
    first = draw() + 0
    with tf.control_dependencies([first]):
        second = draw() + 0
    return [[first, second], [first, second]]
