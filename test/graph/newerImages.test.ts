import { expect, test } from 'vitest';
import { isNewerImage } from '../../src/graph/model/resources';

const images = [
  { id: 'b2', tags: ['nginx:latest', 'registry:5000/app:1'] },
  { id: 'c3', tags: ['docker.io/library/redis:7'] },
  { id: 'a1', tags: [] },
  { id: 'd4', tags: [''] },
  { id: 'e5', tags: ['app@sha256:00'] },
];

test.each([
  ['nginx', 'a1', true],
  ['nginx', 'sha256:a1', true],
  ['docker.io/library/nginx:latest', 'sha256:b2', false],
  ['registry:5000/app:1', 'a1', true],
  ['registry:5000/app', 'a1', false],
  ['redis:7', 'a1', true],
  ['redis:7', 'c3', false],
  // Deleted, a digest or an id: nothing else can be meant.
  ['postgres:16', 'a1', false],
  ['nginx@sha256:00', 'a1', false],
  ['app@sha256:00', 'a1', false],
  ['nginx', '', false],
  ['a1', 'a1', false],
  ['', 'a1', false],
])('%s of %s: %s', (name, id, expected) => {
  expect(isNewerImage(images, name, id)).toBe(expected);
});
