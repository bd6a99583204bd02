"""A first graph: build it, then run it in a session."""

import tfsession as tf

x = tf.placeholder(tf.float32, [None, 3], name="x")
w = tf.Variable(tf.ones([3, 2]), name="w")
y = tf.nn.relu(tf.matmul(x, w) - 4.0, name="y")
(dw,) = tf.gradients(tf.reduce_sum(y), [w])

with tf.Session() as session:
    session.run(tf.global_variables_initializer())
    value, gradient = session.run([y, dw], feed_dict={x: [[1, 2, 3], [0, 1, 2]]})

print("y =", value.tolist())
print("dw =", gradient.tolist())
