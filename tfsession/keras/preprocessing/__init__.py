"""`tf.keras.preprocessing`."""

from tfsession.keras.preprocessing import image as image, sequence as sequence, text as text
