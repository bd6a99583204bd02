"""What tf.* calls build, and what is known of it before anything runs."""
