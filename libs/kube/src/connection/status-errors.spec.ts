import { AddressRefused, DomainError } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { errorOfFailure, errorOfStatus, parseStatus } from './status-errors.js';

describe('errorOfStatus', () => {
  it.each([
    [302, '', 'precondition', 'redirect-refused'],
    [400, 'BadRequest', 'internal', 'internal'],
    [401, 'Unauthorized', 'precondition', 'cluster-forbidden'],
    [403, 'Forbidden', 'precondition', 'cluster-forbidden'],
    [404, 'NotFound', 'precondition', 'object-absent'],
    [409, 'Conflict', 'conflict', 'object-changed'],
    [409, 'AlreadyExists', 'conflict', 'object-exists'],
    [410, 'Expired', 'unavailable', 'cluster-unreachable'],
    [413, '', 'unacceptable', 'object-too-large'],
    [415, '', 'unacceptable', 'not-supported'],
    [422, 'Invalid', 'unacceptable', 'object-rejected'],
    [429, 'TooManyRequests', 'unavailable', 'cluster-unreachable'],
    [500, 'InternalError', 'unavailable', 'cluster-unreachable'],
    [503, '', 'unavailable', 'cluster-unreachable'],
  ])('maps %i %s to %s %s', (code, reason, kind, ours) => {
    expect(errorOfStatus({ code, reason, causes: [] }, 'get it')).toMatchObject({
      kind,
      code: ours,
    });
  });

  it('tells which fields were rejected, by name alone', () => {
    const causes = [
      { reason: 'FieldValueInvalid', field: 'spec.replicas', message: 'PLANTED' },
      { reason: 'x', field: 'PLANTED <b>', message: '' },
    ];

    const { message } = errorOfStatus({ code: 422, reason: 'Invalid', causes }, 'apply it');

    expect(message).toContain('spec.replicas');
    expect(message).not.toContain('PLANTED');
  });

  it('waits as long as the server asks, within bounds', () => {
    expect(errorOfStatus(parseStatus(429, '', '7'), 'get it').retryAfterSeconds).toBe(7);
    expect(errorOfStatus(parseStatus(429, '', '99999999'), 'get it').retryAfterSeconds).toBe(600);
    expect(errorOfStatus(parseStatus(503, '', 'soon'), 'get it').retryAfterSeconds).toBe(10);
  });
});

describe('parseStatus', () => {
  it.each([
    '',
    'no JSON',
    '[]',
    '{"kind":"Other","reason":"X"}',
    '{"kind":"Status","reason":"<b>x</b>"}',
  ])('takes nothing from the body %j', (body) => {
    expect(parseStatus(500, body, undefined)).toEqual({ code: 500, reason: '', causes: [] });
  });
});

describe('errorOfFailure', () => {
  it.each([
    ['ECONNREFUSED', 'cluster-unreachable'],
    ['ENOTFOUND', 'cluster-unreachable'],
    ['UND_ERR_SOCKET', 'cluster-unreachable'],
    ['CERT_HAS_EXPIRED', 'cluster-tls-refused'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'cluster-tls-refused'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'cluster-tls-refused'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'cluster-tls-refused'],
  ])('maps %s to %s', (code, ours) => {
    const failure = Object.assign(new Error('getaddrinfo PLANTED'), { code });

    const error = errorOfFailure(new Error('outer', { cause: failure }), 'get it');

    expect(error).toMatchObject({ code: ours });
    expect(error.message).not.toContain('PLANTED');
  });

  it('hands an error of ours on, however deep it is wrapped', () => {
    const ours = new AddressRefused('no');

    expect(errorOfFailure(new Error('outer', { cause: ours }), 'get it')).toBe(ours);
    expect(ours).toBeInstanceOf(DomainError);
  });
});
