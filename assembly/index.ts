// Every kernel. The build cuts them in the four modules below; assembly/split.mjs tells why.
export * from "./convolution";
export * from "./core";
export * from "./layers";
export * from "./ops";
