import { actorText, Conflict, NotFound, type ProfileSettings } from '@fairlead/core';
import type { ProfileRow, Tx } from '../api.js';
import type { Db } from '../database/database.js';
import { isUniqueViolation } from '../database/database-errors.js';
import { fromJson, json } from '../database/json-column.js';
import { keyset, pageOf } from '../database/pages.js';
import type { Sql } from '../database/sql.js';
import type { Profile, ProfileRevision } from '../generated/client.js';
import { knownId } from '../ids.js';

/** Without a revision where the one that was asked for does not exist. */
type FoundProfile = Omit<ProfileRow, 'revision'> & {
  readonly newest: number;
  readonly revision: number | null;
};

export function profilesIn(db: Db, sql: Sql): Tx['profiles'] {
  async function get(id: string, revision?: number, lock = false): Promise<ProfileRow> {
    const known = knownId('profile', id);
    if (lock) await sql`SELECT id FROM profiles WHERE id = ${known}::uuid FOR UPDATE`;
    const [row] = await sql<FoundProfile>`
      SELECT p.id::text AS id, p.name, p.revision AS newest, p.created_at AS "createdAt", r.revision,
             r.description, r.settings, r.revised_at AS "revisedAt", r.revised_by AS "revisedBy"
      FROM profiles p
      LEFT JOIN profile_revisions r
        ON r.profile_id = p.id AND r.revision = COALESCE(${revision ?? null}::int, p.revision)
      WHERE p.id = ${known}::uuid`;
    if (row === undefined) throw new NotFound('profile', id);
    const { newest, ...found } = row;
    if (found.revision === null)
      throw new NotFound('profile-revision', `${id}@${revision ?? newest}`);
    return found as ProfileRow;
  }

  return {
    get,

    async create({ id, name, description, settings, actor }) {
      try {
        const row = await db.profile.create({ data: { id, name, description, revision: 1 } });
        const revised = await db.profileRevision.create({
          data: {
            profileId: id,
            revision: 1,
            description,
            settings: json(settings),
            revisedBy: actorText(actor),
          },
        });
        return toRow(row, revised);
      } catch (cause) {
        if (!isUniqueViolation(cause)) throw cause;
        throw new Conflict('profile-name-taken', `There is a profile named ${name} already.`, {
          cause,
          remedy: 'Choose another name, or add a revision to the existing profile.',
        });
      }
    },

    async addRevision(id, settings, description, actor) {
      const before = await get(id, undefined, true);
      const revision = before.revision + 1;
      const said = description ?? before.description;
      const row = await db.profile.update({
        where: { id: before.id },
        data: { revision, description: said },
      });
      const revised = await db.profileRevision.create({
        data: {
          profileId: before.id,
          revision,
          description: said,
          settings: json(settings),
          revisedBy: actorText(actor),
        },
      });
      return toRow(row, revised);
    },

    async list(page) {
      const rows = await db.profile.findMany(keyset(page));
      const shown = rows.slice(0, page.limit);
      const newest = await db.profileRevision.findMany({
        where: { OR: shown.map(({ id, revision }) => ({ profileId: id, revision })) },
      });
      const byProfile = new Map(newest.map((revised) => [revised.profileId, revised]));
      return pageOf(rows, page.limit, (row) => {
        const revised = byProfile.get(row.id);
        if (revised === undefined)
          throw new NotFound('profile-revision', `${row.id}@${row.revision}`);
        return toRow(row, revised);
      });
    },
  };
}

function toRow(profile: Profile, revised: ProfileRevision): ProfileRow {
  return {
    id: profile.id,
    name: profile.name,
    description: revised.description,
    revision: revised.revision,
    settings: fromJson<ProfileSettings>(revised.settings),
    createdAt: profile.createdAt,
    revisedAt: revised.revisedAt,
    revisedBy: revised.revisedBy,
  };
}
