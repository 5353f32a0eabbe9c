// Softmax and log-softmax.
