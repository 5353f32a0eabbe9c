import { runCases } from "../cases.ts";

runCases("norm", () => ({ rtol: 1e-5, atol: 1e-5 }));
