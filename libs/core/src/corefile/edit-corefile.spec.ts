import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { corefileValue } from './corefile-places.js';
import { editCorefile } from './edit-corefile.js';
import { isProblem, parseCorefile } from './parse-corefile.js';
import { recordedCorefiles } from './testing/recorded-corefiles.js';
import { someCorefile } from './testing/some-corefile.js';

const recorded = (name: string) => recordedCorefiles[name] ?? '';

/** Lines of one text that the other does not have at the same distance from either end. */
function changedLines(before: string, after: string) {
  const [old, now] = [before.split('\n'), after.split('\n')];
  let head = 0;
  while (head < Math.min(old.length, now.length) && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(old.length, now.length) - head && old.at(-1 - tail) === now.at(-1 - tail))
    tail += 1;
  return { gone: old.slice(head, old.length - tail), come: now.slice(head, now.length - tail) };
}

describe('editCorefile', () => {
  it.each<[string, string[], string[] | undefined, string[], string[]]>([
    ['kubeadm', ['.:53', 'cache'], ['60'], ['    cache 30 {'], ['    cache 60 {']],
    ['kubeadm', ['.:53', 'cache'], [], ['    cache 30 {'], ['    cache {']],
    [
      'kubeadm',
      ['.:53', 'health', 'lameduck'],
      ['10s'],
      ['       lameduck 5s'],
      ['       lameduck 10s'],
    ],
    ['kubeadm', ['.:53', 'cache', 'success'], ['20000', '60'], [], ['       success 20000 60']],
    ['kubeadm', ['.:53', 'autopath'], ['@kubernetes'], [], ['    autopath @kubernetes']],
    [
      'kubeadm',
      ['.:53', 'kubernetes', 'pods'],
      ['verified'],
      ['       pods insecure'],
      ['       pods verified'],
    ],
    ['kubeadm', ['.:53', 'ready'], undefined, ['    ready'], []],
    [
      'kubeadm',
      ['.:53', 'cache', 'disable success'],
      undefined,
      ['       disable success cluster.local'],
      [],
    ],
    [
      'kubeadm',
      ['.:53', 'health', 'lameduck'],
      undefined,
      ['    health {', '       lameduck 5s', '    }'],
      ['    health'],
    ],
    [
      'eks',
      ['.:53', 'cache', 'prefetch'],
      ['10', '1m', '10%'],
      ['    cache 30'],
      ['    cache 30 {', '        prefetch 10 1m 10%', '    }'],
    ],
    [
      'eks',
      ['.:53', 'forward .', 'policy'],
      ['random'],
      ['    forward . /etc/resolv.conf'],
      ['    forward . /etc/resolv.conf {', '        policy random', '    }'],
    ],
    [
      'aks',
      ['.:53', 'template ANY ANY reddog.microsoft.com', 'rcode'],
      ['SERVFAIL'],
      ['      rcode NXDOMAIN'],
      ['      rcode SERVFAIL'],
    ],
    [
      'by hand',
      ['.', 'cache', 'success'],
      ['2000'],
      ['    cache # all defaults'],
      ['    cache { # all defaults', '    \tsuccess 2000', '    }'],
    ],
    [
      'by hand',
      ['.', 'cache'],
      ['5'],
      ['    cache # all defaults'],
      ['    cache 5 # all defaults'],
    ],
    [
      'by hand',
      ['.', 'erratic', 'drop'],
      ['2'],
      ['    erratic   { }'],
      ['    erratic   {', '    \tdrop 2', '    }'],
    ],
    ['by hand', ['.', 'bind', 'except'], ['a'], [], ['    bind {', '    \texcept a', '    }']],
    ['by hand', ['(common)', 'errors'], undefined, ['\terrors # to stdout'], []],
    [
      'by hand',
      ['example.org:1053 example.net:1053', 'file'],
      ['x y'],
      ['\tfile "/zones/a#b" # the zone'],
      ['\tfile "x y" # the zone'],
    ],
  ])('changes in %s at %j to %j no line but its own', (name, path, value, gone, come) => {
    const after = editCorefile(recorded(name), path, value) ?? '';

    expect(changedLines(recorded(name), after)).toEqual({ gone, come });
  });

  it('keeps the line endings of the file', () => {
    const text = recorded('kubeadm').replaceAll('\n', '\r\n');
    const after = editCorefile(text, ['.:53', 'autopath'], ['@kubernetes']) ?? '';
    expect(after.replaceAll('\r\n', '')).not.toContain('\n');
  });

  it('gives the very same text back when it says so already', () => {
    expect(editCorefile(recorded('eks'), ['.:53', 'nothing'], undefined)).toBe(recorded('eks'));
    expect(editCorefile(recorded('kubeadm'), ['.:53', 'cache'], ['30'])).toBe(recorded('kubeadm'));
  });

  it.each<[string, string, string[], string[] | undefined]>([
    ['several lines fit', recorded('kubeadm'), ['.:53', 'cache', 'disable'], ['x']],
    ['the block is not there', recorded('kubeadm'), ['.:54', 'cache'], ['30']],
    ['the text cannot be read', '. {', ['.', 'cache'], ['30']],
    ['a word cannot be written down', recorded('kubeadm'), ['.:53', 'cache'], ['a \\" b']],
    ['a word would read as a brace', recorded('kubeadm'), ['.:53', 'ready'], ['{']],
  ])('refuses when %s', (_what, text, path, value) => {
    expect(editCorefile(text, path, value)).toBeNull();
  });

  const edits = fc.record({
    name: fc.constantFrom('errors', 'cache', 'health', 'someplugin', 'autopath'),
    property: fc.option(fc.constantFrom('lameduck', 'success', 'added'), { nil: null }),
    value: fc.option(
      fc.array(fc.constantFrom('30', 'two words', '@kubernetes', 'a#b'), { maxLength: 3 }),
      {
        nil: undefined,
      },
    ),
  });

  it('says afterwards what was asked, and changes nothing else', () => {
    let edited = 0;
    fc.assert(
      fc.property(someCorefile, edits, ({ text, lines }, { name, property, value }) => {
        const label = lines[0]?.path[0] ?? '.';
        const path = [label, name, ...(property === null ? [] : [property])];
        const after = editCorefile(text, path, value);
        if (after === null) return;
        edited += 1;
        const file = parseCorefile(after);
        if (isProblem(file)) throw new Error(file.problem);

        expect(corefileValue(file, path)).toEqual(value);
        for (const other of lines) {
          const isBelow = path.every((step, at) => other.path[at] === step);
          if (!isBelow) expect(corefileValue(file, other.path)).toEqual(other.value);
        }
        // Every comment line stays.
        const notes = (all: string) =>
          all.split(/\r?\n/).filter((line) => line.startsWith('# between'));
        if (value !== undefined) expect(notes(after)).toEqual(notes(text));
      }),
      { numRuns: 500 },
    );
    expect(edited).toBeGreaterThan(200);
  });
});
