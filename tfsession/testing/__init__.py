"""What stands behind tf.test."""
