import { describe, expect, it } from 'vitest';
import { flannelPodMtu, pathReading } from './links.js';

describe('flannelPodMtu', () => {
  it.each([
    ['what is written, less the tunnel', { Type: 'vxlan', MTU: 1400 }, 1350],
    ['the uplink’s, less the tunnel, where nothing is written', { Type: 'vxlan' }, 1450],
    ['the uplink’s where nothing is wrapped', { Type: 'host-gw' }, 1500],
  ])('is %s', (_what, Backend, mtu) => {
    expect(flannelPodMtu(JSON.stringify({ Backend }), 1500)).toBe(mtu);
  });
});

describe('pathReading', () => {
  const target = { address: '10.89.0.11', port: 10_712, token: '' };
  const order = {
    do: 'path-mtu' as const,
    targets: [],
    ceilingBytes: 9000,
    attempts: 1,
    timeoutMilliseconds: 100,
  };

  it.each([
    ['all that the link takes', { carriesBytes: 9000, isSilent: false }, 1500, 'interface'],
    ['less, which the path says', { carriesBytes: 1400, isSilent: false }, 1400, 'too-big'],
    ['less, which nobody says', { carriesBytes: 1400, isSilent: true }, 1400, 'silence'],
    ['nothing, where nobody is', null, null, 'no-answer'],
  ])('finds %s', (_what, way, passesBytes, stoppedBy) => {
    const reading = pathReading(target, order, '10.89.0.10', 1500, way);

    expect(reading).toMatchObject({ passesBytes, stoppedBy });
  });
});
