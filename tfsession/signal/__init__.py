"""`tf.signal`."""

from tfsession.names.absent import explain_in as _explain_in
from tfsession.signal.cosine import (
    dct as dct,
    idct as idct,
    linear_to_mel_weight_matrix as linear_to_mel_weight_matrix,
    mfccs_from_log_mel_spectrograms as mfccs_from_log_mel_spectrograms,
)
from tfsession.signal.transforms import (
    fft as fft,
    fft2d as fft2d,
    fft3d as fft3d,
    fftshift as fftshift,
    frame as frame,
    hamming_window as hamming_window,
    hann_window as hann_window,
    ifft as ifft,
    ifft2d as ifft2d,
    ifft3d as ifft3d,
    ifftshift as ifftshift,
    inverse_stft as inverse_stft,
    inverse_stft_window_fn as inverse_stft_window_fn,
    irfft as irfft,
    irfft2d as irfft2d,
    irfft3d as irfft3d,
    overlap_and_add as overlap_and_add,
    rfft as rfft,
    rfft2d as rfft2d,
    rfft3d as rfft3d,
    stft as stft,
)

_explain_in(__name__)
