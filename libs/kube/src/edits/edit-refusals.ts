import { Unacceptable } from '@fairlead/core';

/** What a text inside an object is written in. */
export type DocumentFormat = 'yaml' | 'json' | 'corefile';

export function impossible(path: readonly string[]): Unacceptable {
  return new Unacceptable(
    'edit-impossible',
    `${path.join('.')} cannot be changed without touching other parts.`,
    {
      remedy: 'Change it by hand, where the text can be read by a person.',
    },
  );
}

export function unreadable(format: DocumentFormat): Unacceptable {
  return new Unacceptable(
    'document-unreadable',
    `A text inside the object is no single valid ${format} document.`,
  );
}
