import fc from 'fast-check';
import { corefileWord } from '../tokens.js';

interface Line {
  readonly path: readonly string[];
  readonly value: readonly string[];
}

const argument = fc
  .oneof(
    fc.constantFrom(
      '30',
      '5s',
      '.',
      '/etc/resolv.conf',
      '{$UPSTREAM}',
      'two words',
      'a#b',
      '',
      '{',
      '"',
    ),
    fc.string({ maxLength: 6 }).filter((word) => !/[\\\r]/.test(word)),
  )
  .filter((word) => word !== '{' && word !== '}');
const comment = fc.constantFrom('', '', '', ' # a note', '\t#{', '  #"');
const blank = fc.constantFrom('', '', '', '\n', '# between\n', '\n    \n');
const gap = fc.constantFrom(' ', ' ', '  ', '\t');
const names = [
  'errors',
  'cache',
  'health',
  'ready',
  'forward',
  'someplugin',
  'reload',
  'kubernetes',
];
const properties = ['lameduck', 'success', 'ttl', 'pods', 'max_concurrent'];

const words = fc.tuple(fc.array(argument, { maxLength: 3 }), gap).map(([list, space]) => ({
  list,
  text: list.map((word) => space + corefileWord(word)).join(''),
}));
const property = fc.record({ words, comment, blank });
const directive = fc.record({
  words,
  comment,
  blank,
  inner: fc.option(fc.array(property, { maxLength: 3 }), { nil: null }),
});

/** A Corefile with comments, odd spacing, unknown plugins and quoted words, and what it says where. */
export const someCorefile = fc
  .record({
    eol: fc.constantFrom('\n', '\n', '\r\n'),
    indent: fc.constantFrom('    ', '\t', '  '),
    blocks: fc.uniqueArray(fc.constantFrom('.:53', '.', 'example.org:53 example.net', '(common)'), {
      minLength: 1,
    }),
    directives: fc.array(fc.array(directive, { maxLength: 6 }), { minLength: 4, maxLength: 4 }),
  })
  .map(({ eol, indent, blocks, directives }) => {
    const lines: Line[] = [];
    let text = '';
    for (const [at, label] of blocks.entries()) {
      text += `${label} {\n`;
      for (const [position, one] of (directives[at] ?? []).entries()) {
        const name = names[position] ?? '';
        lines.push({ path: [label, name], value: one.words.list });
        text += `${one.blank}${indent}${name}${one.words.text}`;
        if (one.inner !== null) {
          text += ` {${one.comment}\n`;
          for (const [
            place,
            { words: inner, comment: note, blank: before },
          ] of one.inner.entries()) {
            const innerName = properties[place] ?? '';
            lines.push({ path: [label, name, innerName], value: inner.list });
            text += `${before}${indent}${indent}${innerName}${inner.text}${note}\n`;
          }
          text += `${indent}}\n`;
        } else {
          text += `${one.comment}\n`;
        }
      }
      text += '}\n';
    }
    return { text: eol === '\n' ? text : text.replaceAll(/\r?\n/g, '\r\n'), lines };
  });
