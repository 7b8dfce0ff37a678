// Run in a process of its own by the conformance spec: takes one ring, says so, and never finishes.
import { openQueue, type QueuePlace } from '../index.js';

const queue = await openQueue({
  ...(JSON.parse(process.argv[2] ?? '') as QueuePlace),
  bells: ['tell', 'other'],
  lockSeconds: 2,
  random: Math.random,
});
await queue.listen(
  {
    tell: async (id) => {
      process.stdout.write(`took ${id}\n`);
      await new Promise(() => setInterval(() => undefined, 1_000));
    },
    other: () => Promise.resolve(),
  },
  { concurrency: { tell: 1, other: 1 } },
);
