// Elementwise arithmetic and comparison of two tensors.
