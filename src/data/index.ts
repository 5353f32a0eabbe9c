// torch.utils.data: datasets and the loader.

export { type Collated, defaultCollate } from "./collate.ts";
export { type Dataset, randomSplit, Subset, TensorDataset, type Tensors } from "./dataset.ts";
export * from "./loader.ts";
export * from "./progress.ts";
