/**
 * The line between a page and its worker, and between a worker and its crew.
 *
 * To the worker: `{ id, kind, order }`, `{ id, answer }` to its question, `{ id, cancel: true }`.
 * Back: any number of `{ id, progress }`, perhaps `{ id, question }`, then one of `{ id, done }` or
 * `{ id, failed: { name, message, ... } }`.  An error keeps its name and its own fields (`code`, `leaf`,
 * `status`) across the line.
 */

/**
 * @typedef {object} Hooks of a caller
 * @property {(progress: any) => void} [onProgress]
 * @property {(question: any) => Promise<unknown>} [onQuestion]
 * @property {AbortSignal} [signal]
 *
 * @typedef {object} Desk what a job is given besides its order
 * @property {(progress: unknown) => void} progress
 * @property {(question: unknown) => Promise<any>} ask
 * @property {AbortSignal} signal
 *
 * @typedef {object} Line
 * @property {(kind: string, order: unknown, hooks?: Hooks) => Promise<any>} call
 * @property {() => void} close ends the worker; what is still open fails
 *
 * @typedef {{ postMessage(message: unknown): void, onmessage: ((event: MessageEvent) => void) | null }} Scope
 */

/** @param {unknown} error */
function pack(error) {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  // A DOMException keeps its name and message on its prototype.
  return { ...error, name: error.name, message: error.message };
}

/** @param {{ name: string, message: string }} failed @returns {Error} */
function unpack(failed) {
  return Object.assign(new Error(failed.message), failed);
}

/**
 * @param {Worker} worker
 * @returns {Line}
 */
export function connect(worker) {
  /** @type {Map<number, { resolve: (value: unknown) => void, reject: (error: Error) => void, hooks: Hooks }>} */
  const open = new Map();
  let last = 0;
  /** @type {Error | null} */
  let over = null;
  /** @param {Error} error after which the worker answers nothing any more */
  const end = (error) => {
    over = error;
    for (const { reject } of open.values()) reject(error);
    open.clear();
  };
  worker.onerror = (event) => end(new Error(event.message || "the worker did not start"));
  worker.onmessage = ({ data }) => {
    const call = open.get(data.id);
    if (call === undefined) return;
    if ("progress" in data) return call.hooks.onProgress?.(data.progress);
    if ("question" in data) {
      const asked = call.hooks.onQuestion?.(data.question) ?? Promise.resolve(null);
      asked.then(
        (answer) => worker.postMessage({ id: data.id, answer }),
        (error) => worker.postMessage({ id: data.id, refused: pack(error) }),
      );
      return;
    }
    open.delete(data.id);
    if ("failed" in data) call.reject(unpack(data.failed));
    else call.resolve(data.done);
  };
  return {
    call(kind, order, hooks = {}) {
      if (over !== null) return Promise.reject(over);
      const id = ++last;
      hooks.signal?.addEventListener("abort", () => worker.postMessage({ id, cancel: true }), { once: true });
      return new Promise((resolve, reject) => {
        open.set(id, { resolve, reject, hooks });
        worker.postMessage({ id, kind, order });
        if (hooks.signal?.aborted) worker.postMessage({ id, cancel: true });
      });
    },
    close() {
      worker.terminate();
      end(new Error("the worker was ended"));
    },
  };
}

/**
 * @param {Scope} scope of a worker
 * @param {Readonly<Record<string, (order: any, desk: Desk) => Promise<unknown>>>} jobs by kind
 */
export function serve(scope, jobs) {
  /** @type {Map<number, { controller: AbortController, answer?: (value: unknown) => void, refuse?: (error: Error) => void }>} */
  const running = new Map();
  scope.onmessage = async ({ data }) => {
    const { id } = data;
    const job = running.get(id);
    if ("cancel" in data) return job?.controller.abort();
    if ("answer" in data) return job?.answer?.(data.answer);
    if ("refused" in data) return job?.refuse?.(unpack(data.refused));
    /** @type {{ controller: AbortController, answer?: (value: unknown) => void, refuse?: (error: Error) => void }} */
    const mine = { controller: new AbortController() };
    running.set(id, mine);
    try {
      const done = await jobs[data.kind](data.order, {
        progress: (progress) => scope.postMessage({ id, progress }),
        ask: (question) =>
          new Promise((resolve, reject) => {
            mine.answer = resolve;
            mine.refuse = reject;
            scope.postMessage({ id, question });
          }),
        signal: mine.controller.signal,
      });
      scope.postMessage({ id, done });
    } catch (error) {
      scope.postMessage({ id, failed: pack(error) });
    } finally {
      running.delete(id);
    }
  };
}
