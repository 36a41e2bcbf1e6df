// Runs a program for wasm32-unknown-unknown, which has no imports and no output, only an exit code.
import { readFile } from "node:fs/promises";

const { instance } = await WebAssembly.instantiate(await readFile(process.argv[2]), {});
const started = performance.now();
const code = instance.exports.main(0, 0);
console.log(`exit code ${code} after ${Math.round(performance.now() - started)} ms`);
process.exit(code);
