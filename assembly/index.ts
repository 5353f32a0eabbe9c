// Every kernel. The build cuts them in the modules below; assembly/split.mjs tells why.
export * from "./convolution";
export * from "./core";
export * from "./layers";
export * from "./ops";
export * from "./pooling";
export * from "./recurrence";
