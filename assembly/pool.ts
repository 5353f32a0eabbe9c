// Pooling.
