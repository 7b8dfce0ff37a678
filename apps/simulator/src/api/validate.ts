import { z } from 'zod';
import { badRequest, invalid, type Cause } from './api-error.js';
import { sameValue, type KubeObject } from './kube-object.js';
import type { Resource } from './resources.js';

const dnsName = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const nameRule =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

const texts = z.record(z.string(), z.string()).optional();
const Head = z.looseObject({
  metadata: z.looseObject({ name: z.string().optional(), labels: texts, annotations: texts }),
});
const Container = z.looseObject({
  name: z.string(),
  image: z.string(),
  command: z.array(z.string()).optional(),
  args: z.array(z.string()).optional(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).optional(),
});
const PodSpec = z.looseObject({
  containers: z.array(Container).min(1),
  initContainers: z.array(Container).optional(),
  nodeName: z.string().optional(),
  hostNetwork: z.boolean().optional(),
});
const Template = z.looseObject({ spec: PodSpec });
const Workload = z.looseObject({
  selector: z.looseObject({ matchLabels: z.record(z.string(), z.string()).optional() }),
  template: Template,
});

/** Only as much as the simulated controllers rely on; a real server checks far more. */
const specByKind: Readonly<Record<string, z.ZodType>> = {
  Pod: PodSpec,
  Job: z.looseObject({ template: Template, backoffLimit: z.int().min(0).optional() }),
  DaemonSet: Workload,
  Deployment: Workload,
  Service: z.looseObject({
    ports: z.array(z.looseObject({ port: z.int() })).min(1, 'Required value'),
    selector: z.record(z.string(), z.string()).optional(),
  }),
};

/** Throws 400 for a body that is no object at all. */
export function requireObject(body: unknown): KubeObject {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    throw badRequest('the object provided is unrecognized');
  }
  const object = { metadata: {}, ...body } as unknown as KubeObject;
  const head = Head.safeParse(object);
  if (head.success) return object;
  const [issue] = head.error.issues;
  throw badRequest(
    `unable to decode object: .${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`,
  );
}

export function validate(resource: Resource, object: KubeObject): void {
  const { name } = object.metadata;
  const causes: Cause[] = [];
  // RBAC names may hold colons; everything else is a DNS name.
  if (name === '') {
    const message = 'Required value: name or generateName is required';
    causes.push({ reason: 'FieldValueRequired', message, field: 'metadata.name' });
  } else if (!dnsName.test(name) && !resource.group.startsWith('rbac.')) {
    const message = `Invalid value: ${JSON.stringify(name)}: ${nameRule}`;
    causes.push({ reason: 'FieldValueInvalid', message, field: 'metadata.name' });
  }
  const spec = specByKind[object.kind]?.safeParse(object.spec ?? {});
  for (const issue of spec?.error?.issues ?? []) {
    const isMissing =
      issue.message === 'Required value' || issue.message.includes('received undefined');
    causes.push({
      reason: isMissing ? 'FieldValueRequired' : 'FieldValueInvalid',
      message: isMissing ? 'Required value' : `Invalid value: ${issue.message}`,
      field: ['spec', ...issue.path].join('.'),
    });
  }
  if (causes.length > 0) throw invalid(resource, name, causes);
}

/** What no update may change. */
export function validateUpdate(resource: Resource, before: KubeObject, after: KubeObject): void {
  const causes: Cause[] = [];
  const immutable = (field: string, value: unknown): void => {
    const message = `Invalid value: ${JSON.stringify(value)}: field is immutable`;
    causes.push({ reason: 'FieldValueInvalid', message, field });
  };
  if (after.metadata.uid !== before.metadata.uid) immutable('metadata.uid', after.metadata.uid);
  if (['DaemonSet', 'Deployment', 'Job'].includes(resource.kind)) {
    const { selector } = after.spec ?? {};
    if (!sameValue(selector, before.spec?.['selector'])) immutable('spec.selector', selector);
  }
  if (resource.kind === 'Job') {
    const { template } = after.spec ?? {};
    if (!sameValue(template, before.spec?.['template'])) immutable('spec.template', template);
  }
  if (causes.length > 0) throw invalid(resource, after.metadata.name, causes);
}
