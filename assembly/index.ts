// Every kernel. The build cuts them in the three modules below; assembly/split.mjs tells why.
export * from "./core";
export * from "./layers";
export * from "./ops";
