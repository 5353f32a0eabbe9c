// Convolution.
