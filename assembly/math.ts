// exp, log, tanh, erf, sin, cos on v128.
