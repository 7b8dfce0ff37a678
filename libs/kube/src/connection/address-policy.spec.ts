import { AddressRefused, InvalidRequest } from '@fairlead/core';
import { describe, expect, it } from 'vitest';
import { addressRules } from './address-policy.js';

const everything = ['0.0.0.0/0', '::/0'];

describe('addressRules', () => {
  it.each(['1.1.1.1', '203.0.112.9', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808'])(
    'lets the public address %s through',
    (address) => {
      expect(() => addressRules({ allow: [] }).check(address)).not.toThrow();
    },
  );

  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.8.9.10', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['::127.0.0.1', 'loopback'],
    ['64:ff9b::7f00:1', 'loopback'],
    ['2002:7f00:1::', 'loopback'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['192.168.0.1', 'private'],
    ['::ffff:10.0.0.1', 'private'],
    ['fc00::1', 'private'],
    ['fd12:3456::1', 'private'],
    ['100.64.0.1', 'shared'],
    ['192.0.2.1', 'reserved'],
    ['198.18.0.1', 'reserved'],
    ['240.0.0.1', 'reserved'],
    ['2001:db8::1', 'reserved'],
    ['2001::1', 'reserved'],
  ])('refuses %s by default as %s', (address, word) => {
    expect(() => addressRules({ allow: [] }).check(address)).toThrow(AddressRefused);
    expect(() => addressRules({ allow: [] }).check(address)).toThrow(word);
  });

  it.each([
    '169.254.169.254',
    '169.254.0.1',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '100.100.100.200',
    'fd00:ec2::254',
    'fe80::1',
    'fe80::1%eth0',
    '0.0.0.0',
    '::',
    '224.0.0.1',
    'ff02::1',
    '255.255.255.255',
  ])('refuses %s even where everything is allowed', (address) => {
    expect(() => addressRules({ allow: everything }).check(address)).toThrow(AddressRefused);
  });

  it.each([
    ['127.0.0.1', '127.0.0.0/8'],
    ['::ffff:127.0.0.1', '127.0.0.0/8'],
    ['::1', '::1/128'],
    ['10.89.0.1', '10.0.0.0/8'],
    ['fd12::1', 'fd00::/8'],
    ['100.64.0.1', '100.64.0.0/10'],
  ])('lets %s through where %s is allowed', (address, range) => {
    expect(() => addressRules({ allow: [range] }).check(address)).not.toThrow();
  });

  it('opens nothing beside the allowed range', () => {
    const rules = addressRules({ allow: ['10.1.0.0/16'] });

    expect(() => rules.check('10.2.0.1')).toThrow(AddressRefused);
    expect(() => rules.check('127.0.0.1')).toThrow(AddressRefused);
  });

  it('refuses what is no address', () => {
    expect(() => addressRules({ allow: everything }).check('example.test')).toThrow(AddressRefused);
  });

  it('refuses a policy whose range is no CIDR', () => {
    expect(() => addressRules({ allow: ['10.0.0.0'] })).toThrow(InvalidRequest);
  });
});
