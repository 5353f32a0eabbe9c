import * as nn from "lanegrad/nn";
export const makeModel = (): nn.Sequential =>
  new nn.Sequential(new nn.Linear(3, 16), new nn.ReLU(), new nn.Linear(16, 2));
