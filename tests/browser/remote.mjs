/**
 * Jobs in a browser that nobody drives: the page asks the server that it came from for the next one and posts what it gave.
 */

import { JOBS } from "/tests/browser/driver.mjs";

for (;;) {
  const next = await (await fetch("/job")).json();
  if (next === null) break;
  const { job, given } = next;
  let answer;
  try {
    answer = { result: await JOBS[job](given) };
  } catch (error) {
    answer = { error: `${error.name}: ${error.message}` };
  }
  await fetch("/answer", { method: "POST", body: JSON.stringify(answer) });
}
