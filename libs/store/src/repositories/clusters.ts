import { Conflict, NotFound } from '@fairlead/core';
import type { ClusterRow, ClusterState, Tx } from '../api.js';
import type { Db } from '../database/database.js';
import { isUniqueViolation } from '../database/database-errors.js';
import { fromJson, json, jsonOrNull } from '../database/json-column.js';
import { keyset, pageOf } from '../database/pages.js';
import type { Sql } from '../database/sql.js';
import type { Cluster, Prisma } from '../generated/client.js';
import { knownId } from '../ids.js';
import type { SecretBox } from '../secrets/sealing.js';

/** After which the sweeper asks for another look at a cluster. */
const recheckSeconds: Readonly<Record<ClusterState, number>> = {
  registering: 15,
  ready: 60,
  unreachable: 30,
  refused: 300,
};

export function clustersIn(db: Db, sql: Sql, box: SecretBox): Tx['clusters'] {
  async function get(id: string, lock = false): Promise<ClusterRow> {
    const known = knownId('cluster', id);
    if (lock) await sql`SELECT id FROM clusters WHERE id = ${known}::uuid FOR UPDATE`;
    const [row] = await sql<ClusterRow>`
      SELECT id, name, labels, endpoint, state, problem, identity, facts, version,
             created_at AS "createdAt", updated_at AS "updatedAt", checked_at AS "checkedAt"
      FROM clusters WHERE id = ${known}::uuid`;
    if (row === undefined) throw new NotFound('cluster', id);
    return row;
  }

  return {
    get,

    async create({ id, name, labels, credentials }) {
      const endpoint = credentials.server;
      const sealed = box.seal(JSON.stringify(credentials), { clusterId: id, endpoint });
      const row = await nameTaken(name, () =>
        db.cluster.create({
          data: {
            id,
            name,
            labels,
            endpoint,
            state: 'registering',
            checkDueAt: dueAfter('registering'),
          },
        }),
      );
      await db.clusterCredential.create({ data: { clusterId: id, ...sealed } });
      return toRow(row);
    },

    async list(page, { label = [] }) {
      const { where, ...rest } = keyset(page);
      const AND = label.map(labelled);
      const rows = await db.cluster.findMany({ ...rest, where: { ...where, AND } });
      return pageOf(rows, page.limit, toRow);
    },

    async update(id, { name, labels, credentials }) {
      const before = await get(id, true);
      const data: Prisma.ClusterUpdateInput = { version: { increment: 1 }, updatedAt: new Date() };
      if (name !== undefined) data.name = name;
      if (labels !== undefined) data.labels = labels;
      if (credentials !== undefined) {
        const endpoint = credentials.server;
        const sealed = box.seal(JSON.stringify(credentials), { clusterId: before.id, endpoint });
        const sealedAt = new Date();
        await db.clusterCredential.upsert({
          where: { clusterId: before.id },
          create: { clusterId: before.id, ...sealed, sealedAt },
          update: { ...sealed, sealedAt },
        });
        data.endpoint = endpoint;
        data.state = 'registering';
        data.problem = jsonOrNull(null);
        data.checkDueAt = dueAfter('registering');
      }
      const where = { id: before.id };
      return toRow(await nameTaken(name ?? '', () => db.cluster.update({ where, data })));
    },

    async remove(id) {
      const { id: known } = await get(id, true);
      // Creating a job locks the cluster's row too, so none slips in between.
      const running = await db.job.count({ where: { clusterId: known, endedAt: null } });
      if (running > 0) {
        throw new Conflict(
          'cluster-has-running-jobs',
          `${running} job(s) of this cluster still run.`,
          {
            remedy: 'Cancel them, or wait until they have ended.',
          },
        );
      }
      // Nobody can take anything of an ended job down there any more.
      await db.job.updateMany({ where: { clusterId: known }, data: { recheckAt: null } });
      await db.cluster.delete({ where: { id: known } });
    },

    async recordCheck(id, { state, problem, facts, identity }) {
      const { id: known, identity: pinned } = await get(id, true);
      const now = new Date();
      await db.cluster.update({
        where: { id: known },
        data: {
          state,
          problem: jsonOrNull(problem),
          checkedAt: now,
          updatedAt: now,
          checkDueAt: dueAfter(state),
          ...(facts === undefined ? {} : { facts: json(facts) }),
          ...(identity === undefined || pinned !== null ? {} : { identity: json(identity) }),
        },
      });
    },
  };
}

export function toRow(row: Cluster): ClusterRow {
  const { checkDueAt: _checkDueAt, ...shown } = row;
  return {
    ...shown,
    labels: fromJson(row.labels),
    state: row.state as ClusterState,
    problem: fromJson(row.problem),
    identity: fromJson(row.identity),
    facts: fromJson(row.facts),
  };
}

/** `name=value`, or `name` alone for any value. */
function labelled(label: string): Prisma.ClusterWhereInput {
  const at = label.indexOf('=');
  if (at < 0) return { labels: { path: [label], string_starts_with: '' } };
  return { labels: { path: [label.slice(0, at)], equals: label.slice(at + 1) } };
}

function dueAfter(state: ClusterState): Date {
  return new Date(Date.now() + recheckSeconds[state] * 1000);
}

async function nameTaken<T>(name: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    if (!isUniqueViolation(cause)) throw cause;
    throw new Conflict('cluster-name-taken', `There is a cluster named ${name} already.`, {
      cause,
      remedy: 'Choose another name, or edit the existing cluster.',
    });
  }
}
