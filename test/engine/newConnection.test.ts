import { describe, expect, it } from 'vitest';
import {
  connectionProblem,
  defaultConnectionName,
  toConnectionSetting,
  withConnection,
} from '../../src/engine/discovery/connection';
import { parseAddress } from '../../src/engine/address';

describe('a typed address', () => {
  it.each([
    'unix:///run/podman/podman.sock',
    '/run/podman/podman.sock',
    'ssh://ada@box:2222/run/podman/podman.sock',
    'ssh://box',
    'tcp://box:2376',
    'https://box',
    'tcp://localhost:2375',
    'npipe:////./pipe/docker_engine',
  ])('%s has no problem', (text) => expect(connectionProblem(text)).toBeUndefined());

  it.each([
    ['box', 'scheme'],
    ['ftp://box', 'scheme'],
    ['unix://', 'unix'],
    ['ssh://', 'ssh'],
    ['ssh://-oProxyCommand=x', 'ssh'],
    ['tcp://', 'tcp'],
    ['https://box:99999', 'tcp'],
    ['npipe://docker', 'npipe'],
    ['tcp://box:2375', 'unencrypted'],
    ['http://192.0.2.1', 'unencrypted'],
  ])('%s: %s', (text, problem) => expect(connectionProblem(text)).toBe(problem));
});

describe('the default name', () => {
  it.each([
    ['ssh://ada@box/run/x.sock', 'box'],
    ['https://box:2376', 'box'],
    ['unix:///run/x.sock', undefined],
  ])('of %s is %s', (text, name) => {
    const address = parseAddress(text);
    expect(address && defaultConnectionName(address)).toBe(name);
  });
});

describe('the entry in the settings', () => {
  it('is an object only if there is more than the address', () => {
    const address = 'ssh://box';
    expect(toConnectionSetting({ address, name: '' })).toBe(address);
    expect(toConnectionSetting({ address, name: 'box' })).toEqual({ address, name: 'box' });
    expect(toConnectionSetting({ address, identity: '/k', tls: { ca: '/c' } })).toEqual({
      address,
      identity: '/k',
      tls: { ca: '/c' },
    });
  });

  it('is appended, and replaces an invalid value', () => {
    const others = [{ address: 'ssh://box', unknown: 1 }];
    expect(withConnection(others, 'tcp://a')).toEqual([...others, 'tcp://a']);
    expect(withConnection('unix:///x', 'tcp://a')).toEqual(['tcp://a']);
    expect(withConnection(undefined, 'tcp://a')).toEqual(['tcp://a']);
  });
});
