/** Waiting for something to become true, with a limit and a sentence for when it does not. */

const pauseMillisecondsMin = 25;
const pauseMillisecondsMax = 250;

/**
 * Asks again and again until the answer is not null, soon at first and less often later.
 *
 * @throws {Error} after `seconds`, saying what was waited for.
 */
export async function waitFor<Result>(
  what: string,
  seconds: number,
  ask: () => Promise<Result | null> | Result | null,
): Promise<Result> {
  const end = performance.now() + seconds * 1000;
  for (let pause = pauseMillisecondsMin; ; pause = Math.min(2 * pause, pauseMillisecondsMax)) {
    const result = await ask();
    if (result !== null) return result;
    if (performance.now() > end) throw new Error(`Waited ${seconds} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** Does work for every item, at most `concurrency` at a time; a failure of one does not stop the others. */
export async function forEachAtOnce<Item>(
  items: readonly Item[],
  concurrency: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: Math.max(1, concurrency) }, worker));
}
