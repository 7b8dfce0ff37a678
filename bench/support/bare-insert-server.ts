import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import pg from 'pg';

/** The baseline of `create-job`: the least that can be called a server which stores what it was sent. */
const port = Number(process.env['BENCH_PORT']);
const pool = new pg.Pool({ connectionString: process.env['BENCH_DATABASE_URL'] ?? '', max: 16 });
await pool.query(
  'CREATE TABLE IF NOT EXISTS bench_bare_jobs (id uuid PRIMARY KEY, body jsonb NOT NULL)',
);

const insert = { name: 'insert', text: 'INSERT INTO bench_bare_jobs (id, body) VALUES ($1, $2)' };
const fastify = Fastify({ logger: false });
fastify.get('/readyz', () => ({ status: 'ready' }));
fastify.post('/jobs', async ({ body }, reply) => {
  const id = randomUUID();
  await pool.query({ ...insert, values: [id, JSON.stringify(body)] });
  return await reply.code(202).send({ id });
});
await fastify.listen({ host: '127.0.0.1', port });
