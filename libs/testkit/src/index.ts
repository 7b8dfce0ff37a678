export { freshDatabase, type FreshDatabase } from './fresh-database.js';
export { frozenClock, type FrozenClock } from './frozen-clock.js';
export { spawnSource } from './spawn-source.js';
