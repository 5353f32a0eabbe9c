// The Mersenne twister and PyTorch's distributions over it.
