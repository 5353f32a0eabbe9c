// Every kernel. The build cuts them in the two modules below; assembly/split.mjs tells why.
export * from "./core";
export * from "./layers";
