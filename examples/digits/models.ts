// The two models: a multilayer perceptron, and the convolutional net that people expect for digits.
import { nn, type Tensor } from "lanegrad";
import type { Classifier } from "./train.ts";

/** 784 -> 128 -> 10. Input [n, 1, 28, 28], output [n, 10]. */
class Perceptron extends nn.Module {
  flatten = new nn.Flatten();
  fc1 = new nn.Linear(784, 128);
  relu = new nn.ReLU();
  fc2 = new nn.Linear(128, 10);

  override forward(x: Tensor): Tensor {
    return this.fc2.forward(this.relu.forward(this.fc1.forward(this.flatten.forward(x))));
  }
}

/** Two convolutions of 16 and 32 channels with batch norm and pooling, then dropout and two linear layers. */
class ConvNet extends nn.Module {
  features = new nn.Sequential(
    new nn.Conv2d(1, 16, 3, { padding: 1 }),
    new nn.BatchNorm2d(16),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Conv2d(16, 32, 3, { padding: 1 }),
    new nn.BatchNorm2d(32),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
  );
  classifier = new nn.Sequential(
    new nn.Flatten(),
    new nn.Dropout({ p: 0.25 }),
    new nn.Linear(32 * 7 * 7, 128),
    new nn.ReLU(),
    new nn.Linear(128, 10),
  );

  override forward(x: Tensor): Tensor {
    return this.classifier.forward(this.features.forward(x));
  }
}

/** A new model with weights drawn from the seeded stream. */
export const models: Record<"perceptron" | "convolutional net", () => Classifier> = {
  perceptron: () => new Perceptron(),
  "convolutional net": () => new ConvNet(),
};
