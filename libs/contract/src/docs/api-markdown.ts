import { operations } from '../operations.js';
import type { Operation } from '../operation.js';

/** docs/api.md: every operation with its two names. */
export function apiMarkdown(): string {
  const rows = (Object.values(operations) as readonly Operation[]).map(
    ({ id, summary, kind, role, rest, grpc, ifMatch }) =>
      `| \`${id}\` | \`${rest.method} ${rest.path}\` | ${rest.status} | \`${grpc.service}/${grpc.method}\` | ${role} | ${kind}${ifMatch === true ? ', If-Match' : ''} | ${summary} |`,
  );
  return `# Operations

Made from \`libs/contract\` by \`npm run docs -w @fairlead/contract\`; a spec holds it to the source. Both transports enter at the
same handlers. REST describes itself at \`/openapi.json\` and \`/docs\`; gRPC is in \`proto/fairlead/v1\`, with reflection and health.

- A key goes into \`Authorization: Bearer …\`, over gRPC into the metadata \`authorization\`.
- Every mutation takes \`Idempotency-Key\` (metadata \`idempotency-key\`) and \`validateOnly\` (over REST in the query).
- An edit marked If-Match needs the resource's \`etag\` in \`If-Match\` (metadata \`if-match\`), or \`*\` to edit whatever is there.
- What is missing is absent, never null, in both transports; times are RFC 3339 texts in both.
- A stream resumes with \`after\`, or \`Last-Event-ID\`: the \`cursor\` of a job event, the \`seq\` of an audit event. A cursor that cannot be
  resumed is refused (410, \`OUT_OF_RANGE\`), never skipped. A comment comes every 15 seconds on a quiet stream over REST; over
  gRPC, HTTP/2 pings do. Whoever reads too slowly is cut off, and resumes.
- \`watchJob\` ends with the event \`watch.ended\` once the job has ended. Close an \`EventSource\` then, or it will reconnect.
- Errors are RFC 9457 problems; over gRPC \`google.rpc.ErrorInfo\` carries the same code. See \`problems.md\`.

| operation | REST | status | gRPC (\`fairlead.v1.\`) | role | kind | |
|---|---|---|---|---|---|---|
${rows.join('\n')}
`;
}
