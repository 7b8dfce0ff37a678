import { expect, it, vi } from 'vitest';
import { crashPoint } from './crash-point.js';

it('lets every checkpoint pass when no crash is asked for', async () => {
  const kill = vi.fn();
  const checkpoint = crashPoint(undefined, kill);

  await checkpoint('written:node');

  expect(kill).not.toHaveBeenCalled();
});

it('kills at the n-th time that its checkpoint is reached, and never goes on from there', async () => {
  const kill = vi.fn();
  const checkpoint = crashPoint({ name: 'written:node', nth: 2 }, kill);

  await checkpoint('written:node');
  await checkpoint('intended:node');
  expect(kill).not.toHaveBeenCalled();
  const wentOn = vi.fn();
  void checkpoint('written:node').then(wentOn);
  await new Promise((resolve) => setImmediate(resolve));

  expect(kill).toHaveBeenCalledTimes(1);
  expect(wentOn).not.toHaveBeenCalled();
});
