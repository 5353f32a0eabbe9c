// Losses fused with their gradients.
