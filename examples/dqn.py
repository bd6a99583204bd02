"""Learns to walk to the goal of a small grid: a deep Q-network with a target network.

The agent stands on a 4 x 4 grid with a hole in it, moves in four directions, and is paid when it
reaches the goal (Mnih et al., 2015, in small). Prints the steps of its way: six are the fewest.
"""

import argparse

import numpy as np

import tfsession as tf

SIDE, GOAL, HOLE = 4, (3, 3), (1, 1)
MOVES = [(0, 1), (1, 0), (0, -1), (-1, 0)]


def move(place, action):
    """Where a move leads, what it pays, and whether that is the end."""
    found = tuple(min(max(p + d, 0), SIDE - 1) for p, d in zip(place, MOVES[action], strict=True))
    if found == GOAL:
        return found, 1.0, True
    return (found, -1.0, True) if found == HOLE else (found, -0.02, False)


def seen(places):
    """Places as the network sees them: [n, 16], one 1 in each row."""
    return np.eye(SIDE * SIDE, dtype=np.float32)[[SIDE * row + column for row, column in places]]


def values(states, name):
    """What each action is worth: [n, 4]."""
    with tf.variable_scope(name):
        hidden = tf.layers.dense(states, 32, tf.nn.relu)
        return tf.layers.dense(hidden, len(MOVES))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--episodes", type=int, default=250)
    options = parser.parse_args()
    tf.set_random_seed(0)
    random = np.random.RandomState(0)

    states = tf.placeholder(tf.float32, [None, SIDE * SIDE])
    actions = tf.placeholder(tf.int32, [None])
    targets = tf.placeholder(tf.float32, [None])
    online, frozen = values(states, "online"), values(states, "target")
    chosen = tf.reduce_sum(online * tf.one_hot(actions, len(MOVES)), axis=1)
    train = tf.train.AdamOptimizer(0.01).minimize(tf.losses.huber_loss(targets, chosen))
    pairs = zip(tf.global_variables("target"), tf.global_variables("online"), strict=False)
    copy = tf.group(*[target.assign(source) for target, source in pairs])

    memory, epsilon = [], 1.0
    with tf.Session() as session:
        session.run(tf.global_variables_initializer())
        for episode in range(options.episodes):
            place, is_over, steps = (0, 0), False, 0
            while not is_over and steps < 30:
                worth = session.run(online, {states: seen([place])})[0]
                greedy = random.rand() > epsilon
                action = int(np.argmax(worth)) if greedy else random.randint(len(MOVES))
                following, pay, is_over = move(place, action)
                memory.append((place, action, pay, following, is_over))
                place, steps = following, steps + 1
                batch = [memory[i] for i in random.randint(len(memory), size=32)]
                before, done, paid, after, ended = zip(*batch, strict=True)
                best = session.run(frozen, {states: seen(after)}).max(1)
                aims = np.array(paid) + 0.95 * best * (1 - np.array(ended))
                session.run(train, {states: seen(before), actions: done, targets: aims})
            epsilon = max(0.1, epsilon * 0.98)
            if episode % 5 == 0:
                session.run(copy)
        place, way, is_over = (0, 0), [(0, 0)], False
        while not is_over and len(way) < 20:
            action = int(np.argmax(session.run(online, {states: seen([place])})))
            place, _, is_over = move(place, action)
            way.append(place)
    print(" ".join(f"{row},{column}" for row, column in way))
    print(f"steps: {len(way) - 1}")


if __name__ == "__main__":
    main()
