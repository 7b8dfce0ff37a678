import type { ChangeOf, PathEdit } from '../../change.js';
import type { Difference } from '../../job.js';
import { sameJson, type Json } from '../../json.js';
import { objectText, type SeenObject } from '../../objects.js';
import type { EditWrite } from '../ports.js';
import {
  ChangedMeanwhile,
  PlanStale,
  UndoFailed,
  type ChangeContext,
  type ChangeExecutor,
} from './executor.js';

interface Held {
  readonly value?: Json | undefined;
}

/** Paths inside somebody else's object. */
export const editExecutor: ChangeExecutor<'edit'> = {
  async capture(change, context) {
    const object = await readObject(change, context);
    const { values, texts } = context.cluster.readEdits(object, change.edits);
    change.edits.forEach((edit, at) => {
      if (!sameHeld(values[at], { value: edit.before })) {
        throw new PlanStale(`${placeText(change, edit)} is no longer what the plan saw.`);
      }
    });
    return { kind: 'edit', uid: uidOf(object), values: [...values], texts: { ...texts } };
  },

  async write(change, before, context) {
    let object = await readObject(change, context);
    const { values } = context.cluster.readEdits(object, change.edits);
    const isOurs = change.edits.every((edit, at) => sameHeld(values[at], { value: edit.after }));
    if (!isOurs) {
      change.edits.forEach((edit, at) => {
        const now = values[at];
        if (sameHeld(now, before.values[at]) || sameHeld(now, { value: edit.after })) return;
        throw new ChangedMeanwhile(
          `${placeText(change, edit)} was changed by somebody else meanwhile.`,
        );
      });
      const writes = change.edits.map((edit) => toWrite(edit, edit.after));
      object = await context.cluster.writeEdits(object, writes, {}, context.signal);
    }
    const reading = context.cluster.readEdits(object, change.edits);
    return {
      kind: 'edit',
      uid: uidOf(object),
      values: [...reading.values],
      texts: { ...reading.texts },
    };
  },

  async verify(change, _written, context) {
    const object = await readObject(change, context);
    if (change.decidedBy !== undefined) return null;
    const { values } = context.cluster.readEdits(object, change.edits);
    const wrong = change.edits.filter((edit, at) => !sameHeld(values[at], { value: edit.after }));
    if (wrong.length === 0) return null;
    return `Not in place: ${wrong.map((edit) => placeText(change, edit)).join(', ')}.`;
  },

  async conflicts(change, before, _written, context) {
    const object = await context.cluster.read(change.object, context.signal);
    if (object === null) {
      return [{ changeId: change.id, where: objectText(change.object), now: 'the object is gone' }];
    }
    if (change.decidedBy !== undefined) return [];
    const { values } = context.cluster.readEdits(object, change.edits);
    return change.edits.flatMap((edit, at): Difference[] => {
      const now = values[at];
      const original = before.values[at];
      if (sameHeld(now, original) || sameHeld(now, { value: edit.after })) return [];
      return [
        {
          changeId: change.id,
          where: placeText(change, edit),
          ...member('before', original?.value),
          ...member('written', edit.after),
          ...member('now', now?.value),
        },
      ];
    });
  },

  async undo(change, before, written, choice, context) {
    const object = await context.cluster.read(change.object, context.signal);
    if (object === null) return;
    const reading = context.cluster.readEdits(object, change.edits);
    const back = change.edits.flatMap(
      (edit, at): { edit: PathEdit; original: Held | undefined }[] => {
        const now = reading.values[at];
        const original = before.values[at];
        if (sameHeld(now, original)) return [];
        const isOurs = sameHeld(now, { value: edit.after }) || change.decidedBy !== undefined;
        return isOurs || choice === 'overwrite' ? [{ edit, original }] : [];
      },
    );
    // Where a whole document is still what we left, its original text goes back whole: byte for byte.
    const texts = Object.fromEntries(
      Object.entries(before.texts).filter(([document, text]) => {
        const now = reading.texts[document];
        return now !== text && written !== null && now === written.texts[document];
      }),
    );
    if (back.length === 0 && Object.keys(texts).length === 0) return;

    const writes = back.map(({ edit, original }) => toWrite(edit, original?.value));
    const after = await context.cluster.writeEdits(object, writes, texts, context.signal);
    const restored = context.cluster.readEdits(after, change.edits);
    for (const { edit, original } of back) {
      if (sameHeld(restored.values[change.edits.indexOf(edit)], original)) continue;
      throw new UndoFailed(`${placeText(change, edit)} did not take its original value.`);
    }
  },
};

async function readObject(change: ChangeOf<'edit'>, context: ChangeContext): Promise<SeenObject> {
  const object = await context.cluster.read(change.object, context.signal);
  if (object === null) throw new PlanStale(`${objectText(change.object)} is gone.`);
  return object;
}

function uidOf(object: SeenObject): string {
  const { uid } = object.metadata;
  return typeof uid === 'string' ? uid : '';
}

function toWrite(edit: PathEdit, value: Json | undefined): EditWrite {
  return {
    path: edit.path,
    ...(edit.document !== undefined && { document: edit.document }),
    ...(value !== undefined && { value }),
  };
}

function sameHeld(a: Held | undefined, b: Held | undefined): boolean {
  return sameJson(a?.value, b?.value);
}

function member(name: string, value: Json | undefined): Record<string, Json> {
  return value === undefined ? {} : { [name]: value };
}

function placeText(change: ChangeOf<'edit'>, edit: PathEdit): string {
  const document = edit.document === undefined ? '' : ` ${edit.document.path.at(-1) ?? ''}`;
  return `${objectText(change.object)}${document} ${edit.path.join('.')}`;
}
