import { problemCatalogue } from '../problems/catalogue.js';
import { statusOfCode } from '../problems/problem.js';
import { reactions } from '../problems/reactions.js';

/** docs/problems.md: every code that a caller may meet. */
export function problemsMarkdown(): string {
  const rows = Object.entries(problemCatalogue)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([code, { kind, title, example, remedy }]) =>
        `| <a id="${code}"></a>\`${code}\` | ${statusOfCode(code)} | ${reactions[kind].grpc} | ${title} | ${example} | ${remedy} |`,
    );
  return `# Problems

Made from \`libs/contract\`; a spec holds it to the source. The code ends the \`type\` of a REST problem and is the \`reason\` of gRPC's
\`google.rpc.ErrorInfo\`. A code is never reworded. Each gateway serves these at \`/problems/{code}\`.

| code | HTTP | gRPC | what | for example | what to do |
|---|---|---|---|---|---|
${rows.join('\n')}
`;
}
