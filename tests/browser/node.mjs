/**
 * Calls the driver from Node: a line of JSON `{ job, given }` on standard input, a line of JSON back, until the input ends.
 */

import { stdin, stdout } from "node:process";
import { createInterface } from "node:readline";

import { JOBS } from "./driver.mjs";

for await (const line of createInterface({ input: stdin })) {
  const { job, given } = JSON.parse(line);
  let answer;
  try {
    answer = { result: (await JOBS[job](given)) ?? null };
  } catch (error) {
    answer = { error: error.stack };
  }
  stdout.write(`${JSON.stringify(answer)}\n`);
}
