import { isAlias, isCollection, isScalar, LineCounter, parseAllDocuments, visit } from 'yaml';
import { refusal } from './refuse.js';

/** Bytes of UTF-8; a kubeconfig of one cluster has 5 to 10 KiB. */
const maxBytes = 65_536;

/**
 * One YAML (or JSON) document as plain values, without any of the features by which a text says
 * more than it holds: anchors, aliases, merge keys, tags, repeated keys, further documents.
 *
 * @throws Unacceptable (`kubeconfig-…`); never shows content
 */
export function readDocument(text: string): unknown {
  if (new TextEncoder().encode(text).length > maxBytes) {
    throw refusal('too-large', `The kubeconfig has more than ${maxBytes} bytes.`);
  }
  const lines = new LineCounter();
  const documents = parse(text, lines);
  const [document] = documents;
  if (documents.length > 1) {
    throw refusal('several-documents', `The text has ${documents.length} documents.`);
  }
  if (document === undefined) throw refusal('not-yaml', 'The text is empty.');

  refuseFeatures(document, lines);
  const [error] = document.errors;
  if (error !== undefined) {
    const line = error.linePos?.[0].line ?? lines.linePos(error.pos[0]).line;
    if (error.code === 'DUPLICATE_KEY')
      throw refusal('duplicate-keys', `Line ${line} repeats a key.`);
    throw refusal('not-yaml', `The kubeconfig is not YAML: see line ${line} (${error.code}).`);
  }
  return document.toJS({ maxAliasCount: 0 }) as unknown;
}

function parse(text: string, lineCounter: LineCounter) {
  // The parser calls itself for each level, so a flood of brackets ends the stack, not the process.
  refuseDepth(text);
  try {
    const documents = parseAllDocuments(text, {
      lineCounter,
      version: '1.2',
      schema: 'core',
      merge: false,
      uniqueKeys: true,
      strict: true,
      prettyErrors: false,
      logLevel: 'silent',
    });
    return Array.isArray(documents) ? documents : [];
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw refusal('too-deep', 'The kubeconfig is nested too deeply.');
    }
    throw cause;
  }
}

/** Counts brackets wherever they stand: a kubeconfig holds none inside its texts. */
function refuseDepth(text: string): void {
  let depth = 0;
  for (const sign of text) {
    if (sign === '[' || sign === '{') depth += 1;
    if (sign === ']' || sign === '}') depth -= 1;
    if (depth > 32) throw refusal('too-deep', 'The kubeconfig is nested too deeply.');
  }
  if (/^(?:[-?] *){33}/m.test(text) || /^ {256}/m.test(text)) {
    throw refusal('too-deep', 'The kubeconfig is nested too deeply.');
  }
}

function refuseFeatures(document: Parameters<typeof visit>[0], lines: LineCounter): void {
  visit(document, {
    Node(_key, node) {
      const where = `Line ${lines.linePos(node.range?.[0] ?? 0).line}`;
      if (isAlias(node)) throw refusal('aliases', `${where} has an alias.`);
      if (node.anchor !== undefined) throw refusal('aliases', `${where} has an anchor.`);
      if ((isScalar(node) || isCollection(node)) && node.tag !== undefined) {
        throw refusal('tags', `${where} has a tag.`);
      }
    },
    Pair(_key, pair) {
      if (isScalar(pair.key) && pair.key.value === '<<') {
        const line = lines.linePos(pair.key.range?.[0] ?? 0).line;
        throw refusal('merge-keys', `Line ${line} has a merge key.`);
      }
    },
  });
}
