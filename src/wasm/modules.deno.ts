// The compiled kernels in Deno, which needs no small files: the relaxed SIMD build as it is, 4 ms of a start less than to unpack it.
// build.mjs puts the bytes here, as base64.
import { bytesOf } from "./base64.ts";
// @ts-expect-error: a text
import convolutionText from "./convolution.wasm?base64";
// @ts-expect-error: a text
import coreText from "./core.wasm?base64";
// @ts-expect-error: a text
import layersText from "./layers.wasm?base64";
// @ts-expect-error: a text
import opsText from "./ops.wasm?base64";
// @ts-expect-error: a text
import poolingText from "./pooling.wasm?base64";
// @ts-expect-error: a text
import recurrenceText from "./recurrence.wasm?base64";

const compile = (text: string): WebAssembly.Module => new WebAssembly.Module(bytesOf(text));

export const core = (): WebAssembly.Module => compile(coreText);
export const ops = (): WebAssembly.Module => compile(opsText);
export const convolution = (): WebAssembly.Module => compile(convolutionText);
export const pooling = (): WebAssembly.Module => compile(poolingText);
export const recurrence = (): WebAssembly.Module => compile(recurrenceText);
export const layers = (): WebAssembly.Module => compile(layersText);
