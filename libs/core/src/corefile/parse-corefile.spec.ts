import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { corefileValue } from './corefile-places.js';
import { isProblem, parseCorefile, type Corefile } from './parse-corefile.js';
import { recordedCorefiles } from './testing/recorded-corefiles.js';
import { someCorefile } from './testing/some-corefile.js';
import { corefileTokens, corefileWord } from './tokens.js';

function parsed(text: string): Corefile {
  const file = parseCorefile(text);
  if (isProblem(file)) throw new Error(`line ${file.line}: ${file.problem}`);
  return file;
}

describe('corefileTokens', () => {
  it.each<[string, string[]]>([
    ['a b', ['a', 'b']],
    ['a "b c" d', ['a', 'b c', 'd']],
    ['"say \\"so\\"" \\n', ['say "so"', '\\n']],
    ['"C:\\dir"', ['C:\\dir']],
    ['a"b c', ['a"b', 'c']],
    ['"a"b', ['a', 'b']],
    ['a#b c\nd', ['a', 'd']],
    ['"a#b"', ['a#b']],
    ['""', ['']],
    ['a\r\nb', ['a', 'b']],
    ['\ufeffa', ['a']],
    ['{$HOME} {', ['{$HOME}', '{']],
  ])('cuts %j as CoreDNS does', (text, words) => {
    expect(corefileTokens(text)?.map((token) => token.text)).toEqual(words);
  });

  it('counts the lines of quoted words', () => {
    expect(corefileTokens('a "b\nc" d\ne')?.map(({ line }) => line)).toEqual([1, 1, 2, 3]);
  });

  it('has nothing to say about a quote that is never closed', () => {
    expect(corefileTokens('a "b c')).toBeNull();
  });

  it('cuts every word that can be written back into itself', () => {
    const words = fc.string({ unit: 'grapheme' }).filter((word) => !/[\\\r]/.test(word));
    fc.assert(
      fc.property(fc.array(words), (list) => {
        const text = list.map(corefileWord).join(' ');
        expect(corefileTokens(text)?.map((token) => token.text)).toEqual(list);
      }),
    );
  });
});

describe('parseCorefile', () => {
  it.each(Object.keys(recordedCorefiles))('reads a Corefile of %s', (name) => {
    const { blocks } = parsed(recordedCorefiles[name] ?? '');
    expect(blocks.length).toBeGreaterThan(0);
  });

  it('tells blocks, snippets and imports apart', () => {
    expect(
      parsed(recordedCorefiles['by hand'] ?? '').blocks.map(({ label, isSnippet }) => [
        label,
        isSnippet,
      ]),
    ).toEqual([
      ['(common)', true],
      ['example.org:1053 example.net:1053', false],
      ['.', false],
    ]);
    expect(parsed(recordedCorefiles['aks'] ?? '').imports).toEqual(['custom/*.server']);
  });

  it.each<[string, string[], readonly string[] | null | undefined]>([
    ['kubeadm', ['.:53', 'cache'], ['30']],
    ['kubeadm', ['.:53', 'health', 'lameduck'], ['5s']],
    ['kubeadm', ['.:53', 'forward .', 'max_concurrent'], ['1000']],
    ['kubeadm', ['.:53', 'cache', 'disable'], null],
    ['kubeadm', ['.:53', 'cache', 'disable denial'], ['cluster.local']],
    ['kubeadm', ['.:53', 'cache', 'prefetch'], undefined],
    ['kubeadm', ['.:54', 'cache'], undefined],
    ['openshift', ['.:5353', 'cache', 'denial'], ['9984', '30']],
    ['node-cache', ['in-addr.arpa:53 ip6.arpa:53', 'cache'], ['30']],
    ['by hand', ['.', 'cache'], []],
    ['by hand', ['example.org:1053 example.net:1053', 'rewrite'], null],
    [
      'by hand',
      ['example.org:1053 example.net:1053', 'someplugin'],
      ['{$SECRET_PLACE}', 'two words', 'and "quotes"'],
    ],
    ['by hand', ['(common)', 'errors'], []],
  ])('finds in %s at %j what stands there', (name, path, value) => {
    expect(corefileValue(parsed(recordedCorefiles[name] ?? ''), path)).toEqual(value);
  });

  it('reads one server block without braces', () => {
    expect(
      corefileValue(parsed('.:53\nerrors\ncache 5 {\n  prefetch 2\n}\n'), [
        '.:53',
        'cache',
        'prefetch',
      ]),
    ).toEqual(['2']);
  });

  it.each([
    ['. {\n  cache 30\n', 3],
    ['. {\n  cache {\n    prefetch 1\n  }\n', 5],
    ['}', 1],
    ['. {\n  } \n}', 3],
    ['. {\n  "a\n}', 3],
    ['. {\n  {\n  }\n}', 2],
    ['(s)\nerrors', 2],
    ['a, {\n}', 1],
    ['import', 1],
    ['import a b', 1],
  ])('says where %j cannot be read', (text, line) => {
    const file = parseCorefile(text);
    expect(isProblem(file)).toBe(true);
    expect(file).toMatchObject({ problem: expect.any(String) as string });
    expect((file as { line: number }).line).toBeLessThanOrEqual(line);
  });

  it('takes the words and the gaps between them for the whole text', () => {
    fc.assert(
      fc.property(someCorefile, ({ text }) => {
        let at = 0;
        let printed = '';
        for (const { start, end } of corefileTokens(text) ?? []) {
          const gap = text.slice(at, start);
          expect(gap.replaceAll(/#[^\n]*/g, '').trim()).toBe('');
          printed += gap + text.slice(start, end);
          at = end;
        }
        expect(printed + text.slice(at)).toBe(text);
      }),
    );
  });

  it('reads from a generated file what went into it', () => {
    fc.assert(
      fc.property(someCorefile, ({ text, lines }) => {
        const file = parsed(text);
        for (const { path, value } of lines) expect(corefileValue(file, path)).toEqual(value);
      }),
    );
  });
});
