# Native PyTorch on one thread. A request a line on standard input, an answer a line: {"make": row} gives a sample of the
# result, {"time": calls} the milliseconds of processor time that these take.
import json
import math
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

torch.set_num_threads(1)


def uniform(seed, n):
    """The hash of data.mjs."""
    h = np.arange(n, dtype=np.uint32) + np.uint32(seed * 0x9E3779B9 & 0xFFFFFFFF)
    h = (h ^ (h >> np.uint32(16))) * np.uint32(0x21F0AAAD)
    h = (h ^ (h >> np.uint32(15))) * np.uint32(0x735A2D97)
    return ((h ^ (h >> np.uint32(15))) >> np.uint32(8)).astype(np.float64) / 16777216


def inputs_of(row):
    out = {}
    for i, (name, spec) in enumerate(row["inputs"].items()):
        u = uniform(i + 1, math.prod(spec["shape"]))
        if "classes" in spec:
            data = torch.from_numpy((u * spec["classes"]).astype(np.int64))
        else:
            data = torch.from_numpy((spec.get("offset", 0) + spec.get("scale", 1) * (2 * u - 1)).astype(np.float32))
        out[name] = data.reshape(spec["shape"])
    return out


def sample(y):
    values = y.detach().reshape(-1)
    step = len(values) // 1000 | 1
    return {"length": len(values), "values": values[::step].tolist()}


def load(module, inputs):
    own = set(module.state_dict())
    module.load_state_dict({k: v for k, v in inputs.items() if k in own}, strict=False)
    return module


UNARY = {"exp": torch.exp, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "log": torch.log, "relu": F.relu, "gelu": F.gelu}


def layer(row, t):
    """The layer of a forward row, or None where it is a function."""
    op = row["op"]
    if op == "linear":
        return nn.Linear(row["from"], row["to"])
    if op == "conv":
        o, c, k, _ = t["weight"].shape
        return nn.Conv2d(c * row["groups"], o, k, row["stride"], row["padding"], row["dilation"], row["groups"])
    if op == "maxpool":
        return nn.MaxPool2d(row["k"], row["stride"], row["padding"])
    if op == "batchnorm":
        return nn.BatchNorm2d(t["x"].shape[1])
    if op == "layernorm":
        return nn.LayerNorm(t["x"].shape[1])
    if op == "softmax":
        return nn.Softmax(1)
    if op == "lstm":
        return nn.LSTM(row["size"], row["hidden"])
    return None


def forward(row, t):
    op = row["op"]
    module = layer(row, t)
    if module is not None:
        load(module, t).eval()
        x = t["x"]
        return (lambda: module(x)[0]) if op == "lstm" else (lambda: module(x))
    if op in ("gemm", "add"):
        a, b = t["a"], t["b"]
        return (lambda: a @ b) if op == "gemm" else (lambda: a + b)
    x = t["x"]
    if op == "unary":
        f = UNARY[row["fn"]]
        return lambda: f(x)
    if op == "sum":
        return lambda: x.sum()
    dim = row["dim"]
    return lambda: x.mean(dim)


def training(row):
    """A model and its criterion."""
    op = row["op"]
    if op == "train-mlp":
        return nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)), nn.CrossEntropyLoss()
    if op == "train-small":
        return nn.Sequential(nn.Linear(10, 5), nn.ReLU(), nn.Linear(5, 2)), nn.MSELoss()
    if op == "train-lstm":
        return nn.LSTM(row["size"], row["hidden"]), nn.MSELoss()
    if op == "train-block":
        return nn.Sequential(nn.Conv2d(16, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU()), nn.MSELoss()
    convolutions = [nn.Conv2d(1, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(), nn.MaxPool2d(2)]
    dense = [nn.Flatten(), nn.Linear(400, 120), nn.ReLU(), nn.Linear(120, 84), nn.ReLU(), nn.Linear(84, 10)]
    return nn.Sequential(*convolutions, *dense), nn.CrossEntropyLoss()


def make(row):
    """What one timed call does, and a sample of the result."""
    t = inputs_of(row)
    if row["kind"] == "forward":
        run = forward(row, t)

        def call(count):
            with torch.inference_mode():
                for _ in range(count):
                    run()

        with torch.inference_mode():
            return call, sample(run())
    model, criterion = training(row)
    load(model, t)
    optimizer = torch.optim.SGD(model.parameters(), 0.01) if row["op"] == "train-small" else torch.optim.Adam(model.parameters())
    x, target = t["x"], t["target"]

    def step():
        optimizer.zero_grad(set_to_none=True)
        y = model(x)
        loss = criterion(y[0] if isinstance(y, tuple) else y, target)
        loss.backward()
        optimizer.step()
        return loss

    def steps(count):
        for _ in range(count):
            step()

    return steps, sample(torch.stack([step().detach() for _ in range(3)]))


def timed(call, count):
    start = time.process_time()
    call(count)
    return (time.process_time() - start) * 1e3


def blas():
    torch.ones(64, 64) @ torch.ones(64, 64)
    with open("/proc/self/maps") as maps:
        loaded = maps.read()
    return next((name for name, part in (("MKL", "libmkl"), ("OpenBLAS", "openblas")) if part in loaded), "reference BLAS")


def main():
    print(json.dumps({"version": f"PyTorch {torch.__version__} ({blas()})"}), flush=True)
    call = None
    for line in sys.stdin:
        request = json.loads(line)
        if "make" in request:
            call, answer = make(request["make"])
        else:
            answer = {"ms": timed(call, request["time"])}
        print(json.dumps(answer), flush=True)


main()
