// Matrix products: packed GEMM, GEMV, linear.
