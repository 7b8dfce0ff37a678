import {
  isCorefileProblem,
  parseCorefile,
  type Corefile,
  type CorefileBlock,
  type CorefileDirective,
} from '@fairlead/core';

/** The block that answers the cluster's own names, in a Corefile that can be read. */
export interface ClusterBlock {
  readonly file: Corefile;
  readonly block: CorefileBlock;
}

/** Null with the reason, without a full stop, when there is not exactly one such block. */
export function clusterBlockOf(text: string): ClusterBlock | { readonly problem: string } {
  const file = parseCorefile(text);
  if (isCorefileProblem(file))
    return { problem: `its line ${file.line} cannot be read: ${file.problem}` };
  const blocks = serverBlocks(file).filter((block) => has(block, 'kubernetes'));
  const [block, ...others] = blocks;
  if (block === undefined)
    return { problem: 'none of its server blocks has the kubernetes plugin' };
  if (others.length > 0) {
    return { problem: 'several of its server blocks have the kubernetes plugin' };
  }
  const isDoubled = file.blocks.filter(({ label }) => label === block.label).length > 1;
  return isDoubled ? { problem: `it has two blocks ${block.label}` } : { file, block };
}

export function serverBlocks(file: Corefile): readonly CorefileBlock[] {
  return file.blocks.filter(({ isSnippet }) => !isSnippet);
}

export function has(block: CorefileBlock, plugin: string): boolean {
  return directivesOf(block, plugin).length > 0;
}

export function directivesOf(block: CorefileBlock, plugin: string): readonly CorefileDirective[] {
  return block.directives.filter(({ words }) => words[0]?.text === plugin);
}

/** Where pods show metrics; null where they show none beyond their own loopback. */
export function metricsPortOf(file: Corefile): number | null {
  for (const block of serverBlocks(file)) {
    for (const { words } of directivesOf(block, 'prometheus')) {
      // Without an address it listens on localhost.
      const [, port] = /^(?:0\.0\.0\.0|\[::\])?:(\d+)$/.exec(words[1]?.text ?? '') ?? [];
      if (port !== undefined && Number(port) > 0 && Number(port) < 65_536) return Number(port);
    }
  }
  return null;
}
